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

// Thrifty is a Brain that can be spared work: the machine that ships. Letters
// and ticks come to it by pointer, and it keeps none.
type Thrifty interface {
	// Next is the instant before which no tick changes anything.
	Next() scheduler.Instant
	// Reread takes a reading at which both lines are low as before, unless it
	// has to be told.
	Reread(now scheduler.Instant) bool
	// Trust says whether what the next Step persists will be written.
	Trust(disk bool)
	// Recycle gives back what Step returned, once that was carried out.
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
