package scheduler

import "time"

// outbox decides when this node speaks. The whole state goes out on change, at
// a steady pace, and faster while an answer is awaited.
type outbox struct {
	last       State
	at         Instant       // last sent
	pace       time.Duration // and repeated after this
	ackLeft    uint64
	readySince Instant
	everReady  bool // in this session

	tokens   int // letters that may go out at once; refilled with time
	refilled Instant
}

// A letter costs a token. The burst is more than any exchange needs; the refill
// keeps two nodes that answer each other's every change from a storm.
const (
	burst  = 30
	refill = 25 * time.Millisecond
)

// mayTalk takes a token, if there is one.
func (o *outbox) mayTalk(now Instant) bool {
	if more := int(now.Since(o.refilled) / refill); o.refilled == 0 || more >= burst {
		o.tokens, o.refilled = burst, now
	} else if more > 0 {
		o.tokens, o.refilled = min(o.tokens+more, burst), o.refilled.Add(time.Duration(more)*refill)
	}
	if o.tokens == 0 {
		return false
	}
	o.tokens--
	return true
}

// noteWords takes what a bound letter carries besides the state.
func (m *Machine) noteWords(l *Letter) {
	s := &l.State
	if s.Fenceable && m.disk.PeerUnarmed {
		m.disk.PeerUnarmed = false
		m.save()
	}
	if s.Unarmed != "" && !m.disk.PeerUnarmed {
		m.disk.PeerUnarmed = true
		m.save()
		m.note(Warning, CodePeerUnfenceable, "was told by "+m.cfg.Peer+" that it cannot be fenced ("+s.Unarmed+")", "futago status")
	}
	if s.Wire != m.disk.PeerWire && s.Wire.Result != WireUntested {
		m.disk.PeerWire = s.Wire
		m.save()
	}
	if r, known := s.Reboot, m.disk.PeerReboot; r.Result != "" && (!r.At.Equal(known.At) || r.Result != known.Result || r.Code != known.Code) {
		m.disk.PeerReboot = r
		m.save()
	}
	m.hearMark(s)
	m.replied(l.Reply)
	m.requested(l)
}

// ruleLetter sends the state.
func (m *Machine) ruleLetter() {
	s := m.state()
	o := &m.letter
	switch {
	case !s.Ready:
		o.readySince = 0
	case o.readySince == 0:
		o.readySince, o.everReady = m.now, true
	}
	if s != o.last {
		o.last, o.at = s, 0
		m.next = m.now // an earlier rule may look at what changed
	}
	o.pace = m.pace()
	m.repeat()
}

// pace is after what time the state is said again.
func (m *Machine) pace() time.Duration {
	switch {
	case m.awaiting():
		return repeatFast
	case m.alone():
		return repeatEvery
	case !m.mutual(), m.silentFor(overdue), m.unechoedFor(echoWithin):
		return repeatQuiet // five lost in a row are a loss (staleAfter): do not let it come to that
	}
	return repeatEvery
}

// alone says that nobody seems to be there: membership does not reach the peer,
// nothing was heard from it for a while, and no line is up between the two. One
// that comes back speaks first. While a line is up, how often a node speaks is
// proof that it lives.
func (m *Machine) alone() bool {
	h := &m.hear
	quiet := !h.link && m.line.shot == nil && m.board.failSince == 0 && m.extin.seen && !m.extin.high
	return quiet && m.passed(max(h.heardAt, h.wordAt, h.candAt, m.start.at), aloneAfter)
}

// repeat sends the state as it was said last, when it is time to.
func (m *Machine) repeat() {
	o := &m.letter
	if o.at != 0 && m.now.Since(o.at) < o.pace || !o.mayTalk(m.now) {
		return
	}
	o.at = m.now
	m.send(m.hear.session, m.hear.lastSeq)
	if c := m.hear.candidate; c != 0 && c != m.hear.session {
		m.send(c, m.hear.candSeq)
	}
}

func (m *Machine) send(to, echo uint64) {
	h := &m.hear
	h.seq++
	h.sent[h.seq%uint64(len(h.sent))] = m.now
	if last := len(m.letters) - 1; last >= 0 {
		used := m.letters[last]
		m.letters = m.letters[:last]
		m.write(&used.Letter, to, echo)
		m.do(used)
		return
	}
	var s Send
	m.write(&s.Letter, to, echo)
	m.do(s)
}

func (m *Machine) write(l *Letter, to, echo uint64) {
	l.From, l.Boot, l.Session = m.cfg.Self, m.boot.ID, m.boot.Session
	l.To, l.Seq, l.Echo = to, m.hear.seq, echo
	l.State, l.Request, l.Reply = m.letter.last, nil, nil
	if to == m.cmds.askTo {
		l.Request = m.cmds.ask
	}
	if to == m.cmds.session {
		l.Reply = m.cmds.reply
	}
}

// awaiting says that the peer's next word is waited for.
func (m *Machine) awaiting() bool {
	return m.heard() && (m.give.leading != 0 || m.give.passedAt != 0 || m.seek.asked != 0 || m.cmds.ask != nil ||
		m.cmds.reply != nil || m.cmds.markCmd != 0 || m.going.kind != Staying || m.test.id != 0 || m.test.okID != 0)
}

// state is what this node says of itself now.
func (m *Machine) state() State {
	fenceable, unarmed := m.fenceable()
	notReady := m.whyNotReady()
	if m.own != 0 && notReady == "" {
		notReady = CodeServing
	}
	s := State{
		Known: m.known(), Term: m.disk.Term, Own: m.own,
		Serving: m.serving(), Healthy: m.healthy(),
		Released: m.saidReleased(), Returned: m.disk.Returned, Leading: m.give.leading, StopFail: m.give.stopFail,
		Ready: notReady == "", NotReady: notReady,
		Standby: m.disk.Standby, Maint: m.maintenance(), MaintMark: m.disk.MaintMark, MaintUntil: m.disk.MaintUntil, Uplink: m.up.good(), Lacks: m.up.lacks(),
		Quarantine: m.quarantined(), Holding: m.line.shot != nil, TurnOff: m.line.shot != nil && m.line.shot.off,
		Fenceable: fenceable, Unarmed: unarmed, AckUnarm: m.disk.PeerUnarmed && (!m.writing.down || m.writing.deaf),
		Unwatched: m.board.seen && m.board.facts.OK && !m.board.facts.Watchdog,
		Wire:      m.disk.Wire, TestAsk: m.test.id, TestOK: m.test.okID, TestSaw: m.test.sawID, TestMissed: m.test.missID, TestCross: m.test.crossID,
		AckLeft:  m.letter.ackLeft,
		Trusts:   m.peerLeft() || m.writing.down && m.writing.left,
		Software: m.cfg.Software, Digest: m.cfg.Digest, Started: m.cfg.Started,
		Next: m.plan.due.UTC(), Reboot: m.disk.Reboot,
	}
	if len(m.board.facts.Woken) > 0 {
		s.Woken = m.board.facts.Woken[0]
	}
	m.sayHandoff(&s)
	if m.late != 0 {
		s.Term, s.Own = m.late, 0
	}
	if m.going.promised != 0 && !m.going.silent {
		s.Leaving, s.Within = m.going.kind, m.cfg.BackWithin
	}
	return s
}

// sayHandoff adds the words of a handoff.
func (m *Machine) sayHandoff(s *State) {
	if m.give.offered && m.own != 0 {
		s.Offer, s.Why = m.own, m.give.why
	}
	if m.seek.asked != 0 {
		s.Ask, s.OnOffer = m.seek.term, m.seek.offered != 0
	}
	switch {
	case m.own != 0 && m.hear.bound && m.hear.state.Ask == m.own:
		s.Refuse = m.whyRefuse()
	case m.own == 0:
		s.Refuse = m.seek.refused
	}
}

// healthy says that clients get answers from this node.
func (m *Machine) healthy() bool {
	return m.own != 0 && m.vip.held && m.group.known && m.group.state.Healthy
}
