package explore

import (
	"fmt"
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// Violation is one thing that must never happen and did.
type Violation struct {
	Rule    string // S1 to S8, L1; T terms, V victims, F who may hold
	Text    string
	Outside string // the assumption that the scenario breaks; empty is inside them
}

// violate notes the first violation of a way.
func (w *world) violate(rule, format string, args ...any) {
	if w.bad != nil {
		return
	}
	w.bad = &Violation{Rule: rule, Text: fmt.Sprintf(format, args...), Outside: w.plan.Outside}
	w.say("-", "VIOLATION %s: %s", w.bad.Rule, w.bad.Text)
}

// excuse forgives that both serve, and what led there, until they have met and
// what one of them had under way is over.
func (w *world) excuse() { w.bad, w.excused = nil, w.now }

// forgiven tells whether that still is so.
func (w *world) forgiven() bool {
	a, b := &w.nodes[0], &w.nodes[1]
	if w.excused == 0 {
		return false
	}
	if w.facts[0].metAt > w.excused && w.facts[1].metAt > w.excused && w.steady() && !a.eng.calling && !b.eng.calling {
		w.excused = 0
	}
	return w.excused != 0
}

// checkServing is called whenever somebody starts or stops to serve. S1: never
// two nodes with the VIP, nor two running the exclusive container.
func (w *world) checkServing() {
	a, b := &w.nodes[0], &w.nodes[1]
	switch {
	case w.forgiven():
	case a.up && b.up && a.vip && b.vip:
		w.violate("S1", "both nodes have the VIP")
	case a.up && b.up && a.eng.runs && b.eng.runs:
		w.violate("S1", "both nodes run the exclusive container")
	}
	for i := range w.nodes {
		n, f := &w.nodes[i], &w.facts[i]
		if is := n.serving(); is != f.serving {
			if f.serving = is; is {
				w.serveStarts(n)
			}
		}
	}
}

// checkEvent is called before an event reaches the decision of a node.
func (w *world) checkEvent(n *node, e scheduler.Event) {
	f := &w.facts[n.id]
	switch e := e.(type) {
	case scheduler.Lines:
		if e.OK && e.In && e.Count >= 8 {
			f.forfeit = true
			f.saw = f.saw || !n.readOnly // what it cannot write down it cannot know after the cut
		}
	case scheduler.Uplink:
		since(&f.uplinkBad, w.now, !e.Carrier || !e.Reference)
	case scheduler.HoldEnded:
		f.holdEnd, f.holdHeld = w.now, e.Result == scheduler.HoldHeld
	}
}

// checkAction is called when an action other than Persist is about to be done.
func (w *world) checkAction(n *node, a scheduler.Action) {
	f := &w.facts[n.id]
	switch a := a.(type) {
	case scheduler.Send:
		w.checkTold(n, &a.Letter)
	case scheduler.Hold:
		w.checkRaise(n, "hold")
		w.checkShootsBack(n)
		w.checkServerHolds(n)
		f.holdFrom = w.now
	case scheduler.Contest:
		w.checkRaise(n, "contest")
	}
}

// checkTurn is called at the end of a node's turn.
func (w *world) checkTurn(n *node) {
	if n.running {
		w.checkKeeps(n)
	}
}

// checkStep is called at the end of each step.
func (w *world) checkStep() {
	w.checkServing()
	for i := range w.nodes {
		n, f := &w.nodes[i], &w.facts[i]
		if f.serving {
			f.servedAt = w.now
		}
		w.checkOutlasts(n)
		w.checkFair(n)
		if n.disk.PeerLeft != scheduler.Staying && n.disk.PeerLeftIn == n.boot {
			f.leftAt = w.now
		}
	}
}

// S2 and S6: a node starts to serve only on one of the grounds of the design,
// and a fence is one only when it was Confirmed.
func (w *world) serveStarts(n *node) {
	f := &w.facts[n.id]
	if w.ground(n) == "" {
		rule := "S2"
		if f.holdEnd != 0 && !f.holdHeld && w.lately(f.holdEnd, wordsOfFence) {
			rule = "S6"
		}
		w.violate(rule, "%s starts to serve without a ground", nodeName(n.id))
	}
	w.server = n.id
	f.servedIn, f.promised = n.boot, false
}

// ground names why this node may start to serve, empty when it may not.
func (w *world) ground(n *node) string {
	p := w.peer(n)
	f, pf := &w.facts[n.id], &w.facts[p.id]
	switch {
	case f.taken != 0 && n.disk.Term == f.taken && n.disk.TermBoot == n.boot && !f.forfeit:
		return "taken"
	case w.server == n.id && f.servedIn == n.boot && !f.forfeit && !f.promised:
		return "its own"
	case w.lately(f.metAt, metLately):
		return "meeting"
	case pf.owned != 0 && p.disk.Released >= pf.owned:
		return "release"
	case f.holdHeld && (!p.up || p.bootAt > f.holdFrom || pf.servedAt < f.holdFrom):
		return "fence"
	case w.lately(f.leftAt, metLately):
		return "left"
	case w.lately(f.operator, operatorWords) || w.lately(pf.operator, operatorWords):
		return "operator"
	}
	return ""
}

// checkPersisted: a term that is taken on a ground stays good until it is
// forfeited, however late the start comes.
func (w *world) checkPersisted(n *node) {
	k, f := &n.disk, &w.facts[n.id]
	own := k.Term != 0 && (k.Term%2 == 1) == n.cfg.First && k.TermBoot == n.boot
	if own && k.Term != f.taken && w.ground(n) != "" {
		f.taken = k.Term
	}
}

// S3: of two whose daemons and buses are alive, given both wires, a server with
// its uplink is not cut, and of two that do not serve one at most.
func (w *world) works(n *node) bool {
	return n.up && n.running && n.hung == 0 && n.bus && w.now-n.born > time.Second
}

func (w *world) inOrder() bool {
	return w.works(&w.nodes[0]) && w.works(&w.nodes[1]) && w.net.wire == [2]wire{}
}

// noteRise is called when EXTIN of a node rises.
func (w *world) noteRise(n *node) {
	f := &w.facts[n.id]
	order := w.inOrder()
	f.awake = w.works(n)
	f.fairServer, f.fairIdle = order && n.serving() && n.uplink(), order && !n.serving()
}

func (w *world) checkFair(n *node) {
	f := &w.facts[n.id]
	f.awake = f.awake && w.works(n)
	if !f.fairServer && !f.fairIdle {
		return
	}
	order := w.inOrder()
	f.fairServer = f.fairServer && order && n.uplink() && !f.givesAway()
	f.fairIdle = f.fairIdle && order && !n.serving()
}

// givesAway tells that a node stops to serve because it was asked for the
// service. One that stops because of EXTIN was a server all the same.
func (f *facts) givesAway() bool {
	return f.said != nil && (f.said.State.Leading != 0 || f.said.State.Released >= f.owned)
}

// checkCut looks at a cut by EXTIN at the moment it comes. V: a victim whose
// daemon and bus work has dropped the VIP before.
func (w *world) checkCut(n *node) {
	f, other := &w.facts[n.id], &w.facts[1-n.id]
	f.cut = true
	if f.awake && n.vip {
		w.violate("V", "%s was cut with the VIP, though it could see EXTIN stand", nodeName(n.id))
	}
	if w.meant(n) {
		return
	}
	if f.fairServer {
		w.violate("S3", "%s was cut although it serves with uplink and %s is alive", nodeName(n.id), nodeName(1-n.id))
	}
	if f.fairIdle {
		f.cutIdle = w.now
		if w.lately(other.cutIdle, bothCutWithin) {
			w.violate("S3", "both nodes were cut although neither served")
		}
	}
}

// meant tells that a cut was asked for: by an operator, or by the node itself
// because it could not stop what it should.
func (w *world) meant(n *node) bool {
	return w.lately(w.facts[0].operator, operatorWords) || w.lately(w.facts[1].operator, operatorWords) ||
		w.lately(w.facts[n.id].stopFail, wordsOfFence)
}

// S4: a node without uplink never raises its line, wake pulses apart, and
// lowers one that it could lower.
func (w *world) checkRaise(n *node, what string) {
	if w.facts[n.id].uplinkBad != 0 {
		w.violate("S4", "%s begins a %s without uplink", nodeName(n.id), what)
	}
}

func (w *world) checkKeeps(n *node) {
	f, j := &w.facts[n.id], &n.job
	early := j.kind == contest || j.kind == hold && !j.tried && j.up(w.now) < noReturn-time.Second
	since(&f.keeps, w.now, f.uplinkBad != 0 && early && j.ending == staying)
	if f.keeps != 0 && w.now-f.keeps > uplinkGrace {
		w.violate("S4", "%s keeps its line up without uplink", nodeName(n.id))
	}
}

// S5: EXTOUT does not outlast its hold.
func (w *world) checkOutlasts(n *node) {
	f := &w.facts[n.id]
	can := n.up && n.bus && n.board.out
	since(&f.raised, w.now, can)
	since(&f.loose, w.now, can && (!n.running || n.hung != 0))
	switch {
	case f.raised != 0 && w.now-f.raised > longestRaise:
		w.violate("S5", "EXTOUT of %s is up for %s", nodeName(n.id), seconds(w.now-f.raised))
	case f.loose != 0 && w.now-f.loose > masterless:
		w.violate("S5", "EXTOUT of %s is up although its daemon is gone for %s", nodeName(n.id), seconds(w.now-f.loose))
	}
}

// F: a serving node does not fence for silence, it contests; it reboots a silent
// peer after 60 s at the earliest.
func (w *world) checkServerHolds(n *node) {
	f := &w.facts[n.id]
	if n.healthy() && w.lately(f.metAt, silentPeer) && !w.lately(f.operator, operatorWords) {
		w.violate("F", "%s serves and holds its line %s after it heard %s last", nodeName(n.id), seconds(w.now-f.metAt), nodeName(1-n.id))
	}
}

// S7: a fenced node does not shoot its way back.
func (w *world) checkShootsBack(n *node) {
	f := &w.facts[n.id]
	if !f.cut || w.lately(f.operator, operatorWords) {
		return
	}
	if ran := w.now - f.firstStart; n.cfg.ExtinWait == 0 || ran < n.cfg.ExtinWait {
		w.violate("S7", "%s was fenced and holds its line %s after its start", nodeName(n.id), seconds(ran))
	}
}

// checkTold compares a letter with the disk of its sender at the moment it is
// sent. S8: what was acknowledged is on disk. T: terms have parity, so that two
// nodes can never take the same.
func (w *world) checkTold(n *node, l *scheduler.Letter) {
	s, k, f := &l.State, &n.disk, &w.facts[n.id]
	if s.Own != 0 && (s.Own%2 == 1) != n.cfg.First {
		w.violate("T", "%s owns term %d, which only %s may take", nodeName(n.id), s.Own, nodeName(1-n.id))
	}
	bad := ""
	switch {
	case s.Released > k.Released:
		bad = "a release"
	case s.Returned > k.Returned:
		bad = "a returned release"
	case s.Own > k.Term:
		bad = "its term"
	case s.AckUnarm && !k.PeerUnarmed:
		bad = "that the other node cannot be fenced"
	case s.AckLeft != f.ackLeft && w.promises(w.peer(n), s.AckLeft) && (k.PeerLeft == scheduler.Staying || k.PeerLeftIn != n.boot):
		bad = "that the other node left"
	case s.Standby != k.Standby:
		bad = "its standby mark"
	}
	if bad != "" {
		w.violate("S8", "%s told %s, which is not on its disk", nodeName(n.id), bad)
	}
	if s.StopFail != 0 {
		f.stopFail = w.now
	}
	f.owned = max(f.owned, s.Own)
	f.ackLeft = s.AckLeft
	f.said = l
}

// promises tells that a node's live session has promised not to serve.
func (w *world) promises(n *node, session uint64) bool {
	said := w.facts[n.id].said
	return n.running && n.session == session && said != nil && said.State.Leaving != scheduler.Staying && said.State.Leaving != scheduler.Restarting
}
