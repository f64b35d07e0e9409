package sim

import (
	"slices"
	"time"

	"github.com/futago-ha/futago/internal/board"
	"github.com/futago-ha/futago/scheduler"
)

// L1 and L4: when nothing is broken any more, exactly one node serves and is
// healthy within a bound, or the pair says by a code what it waits for. In a
// bounded run clients are without an answer no longer than the fault allows.

const (
	healWithin = 6 * time.Minute
	steadyFor  = 15 * time.Second
	// What a failback that falls into the time adds to any outage: what is
	// exclusive stops here before it starts there.
	slack = 6 * time.Second
	// A handoff that was prepared, with everything it may wait for.
	failsBack = 2 * time.Minute
	handsOver = 5 * time.Second // what is exclusive stops, after the last word of it
	// A Pi that has power and did not come up in this time is power-cycled.
	bootsWithin = 2 * time.Minute
	testsAgain  = 11 * time.Minute // a line that failed its test often is tested every 10 min
	hearsWithin = 5 * time.Second  // a few letters, of which some are lost
)

// steady tells that exactly one node serves, and well.
func (w *world) steady() bool {
	a, b := w.nodes[0], w.nodes[1]
	return a.healthy() && !b.serving() || b.healthy() && !a.serving()
}

// ready tells that the pair is steady, both hear each other, and the other node could
// take over.
func (w *world) ready() bool {
	if !w.steady() {
		return false
	}
	for _, n := range w.nodes {
		if !n.works() || n.disk.Wire.Result != scheduler.WirePassed || !w.check.hearsLately(n) {
			return false
		}
		said := &w.check.node[n.id].lastSaid
		if !n.serving() && !said.Ready {
			return false
		}
		if n.serving() && said.Own < max(n.disk.Term, n.peer().disk.Term) {
			return false // who serves goes on with the next term above both
		}
	}
	return true
}

// hearsLately tells that a node was told within the last letters that both hear each
// other: after a switch was off they find each other later than it forwards.
func (c *checks) hearsLately(n *node) bool {
	f := &c.node[n.id]
	return f.spoke != 0 && c.w.now-f.spoke < hearsWithin && f.echoed != 0 && c.w.now-f.echoed < hearsWithin
}

// await runs until a condition held for a while; false when it did not within
// the limit.
func (w *world) await(limit, hold time.Duration, is func() bool) bool {
	end, from := w.now+limit, time.Duration(0)
	for w.now < end && !w.over {
		since(&from, w.now, is())
		w.check.waits()
		if from != 0 && w.now-from >= hold {
			return true
		}
		w.run(w.now + 500*time.Millisecond)
	}
	return false
}

func (p *plan) demandService() {
	w := p.w
	limit := healWithin + w.prof.config.ExtinWait
	if w.await(limit, steadyFor, w.steady) || w.over {
		w.check.unanswered()
		p.demandPair()
		return
	}
	p.waits = w.waits()
	if len(p.waits) == 0 || w.prof.mode == Bounded {
		w.check.violate("L1", "nobody serves %s after everything was mended; waits: %v", limit, p.waits)
	}
}

// waits are the codes that the two machines show.
func (w *world) waits() []string {
	var codes []string
	for _, n := range w.nodes {
		if n.d == nil {
			continue
		}
		if b, is := n.d.brain.(Waiter); is {
			for _, wait := range b.Waits() {
				codes = append(codes, wait.Code)
			}
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// toBeWoken tells that a node is dark because the other one cut it, which then
// has to wake it, too (L3). One in quarantine is left to a person.
func (n *node) toBeWoken() bool {
	c := n.w.check
	return n.w.prof.mode == Bounded && c.node[n.id].off == board.ReasonExtin && !c.meant(n) && c.wiresGood() &&
		!slices.Contains(n.w.waits(), scheduler.CodeQuarantine)
}

// comesBack demands that the service returns to the preferred node where the
// configuration says so, unless an operator may have moved it away (L3).
func (p *plan) comesBack() {
	w := p.w
	home := w.nodes[w.prof.prefer]
	lingers := slices.ContainsFunc(w.prof.kinds, func(k faultKind) bool { return k.name == "VIP lingers" })
	moved := w.check.node[home.id].failback.away || w.check.movesNow()
	if !w.prof.config.Failback || lingers || moved || home.serving() || w.over {
		return
	}
	limit := w.prof.config.FailbackDelay + failsBack
	back := func() bool {
		return home.serving() || !w.ready() || w.check.node[1-home.id].lastSaid.Quarantine
	}
	if !w.await(limit, time.Millisecond, back) && !w.over {
		w.check.violate("L3", "the service did not come back to %s within %s; waits: %v", nodeName(home.id), limit, w.waits())
	}
}

// nursed puts right what faults and operators left behind on a node.
func (n *node) nursed() {
	switch {
	case n.gone:
	case n.panicked, n.powered && !n.up && n.w.now-n.bootBegan > bootsWithin:
		n.supply(false)
		n.w.after(time.Second, func() { n.supply(true) })
	case !n.powered && n.toBeWoken():
	case !n.powered && n.extin() && !n.peer().powered:
		n.unplugged()
	case !n.powered && n.extin(): // the other one's pulse: the board would cut at once if it counts in the dark
		n.w.after(2*time.Second, n.nursed)
	case !n.powered:
		n.supply(true)
		n.push()
	case n.up && n.d == nil && n.stopped:
		n.startAgain()
	default:
		n.unmarked()
	}
}

// unmarked takes a mark off a node.
func (n *node) unmarked() {
	switch {
	case n.d == nil:
	case n.disk.Standby:
		n.command(scheduler.Command{Verb: scheduler.VerbUnstandby, Node: n.cfg.Self})
	case n.disk.Maint:
		n.command(scheduler.Command{Verb: scheduler.VerbMaintenance, Node: n.cfg.Self})
	}
}

// unplugged is what a person has to do for a node that is dark and kept off by
// the line of the other one, which is dark, too: both kernels died with their
// lines up, on boards that go on without them. The node comes up and lowers its
// own line; then the plug goes back in.
func (n *node) unplugged() {
	n.w.pair.SetWire(n.w.now, 1-n.id, board.WireCut)
	n.supply(true)
	n.push()
	n.w.after(bootsWithin, func() { n.w.pair.SetWire(n.w.now, 1-n.id, board.WireOK) })
}

// bounded breaks one thing at a time and measures what clients notice.
func (p *plan) bounded() {
	w := p.w
	end := w.now + w.prof.faults
	for w.now < end && !w.over {
		heals := func() bool { return w.await(healWithin+w.prof.config.ExtinWait, 10*time.Second, w.ready) }
		if !heals() && !(p.clearsQuarantine() && heals()) {
			if !w.over {
				w.check.violate("L1", "the pair is not ready again; waits: %v", w.waits())
			}
			return
		}
		p.comesBack()
		p.boundedFault()
	}
}

// clearsQuarantine is a person who reads that a node is in quarantine, which is
// left alone for a quarter of an hour, and does what it says: false if none is.
func (p *plan) clearsQuarantine() bool {
	if p.w.over || !slices.Contains(p.w.waits(), scheduler.CodeQuarantine) {
		return false
	}
	for _, n := range p.w.nodes {
		n.command(scheduler.Command{Verb: scheduler.VerbClear, Node: n.cfg.Self})
		n.command(scheduler.Command{Verb: scheduler.VerbWake, Node: n.cfg.Peer})
	}
	return true
}

// boundedFault strikes once, waits as long as the fault lasts, and measures the
// longest time without an answer.
func (p *plan) boundedFault() {
	w := p.w
	serving := [2]bool{w.nodes[0].serving(), w.nodes[1].serving()}
	began := w.now
	k, n, mend := p.strike()
	lasts := w.spread(200*time.Millisecond, 2*time.Minute)
	limit := k.outage(serving[n.id])
	worst := w.outage(lasts + takeover)
	if w.check.handoff >= began-handsOver {
		limit = max(limit, takeover) // the fault may have met a handoff half way
	}
	switch {
	case n.leftLine >= began && n.panicked && !w.prof.watchdog:
		limit = worst // it cut the other one, and nothing restarts it, so that nobody wakes that
	case n.leftLine >= began:
		limit = max(limit, linesCut)
	}
	if k.outage(serving[n.id]) >= 0 && worst > limit+slack && !w.over {
		w.check.violate("L1", "%s on %s (serving: %t): clients had no answer for %s; waits: %v", k.name, nodeName(n.id), serving[n.id], worst, w.waits())
	}
	mend()
	p.nursedOnce()
}

func (p *plan) nursedOnce() {
	for _, n := range p.w.nodes {
		n.nursed()
	}
	p.w.settle()
}

// outage runs for a while and returns the longest time in which nobody served.
func (w *world) outage(lasts time.Duration) time.Duration {
	end, from, worst := w.now+lasts, time.Duration(0), time.Duration(0)
	for w.now < end && !w.over {
		w.run(w.now + 100*time.Millisecond)
		since(&from, w.now, !w.nodes[0].healthy() && !w.nodes[1].healthy())
		w.check.waits()
		if from != 0 {
			worst = max(worst, w.now-from)
		}
	}
	return worst
}

// demandPair demands that not only the service is back but the pair.
func (p *plan) demandPair() {
	w := p.w
	if w.over || w.prof.mode == Bounded {
		return
	}
	limit := max(healWithin+w.prof.config.ExtinWait, testsAgain)
	if !w.await(limit, 10*time.Second, w.ready) && !w.over {
		w.check.violate("L3", "the pair is not whole %s after everything was mended; waits: %v", limit, w.waits())
	}
	p.comesBack()
}
