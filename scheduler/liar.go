package scheduler

import "time"

// liar is what this node knows of a peer that let its term go and whose kernel
// answers for the VIP all the same.
type liar struct {
	since Instant // the first claim that found it so; zero: the last one did not
	sure  bool    // a later claim did, too: it was nothing on its way
	late  bool    // no claim did, but it answers beside this node, which has the VIP
	at    Instant // the last of these answers
	tried bool    // a hold was begun for that, and no claim succeeded since while the peer was heard
}

const (
	liarAgain = time.Second      // between two claims that make it sure
	liarWait  = 10 * time.Second // then the line must be to be had: a wire test is over by then
	liarAsked = 30 * time.Second // a holder that defends its address asks again every 10 s
)

// metLiar takes the end of a claim that failed: true if it is the peer that has
// the VIP, against its own word. Then the term is not offered back: ruleLiar goes
// on from here, and the claim is tried again meanwhile.
func (m *Machine) metLiar(e VIPDone) bool {
	l := &m.liar
	if e.Code != CodeVIPForeign || !e.Peer || !m.lies() {
		l.since, l.sure = 0, false
		return false
	}
	if l.since == 0 {
		l.since = m.now
	}
	l.sure = l.sure || m.now.Since(l.since) >= liarAgain
	return true
}

// metLiarLate takes an answer of the peer for the VIP that this node has: the
// look before the claim was shorter than its kernel took. This node goes on
// serving meanwhile; two such answers are what two claims are.
func (m *Machine) metLiarLate() {
	l := &m.liar
	if !m.letGo() || m.cutsLiar() {
		return
	}
	if !l.late {
		*l = liar{since: m.now, late: true, tried: l.tried}
	}
	l.at = m.now
	l.sure = l.sure || m.now.Since(l.since) >= liarAgain
}

// claimedFrom takes a claim that succeeded. It clears a peer that is there, and
// says nothing of one that was just cut, or was not asked.
func (m *Machine) claimedFrom() {
	cleared := m.heard() && m.line.shot == nil && m.look() != LookNone
	m.liar = liar{tried: m.liar.tried && !cleared}
}

// lies says that the VIP is this node's by the peer's own word. Where that was
// not heard since, its last word counts: what answers is there.
func (m *Machine) lies() bool { return m.letGo() && m.vip.held == m.liar.late }

func (m *Machine) letGo() bool {
	peer := &m.hear.state
	released := m.mayServe() && m.ground == GroundRelease && !m.give.offered
	goes := peer.Leaving != Staying || m.peerLeft() || m.fencedAway()
	return released && peer.Own == 0 && !peer.Serving && !goes
}

// ruleLiar cuts a peer that answers for the VIP after it let the term go. It is
// another owner that does not give back. One hold, then the term is offered to it
// as to any other after a claim that failed: what answers may outlive its reboot.
func (m *Machine) ruleLiar() {
	l := &m.liar
	if l.since == 0 || m.cutsLiar() {
		return
	}
	switch {
	case !m.lies(), l.late && (!m.mayCutLiar() || m.passed(l.since, liarAsked)):
		*l = liar{tried: l.tried}
	case !l.late && (!m.mayCutLiar() || m.passed(l.since, liarWait)):
		l.since, l.sure = 0, false
		m.notClaimed()
	case l.late && m.passed(l.at, liarAgain): // it may have stopped: with its next answer
	case l.sure && m.reached(m.fence.retryAt):
		l.tried = m.fire(shotLies, 0, false)
	}
}

func (m *Machine) cutsLiar() bool { return m.line.shot != nil && m.line.shot.why == shotLies }

// mayCutLiar says that nothing is in the way of a hold but what passes soon.
func (m *Machine) mayCutLiar() bool {
	code, _ := m.whyNoFence(m.now, false)
	return code == "" && !m.liar.tried && !m.quarantined() && !m.disk.Standby && !m.maintenance() && m.going.kind == Staying
}
