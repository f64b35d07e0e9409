package sim

import (
	"math/rand/v2"
	"time"

	"github.com/futago-ha/futago/internal/board"
)

// world is everything of one run. It is deterministic for a seed.
type world struct {
	seed  uint64
	now   time.Duration
	queue queue
	rng   *rand.Rand
	prof  profile

	pair  *board.Pair
	nodes [2]*node
	net   network

	check *checks
	story *story // nil when nobody reads it
	over  bool   // a violation ended the run
	all   bool   // no turn of any pace is left out
	state uint64 // of what the paces depend on, as last seen
	calm  bool   // nothing is broken any more

	planning planning

	commands uint64 // given so far by operators
}

// newWorld draws the world of a seed. Nothing has power yet.
func newWorld(seed uint64, mode Mode, maker Maker) *world {
	w := &world{seed: seed, rng: rand.New(rand.NewPCG(seed, 0x66757461676f))}
	w.prof = drawProfile(w, mode)
	w.planning = drawPlanning(seed, mode)
	w.pair = board.NewPair(w.prof.boards[0], w.prof.boards[1])
	w.net = newNetwork(w)
	for i := range w.nodes {
		w.nodes[i] = newNode(w, i, maker)
	}
	w.check = newChecks(w)
	return w
}

// after lets do happen d from now.
func (w *world) after(d time.Duration, do func()) { w.queue.push(w.now+d, task{do: do}) }

// run lets time pass up to the given instant, or until a violation.
func (w *world) run(until time.Duration) {
	for !w.over {
		at, some := w.queue.next()
		due := w.pair.Next()
		if !some || at > until {
			at = until
		}
		if due < at {
			w.now = due
			w.settle()
			continue
		}
		if !some || w.queue.items[0].at > until {
			w.now = until
			return
		}
		w.now = at
		w.happens(w.queue.pop().task)
		w.settle()
	}
}

// happens does a task whose time has come: now, or when the one who does it runs
// again, and not at all if that one died.
func (w *world) happens(t *task) {
	from, lives := t.lives()
	if lives && from > w.now {
		w.queue.put(from, t)
		return
	}
	do := t.do
	w.queue.done(t)
	if lives {
		do()
	}
}

// settle carries what the boards did over to the nodes, and lets the checkers
// look at the world after every step.
func (w *world) settle() {
	for _, e := range w.pair.Advance(w.now) {
		n := w.nodes[e.Node]
		switch e.Kind {
		case board.PowerCut:
			n.losePower(e.Reason)
		case board.PowerOn:
			n.gainPower(e.Reason)
		}
	}
	if now := w.situation(); now != w.state {
		w.state = now
		w.wake()
	}
	w.check.look()
}

// wake lets everybody look again: something changed on which a turn that was
// left out may depend.
func (w *world) wake() {
	for _, n := range w.nodes {
		if n.d != nil {
			n.d.wake()
			n.d.link.watchReference()
		}
	}
}

// situation packs what readings, probes and references depend on.
func (w *world) situation() uint64 {
	var bits uint64
	put := func(b bool) {
		bits <<= 1
		if b {
			bits |= 1
		}
	}
	for _, n := range w.nodes {
		bits = bits<<3 | uint64(w.pair.Wire(n.id))
		put(n.out())
		put(w.pair.Board(n.id).In())
		put(n.bus.broken)
		put(n.bus.flaky())
		put(n.bus.lies)
		put(n.cable)
		put(w.net.blocked[n.id])
		put(n.d != nil && n.d.answers())
		put(n.d != nil && n.d.runs())
	}
	put(w.net.switchOn)
	put(w.net.forwards)
	put(w.net.router)
	put(w.net.probeLoss() > 0)
	return bits
}

// peer is the other node.
func (n *node) peer() *node { return n.w.nodes[1-n.id] }
