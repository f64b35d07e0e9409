package sim

import (
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// Brain is the decision of one daemon. The scheduler's machine is one; the
// tests of the checkers put naive ones in its place.
type Brain interface {
	Step(now scheduler.Instant, e scheduler.Event) []scheduler.Action
}

// Recycler is a Brain that uses the memory of what Step returned again, once
// that was carried out.
type Recycler interface {
	Recycle(done []scheduler.Action)
}

// Waiter is a Brain that can tell what it waits for.
type Waiter interface {
	Waits() []scheduler.Wait
}

// Birth is what a daemon knows when it starts.
type Birth struct {
	Config  scheduler.Config
	Disk    scheduler.Disk
	Boot    string
	Session uint64
	Now     scheduler.Instant
	Wall    time.Time
	All     bool // every rule is asked at every event
	Uptime  time.Duration
}

// Maker gives a starting daemon its brain.
type Maker func(Birth) Brain
