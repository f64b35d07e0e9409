package sim

import (
	"math"
	"time"

	"github.com/futago-ha/futago/internal/board"
	"github.com/futago-ha/futago/scheduler"
)

// Mode says how the faults of a run fall.
type Mode int

// The modes. Bounded breaks one thing at a time, mends it, and demands
// availability; Unlimited breaks anything at any time and demands safety.
const (
	Unlimited Mode = iota
	Bounded
)

// profile is what a seed fixes for its whole run.
type profile struct {
	mode   Mode
	config scheduler.Config // but for Self, Peer, First and Preferred
	prefer int              // the preferred node
	boards [2]board.Options
	drift  [2]float64 // how much faster than real time a node's clock runs
	skew   [2]time.Duration
	boot   [2]time.Duration // from power to the daemon's start, about

	watchdog      bool // the boards' watchdogs are in use
	vendorDisarms bool // the vendor's start-up service clears eipde at each boot
	reference     bool // the uplink has a reference
	loss, dup     float64
	reorder       float64
	replay        float64
	setup         time.Duration // quiet time before the first fault
	faults        time.Duration // how long faults fall
	gap           time.Duration // between faults, on average
	kinds         []faultKind   // the faults of this run
	outside       bool          // may break assumptions
	startTogether bool
}

func (w *world) chance(p float64) bool { return w.rng.Float64() < p }

// between draws evenly.
func (w *world) between(low, high time.Duration) time.Duration {
	if high <= low {
		return low
	}
	return low + time.Duration(w.rng.Int64N(int64(high-low)))
}

// spread draws so that each order of magnitude is as likely as the next.
func (w *world) spread(low, high time.Duration) time.Duration {
	return time.Duration(float64(low) * math.Pow(float64(high)/float64(low), w.rng.Float64()))
}

func pick[T any](w *world, of ...T) T { return of[w.rng.IntN(len(of))] }

func drawProfile(w *world, mode Mode) profile {
	p := profile{
		mode:          mode,
		prefer:        w.rng.IntN(2),
		watchdog:      !w.chance(0.1),
		vendorDisarms: w.chance(0.5),
		reference:     w.chance(0.5),
		loss:          pick(w, 0, 0, 0.01, 0.05, 0.2),
		dup:           pick(w, 0, 0.02, 0.2),
		reorder:       pick(w, 0, 0.02, 0.2),
		replay:        pick(w, 0, 0, 0.01),
		startTogether: w.chance(0.5),
	}
	p.config = drawConfig(w)
	for i := range p.boards {
		p.boards[i] = drawBoard(w)
		p.drift[i] = (w.rng.Float64()*2 - 1) * 0.02
		p.skew[i] = w.between(-time.Second, time.Second)
		p.boot[i] = w.spread(6*time.Second, 50*time.Second)
	}
	drawFaults(w, &p)
	return p
}

func drawConfig(w *world) scheduler.Config {
	c := scheduler.Config{
		Failback:      w.chance(0.5),
		FailbackDelay: pick(w, 10*time.Second, 60*time.Second),
		Hold:          pick(w, 11500*time.Millisecond, 12*time.Second, 12*time.Second, 15*time.Second),
		Pulse:         time.Second,
		StartWait:     pick(w, 20*time.Second, 60*time.Second),
		ExtinWait:     pick(w, 2*time.Minute, 10*time.Minute),
		StartTimeout:  60 * time.Second,
		StopTimeout:   pick(w, 10*time.Second, 30*time.Second),
		BackWithin:    5 * time.Minute,
		Software:      "sim",
		Digest:        "sim",
	}
	switch w.rng.IntN(3) {
	case 0:
		c.Overlap = true
	case 1:
		c.Exclusive = true
	case 2:
		c.Overlap, c.Exclusive = true, true
	}
	return c
}

// drawBoard draws every unknown of the board within the assumptions. A board
// that keeps a short watchdog time-out while its Pi boots would restart it for
// ever and prove nothing, so that combination is left out.
func drawBoard(w *world) board.Options {
	o := board.Options{
		Seed:              w.rng.Uint64(),
		OutSurvivesCut:    w.chance(0.5),
		OutSurvivesPanic:  !w.chance(0.2),
		OutSurvivesReboot: w.chance(0.5),
		OutIsDriven:       w.chance(0.5),
		Threshold:         w.between(board.MinThreshold, board.MaxThreshold),
		CountsWhileOff:    w.chance(0.5),
		ArmedLost:         w.chance(0.3),
		NoRiseWake:        w.chance(0.1),
		FallWakes:         w.chance(0.3),
		HoldEndWakes:      w.chance(0.5),
		StickyFlags:       w.chance(0.3),
		InLag:             pick(w, 0, 20*time.Millisecond, 200*time.Millisecond),
		CountLag:          pick(w, 0, 500*time.Millisecond, 2*time.Second),
		Repower:           w.spread(200*time.Millisecond, 5*time.Second),
	}
	o.FallWakes = o.FallWakes || o.NoRiseWake
	if w.chance(0.5) {
		o.WatchdogLost = true
	} else {
		o.WatchdogWaits = true
	}
	return o
}
