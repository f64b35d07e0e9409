package scheduler

import "time"

// line is this node's EXTOUT. It is used for one thing at a time.
type line struct {
	shot    *shot  // a hold that means to cut the peer
	contest *raise // an answer to EXTIN
	pulse   *pulse // about one second: to wake the peer, or to test the wire
	free    Instant
	raised  Instant // first order to raise it since it was read low; zero: it is down
}

type raise struct {
	id       uint64
	since    Instant
	lowering bool
}

type pulse struct {
	id    uint64
	test  bool
	since Instant
}

// busy says that the line is in use, or was until less than 3 s ago: two
// pulls in a row must not look like one to the board.
func (l *line) busy() bool { return l.shot != nil || l.contest != nil || l.pulse != nil }

// shotWhy is what a hold is for.
type shotWhy string

// The purposes of a hold.
const (
	shotSilence    shotWhy = "silence"     // the peer was lost: take over
	shotStart      shotWhy = "start"       // nobody came since the start: take over
	shotSilentPeer shotWhy = "silent peer" // this node serves; the peer is rebooted
	shotFailedStop shotWhy = "failed stop" // the owner does not give back
	shotLies       shotWhy = "lies"        // it gave back, and answers for the VIP
	shotOperator   shotWhy = "operator"
)

// shot is one hold, from the order to the verdict.
type shot struct {
	id       uint64
	why      shotWhy
	term     uint64 // of a failed stop
	cmd      uint64 // the operator's command to answer
	off      bool   // do not wake the peer afterwards
	begun    Instant
	lossAt   Instant
	silence  time.Duration // how long the peer had not been heard
	deaf     bool          // it was heard, and did not hear this node
	peerBoot string        // by the state of this node

	// bootKnown says that the peer was heard in this session before: else its boot id
	// may be of long ago, and another one says nothing of this hold.
	bootKnown bool
	round     int // of a peer that could not contest: two

	lowUntil, highSince Instant
	reads, highs        int
	mayCut              bool // before it was read low it had been up so long
	lowering            bool
	contested           bool
	giveUp              string

	probeID uint64
	probed  bool
	probe   Probed
	heldAt  Instant // the hold is over, high throughout; the verdict is next
}

// upFrom is since when the line may have been up.
func (s *shot) upFrom() Instant { return max(s.lowUntil, s.begun) }

// shotPast says that this node's own hold is that old and still up.
func (m *Machine) shotPast(d time.Duration) bool {
	s := m.line.shot
	return s != nil && !s.lowering && s.highSince != 0 && m.passed(s.upFrom(), d)
}

// raise orders what raises the line.
func (m *Machine) raise(a Action) {
	if m.line.raised == 0 {
		m.line.raised = m.now
	}
	m.do(a)
}

// readLow takes a reading that shows the line low since then. One that stayed up
// because the bus failed in a pulse or a contest, or before a hold that was given
// up, may have cut the peer, and nobody meant it: the peer is woken and given the
// time to boot, unless it is heard.
func (m *Machine) readLow(at Instant) {
	l := &m.line
	if m.mayHaveCut(at) && l.shot == nil && !m.wake.on && !m.disk.PeerOff {
		m.wake = wake{on: true, at: m.now.Add(betweenHolds)}
		if !m.mutual() {
			m.fence.retryAt = max(m.fence.retryAt, m.now.Add(bootTime))
		}
	}
	l.raised = 0
	if l.busy() {
		l.raised = m.now
	}
}

// mayHaveCut says that the line was perhaps up long enough to cut the peer.
func (m *Machine) mayHaveCut(at Instant) bool {
	return m.line.raised != 0 && at.Since(m.line.raised) >= mayHaveCut
}

// lower drops the line, whatever it is up for.
func (m *Machine) lower(why string) { m.lowerLine(why, false) }

// lowerLine drops the line; giveUp makes it the saving throw of a hold.
func (m *Machine) lowerLine(why string, giveUp bool) {
	l := &m.line
	if !l.busy() {
		return
	}
	if s := l.shot; s != nil && s.heldAt == 0 { // one that was held is down already, and waits for its verdict
		s.lowering, s.giveUp = true, why
	}
	if l.contest != nil {
		l.contest.lowering = true
	}
	m.do(Lower{GiveUp: giveUp})
}

func (m *Machine) holdProgress(e HoldProgress) {
	if p, t := m.line.pulse, &m.test; p != nil && p.id == e.ID && p.test && e.HighSince != 0 {
		t.alone = t.alone || e.At.Since(e.HighSince) >= echoShows && !m.extin.high
	}
	s := m.line.shot
	if s == nil || s.id != e.ID {
		return
	}
	if e.LowUntil > s.lowUntil {
		s.mayCut = s.mayCut || e.LowUntil.Since(s.upFrom()) >= mayHaveCut
		s.lowUntil = e.LowUntil
	}
	s.highSince, s.reads, s.highs = e.HighSince, e.Reads, e.Highs
}

func (m *Machine) holdEnded(e HoldEnded) {
	l := &m.line
	if l.contest != nil && l.contest.id == e.ID {
		l.contest = nil
		l.free = max(l.free, m.now.Add(contestPause)) // a hold before it keeps its 3 s
		return
	}
	s := l.shot
	if s == nil || s.id != e.ID {
		return
	}
	l.free = m.now.Add(betweenHolds)
	switch {
	case e.Result == HoldHeld: // the verdict says what becomes of the peer
		l.raised, s.heldAt, s.lowering = 0, m.now, false
	case e.Result == HoldLowered && e.At.Since(s.begun) <= lowBy && !s.mayCut:
		if s.giveUp == "" {
			s.giveUp = e.Why
		}
		m.shotGivenUp(s)
	case e.Result == HoldLowered && s.round == 2:
		m.verdict(s, verdictUnknown, CodeFenceUnknown, "the second hold ended early")
	case e.Result == HoldLowered:
		m.verdict(s, verdictUnknown, CodeFenceUnknown, "the line was read low again only "+seconds(e.At.Since(s.begun))+" after it was raised")
	default:
		m.verdict(s, verdictUnknown, CodeFenceUnknown, e.Why)
	}
	if e.Result == HoldLowered {
		m.readLow(e.At)
	}
}

// contestPause keeps a contest from being taken for the one before it.
const contestPause = 200 * time.Millisecond

func (m *Machine) pulsed(e Pulsed) {
	p := m.line.pulse
	if p == nil || p.id != e.ID {
		return
	}
	m.line.pulse = nil
	m.line.free = max(m.line.free, m.now.Add(time.Second))
	if p.test {
		m.testPulsed(e)
	}
}

// fire raises the line to cut the peer. The caller has the reason; this checks
// only what must hold for every hold. It returns false when the line is not to
// be had now.
func (m *Machine) fire(why shotWhy, cmd uint64, off bool) bool {
	l := &m.line
	if l.busy() || m.extin.high && !m.stuckUnarmed() || !m.reached(l.free) || !m.up.good() || m.board.failSince != 0 || !m.board.seen {
		return false
	}
	if why != shotOperator && !m.reached(m.hear.grace) {
		return false // it slept a moment ago: whatever it believes of the peer is from before that
	}
	s := &shot{
		id: m.id(), why: why, cmd: cmd, off: off, begun: m.now, lossAt: m.hear.lostAt, silence: m.now.Since(max(m.hear.heardAt, m.start.at)), deaf: !m.hear.lost && m.heard(),
		peerBoot: m.disk.PeerBoot, bootKnown: m.hear.session != 0, round: 1, term: m.seek.term,
	}
	l.shot = s
	m.fence.woken = m.fence.woken || m.fence.confirmedAt != 0 // by the edge of this hold
	m.raise(Hold{ID: s.id, For: m.cfg.Hold})
	m.note(Warning, CodeHold, "is cutting "+m.cfg.Peer+", because "+m.shotText(s), "futago status --watch")
	return true
}
