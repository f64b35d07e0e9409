package sim

import (
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// outsideFaults break an assumption: what they lead to is counted apart.
func outsideFaults() []faultKind {
	kind := func(name, assumption string, apply func(*node) func()) faultKind {
		return faultKind{name: name, weight: 1, outside: assumption, outage: always(anything), apply: apply}
	}
	return []faultKind{
		kind("board does not cut", "A2", func(n *node) func() {
			// Something else clears eipde, and nobody knows.
			n.bus.arm(false)
			return nil
		}),
		kind("reads lie", "A3", func(n *node) func() {
			n.bus.lies = true
			return func() { n.bus.lies = false }
		}),
		kind("clock runs wrong", "A4", func(n *node) func() {
			n.setDrift(pick(n.w, -0.3, -0.1, -0.05, 0.05, 0.1, 0.3))
			return func() { n.setDrift(0) }
		}),
		kind("key known", "A5", func(n *node) func() {
			for range 5 {
				n.w.net.forge(n)
			}
			return nil
		}),
		kind("disk forgets", "disk", func(n *node) func() {
			n.forgets = 1 + n.w.rng.IntN(4)
			return func() { n.forgets, n.synced = 0, nil }
		}),
	}
}

// setDrift changes how fast a node's clock runs, without a step in it.
func (n *node) setDrift(d float64) {
	n.clockFrom, n.clockShown = n.w.now, n.clock()
	n.w.prof.drift[n.id], n.driftAt = d, n.w.now
	if n.d != nil {
		n.d.wake()
	}
}

// forge is a stranger with the key who speaks in the node's name.
func (t *network) forge(from *node) {
	w := t.w
	if from.d == nil || from.peer().d == nil {
		return
	}
	s := w.check.node[from.id].lastSaid
	switch w.rng.IntN(4) {
	case 0:
		s.Serving, s.Uplink = !s.Serving, true
	case 1:
		s.Released, s.Own, s.Serving = s.Term, 0, false
	case 2:
		s.Leaving, s.Own, s.Serving = scheduler.Leave, 0, false
	case 3:
		s.Term += 2 * uint64(w.rng.IntN(100))
	}
	l := t.copied(from, &scheduler.Letter{
		From: from.cfg.Self, Boot: pick(w, from.bootID, "forged"), Session: from.d.session, To: from.peer().d.session,
		Seq: uint64(w.rng.IntN(100000)), State: s,
	})
	t.carry(l, w.spread(time.Millisecond, 5*time.Second))
	t.drop(l)
}
