package sim

import (
	"math/rand/v2"
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// rareFaults are each the test of a single rule or two. Few runs have them.
func rareFaults() []faultKind {
	return []faultKind{
		{name: "reference lost", weight: 2, outage: always(handover), apply: func(n *node) func() {
			n.refLost = true
			return func() { n.refLost = false }
		}},
		{name: "clock a day ahead", weight: 1, outage: always(anything), apply: func(n *node) func() {
			n.setClock(aDay)
			return func() { n.setClock(0) }
		}},
		{name: "bus fails in a test", weight: 2, outage: always(nothing), apply: func(n *node) func() {
			mended := false
			n.command(scheduler.Command{Verb: scheduler.VerbFenceTest})
			n.w.after(n.w.between(200*time.Millisecond, 1600*time.Millisecond), func() { n.bus.broken = !mended })
			return func() { mended, n.bus.broken = true, false }
		}},
		{name: "line rises late", weight: 2, outage: always(nothing), apply: func(n *node) func() {
			n.bus.late = true
			return func() { n.bus.late = false }
		}},
	}
}

// aDay is longer than the test of a line counts.
const aDay = 30 * time.Hour

// drawRare gives every fourth run some of the rare faults.
func drawRare(lots *rand.Rand) []faultKind {
	if lots.IntN(4) != 0 {
		return nil
	}
	var some []faultKind
	for _, k := range rareFaults() {
		if lots.IntN(2) == 0 {
			some = append(some, k)
		}
	}
	return some
}

// setClock sets a node's wall clock, wrong by so much.
func (n *node) setClock(off time.Duration) {
	n.wallClock.off, n.setAt = off, n.w.now
	if n.d != nil {
		n.d.wake()
	}
}
