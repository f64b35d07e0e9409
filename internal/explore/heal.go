package explore

import (
	"fmt"
	"time"
)

// steadyFor is how long exactly one node must serve to count as healed.
const steadyFor = 5 * time.Second

// comesLate is when an operator does what a node has waited for.
const comesLate = 2 * time.Minute

// heal mends everything, as an operator would after the faults, and demands
// that exactly one node serves within the limit (L1). It is one way of many:
// nothing is late any more.
func (w *world) heal(limit time.Duration) *Violation {
	w.say("-", "QUIET: everything is mended")
	w.pick = &chooser{}
	w.plan = w.plan.quiet()
	w.mendAll()
	end, from := w.now+limit, time.Duration(0)
	for begin := w.now; w.now < end && w.bad == nil; {
		w.nurse(w.now-begin > comesLate)
		w.advance()
		since(&from, w.now, w.steady())
		if from != 0 && w.now-from >= steadyFor {
			return nil
		}
	}
	if w.bad != nil {
		return w.bad
	}
	v := Violation{Rule: "L1", Text: fmt.Sprintf("nobody serves %s after everything was mended", limit), Outside: w.plan.Outside}
	w.say("-", "VIOLATION %s: %s", v.Rule, v.Text)
	return &v
}

// steady tells that exactly one node serves, and well.
func (w *world) steady() bool {
	a, b := &w.nodes[0], &w.nodes[1]
	return a.healthy() && !b.serving() || b.healthy() && !a.serving()
}

// nurse is the operator: what is off is switched on, what was stopped started.
// One that waits for the other and cannot cut it, because it lost its state, says
// so; the operator comes in the end.
func (w *world) nurse(late bool) {
	w.net.blocked = [2]bool{}
	if a, b := &w.nodes[0], &w.nodes[1]; a.dark() && b.dark() || late && !w.steady() {
		for _, n := range []*node{a, b} {
			if n.dark() {
				w.powerOn(n, "switch")
			}
		}
	}
	for i := range w.nodes {
		n := &w.nodes[i]
		n.bus, n.cable, n.mute, n.readOnly, n.dieAt, n.eng.fails = true, true, false, false, livesOn, worksWell
		if n.stop.stopped {
			n.stop = departure{}
			w.startAgain(n)
		}
		switch {
		case !n.board.supply:
			w.setSupply(n, true)
		case n.panicked && n.board.resetAt == 0:
			w.setSupply(n, false)
			w.setSupply(n, true)
		}
	}
}

// dark is a node that has its supply and does not run.
func (n *node) dark() bool { return n.board.supply && !n.board.power && n.board.onAt == 0 }
