package sim

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/futago-ha/futago/internal/board"
)

// world is everything of one run. It is deterministic for a seed.
type world struct {
	seed   uint64
	now    time.Duration
	queue  queue
	paces  [4]*pace // two of each node's daemon
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
	all   bool   // no turn of any pace is left out, and nothing is taken for calm
	lines flags  // of what readings of the lines depend on, as last seen
	turns flags  // of what else the paces depend on
	rest  flags  // and of what else the checkers look at
	calm  bool   // nothing is broken any more

	stirred     bool          // something was done that may change the situation
	steadyUntil time.Duration // before this instant time alone does not change it

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
		w.walk(w.nodes[i], resting, resting)
	}
	w.check = newChecks(w)
	return w
}

// after lets do happen d from now.
func (w *world) after(d time.Duration, do func()) { w.queue.push(w.now+d, task{do: do}) }

// calmly is after for what changes nothing of the situation by itself.
func (w *world) calmly(d time.Duration, do func()) {
	w.queue.push(w.now+d, task{do: do, calm: true})
}

// run lets time pass up to the given instant, or until a violation.
func (w *world) run(until time.Duration) {
	for !w.over {
		at, p := w.soonest()
		due := w.pair.Next()
		if due < min(at, until) {
			w.now = due
			w.settle()
			continue
		}
		if at > until {
			w.now = until
			return
		}
		w.now, w.stirred = at, due == at || w.all
		if p != nil {
			p.comes()
		} else {
			w.happens(w.queue.pop().task)
		}
		if w.stirred || at >= w.steadyUntil {
			w.settle()
		} else {
			w.check.lookAgain()
		}
	}
}

// soonest is when something happens next: a turn of that pace, or the first task
// of the queue where there is none.
func (w *world) soonest() (at time.Duration, p *pace) {
	first := w.queue.next()
	for _, q := range w.paces {
		if q.next.before(&first) {
			first, p = q.next, q
		}
	}
	return first.at, p
}

// walk sets the paces of a node's daemon.
func (w *world) walk(n *node, ticks, polls *pace) {
	w.paces[2*n.id], w.paces[2*n.id+1] = ticks, polls
}

// stir says that something is done that may change the situation. Tasks do,
// but for the calm ones, and what those order.
func (w *world) stir() { w.stirred = true }

// happens does a task whose time has come: now, or when the one who does it runs
// again, and not at all if that one died.
func (w *world) happens(t *task) {
	from, lives := t.lives()
	if lives && from > w.now {
		w.queue.put(from, t)
		return
	}
	do := t.do
	if !t.calm {
		w.stir()
	}
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
	w.steadyUntil = w.nextSituation()
	lines, turns, rest := w.situation()
	if lines == w.lines && turns == w.turns && rest == w.rest {
		w.check.lookAgain()
		return
	}
	w.wake(lines != w.lines, turns != w.turns)
	w.lines, w.turns, w.rest = lines, turns, rest
	w.check.look()
}

// wake lets everybody look again: something changed on which a turn that was
// left out may depend.
func (w *world) wake(lines, turns bool) {
	for _, n := range w.nodes {
		if n.d == nil {
			continue
		}
		if lines {
			n.d.wakePolls()
		}
		if turns {
			n.d.ticks.by(w.now)
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

// situation packs what readings of the lines depend on, what probes and
// references depend on, and what else the checkers look at.
func (w *world) situation() (lines, turns, rest flags) {
	for _, n := range w.nodes {
		lines = lines<<3 | flags(w.pair.Wire(n.id))
		b := w.pair.Board(n.id)
		lines.put(b.Out())
		lines.put(b.In())
		lines.put(n.bus.broken)
		lines.put(n.bus.flaky())
		lines.put(n.bus.lies)
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
	return lines, turns, rest
}

// nextSituation is when time alone changes the situation.
func (w *world) nextSituation() time.Duration {
	next := time.Duration(math.MaxInt64)
	at := func(t time.Duration) {
		if t > w.now {
			next = min(next, t)
		}
	}
	for _, n := range w.nodes {
		at(n.frozen)
		at(n.bus.until)
		if d := n.d; d != nil {
			at(d.hung)
			at(d.busy)
			at(d.started + deafAtStart + 1)
			at(d.started + timeToLook + 1)
		}
	}
	return next
}

// peer is the other node.
func (n *node) peer() *node { return n.w.nodes[1-n.id] }
