package sim

import (
	"math/rand/v2"
	"time"

	"github.com/futago-ha/futago/internal/board"
)

// world is everything of one run. It is deterministic for a seed.
type world struct {
	seed   uint64
	now    time.Duration
	queue  queue
	rng    *rand.Rand
	lots   *rand.Rand // for what is rare
	finale finale
	prof   profile

	pair  *board.Pair
	nodes [2]*node
	net   network

	check *checks
	story *story // nil when nobody reads it
	over  bool   // a violation ended the run
	all   bool   // no turn of any pace is left out
	turns flags  // of what the paces depend on, as last seen
	rest  flags  // and of what else the checkers look at
	calm  bool   // nothing is broken any more

	planning planning

	commands uint64 // given so far by operators
}

// newWorld draws the world of a seed. Nothing has power yet.
func newWorld(o Options) *world {
	w := &world{seed: o.Seed, rng: rand.New(rand.NewPCG(o.Seed, 0x66757461676f)), lots: newLots(o.Seed)}
	w.finale = drawFinale(w.lots)
	w.prof = drawProfile(w, o.Mode)
	w.prof.narrow(o.Only)
	w.planning = drawPlanning(o.Seed, o.Mode)
	w.pair = board.NewPair(w.prof.boards[0], w.prof.boards[1])
	w.net = newNetwork(w)
	for i := range w.nodes {
		w.nodes[i] = newNode(w, i, o.Maker)
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
	turns, rest := w.situation()
	if turns != w.turns {
		w.turns = turns
		w.wake()
	} else if rest == w.rest {
		w.check.lookAgain()
		return
	}
	w.rest = rest
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

// flags are facts, one bit each.
type flags uint64

func (f *flags) put(b bool) { *f = *f<<1 | bit(b) }

// bit is written so that it becomes no jump.
func bit(b bool) flags {
	var f flags
	if b {
		f = 1
	}
	return f
}

// situation packs what readings, probes and references depend on, and what else
// the checkers look at.
func (w *world) situation() (turns, rest flags) {
	for _, n := range w.nodes {
		turns = turns<<3 | flags(w.pair.Wire(n.id))
		b := w.pair.Board(n.id)
		turns.put(b.Out())
		turns.put(b.In())
		turns.put(n.bus.broken)
		turns.put(n.bus.flaky())
		turns.put(n.bus.lies)
		turns.put(n.cable)
		turns.put(w.net.blocked[n.id])
		rest.put(n.up)
		rest.put(n.frozen > w.now)
		rest.put(n.powered)
		rest.put(n.panicked)
		rest.put(n.tight)
		rest.put(n.vip)
		rest.put(n.engine.excl)
		rest.put(n.bus.answers())
		d := n.d
		if rest.put(d != nil); d == nil {
			turns, rest = turns<<2, rest<<4
			continue
		}
		turns.put(d.answers())
		turns.put(d.runs())
		rest.put(d.hung > w.now)
		rest.put(d.busy > w.now)
		rest.put(w.now-d.started > timeToLook)
		rest.put(d.went.asked && !d.went.restart)
	}
	turns.put(w.net.switchOn)
	turns.put(w.net.forwards)
	turns.put(w.net.router)
	turns.put(w.net.noRouter)
	turns.put(w.nodes[0].refLost)
	turns.put(w.nodes[1].refLost)
	turns.put(w.net.probeLoss() > 0)
	return turns, rest
}

// peer is the other node.
func (n *node) peer() *node { return n.w.nodes[1-n.id] }
