package scheduler

import "time"

// wireTest is the announced one-second test of a fence line: the tester asks,
// the target consents, the tester pulses, the target says what it saw.
type wireTest struct {
	// the tester's side
	next      Instant // when the own line is tested next
	fails     int     // in a row
	id        uint64
	since     Instant
	pulsedAt  Instant
	pulsing   bool
	looped    bool
	alone     bool // the own EXTIN was read low while the own EXTOUT stood
	echoUntil Instant
	cmd       uint64
	passedAt  Instant // last pass in this session

	// the target's side
	okID    uint64 // consented
	okAt    Instant
	saw     bool
	sawID   uint64
	missID  uint64
	crossID uint64 // the own EXTOUT read high, and this node had not raised it
}

// echoShows is how long an EXTOUT must stand before its own EXTIN must have shown
// it, if the line leads back or touches the other: a board reads its lines late.
const echoShows = 300 * time.Millisecond

// testRuns says that EXTIN may stand for an announced test.
func (m *Machine) testRuns() bool {
	t := &m.test
	return t.okID != 0 || t.pulsing || t.looped
}

// testCovers says that EXTIN stands because of an announced test. A line that
// outlasts 3 s makes the board deaf where that is safe, and is taken for what
// it is where not.
func (m *Machine) testCovers() bool {
	t := &m.test
	if !m.reached(t.echoUntil) && !m.line.busy() {
		return true // the last of this node's own pulse on a looped harness
	}
	if t.id != 0 && !m.standsFor(testDisarm) && (t.pulsing || t.pulsedAt != 0 && !m.passed(t.pulsedAt, time.Second)) {
		// It was low when the pulse began, and the peer consented to keep its own
		// line down: this is this node's own pulse.
		t.looped = true
		return true
	}
	if t.okID != 0 {
		t.saw = true
		if !m.standsFor(testDisarm) {
			return true
		}
	}
	if m.mayBeDeaf() {
		return true
	}
	t.okID, m.board.deafAsked = 0, 0
	if m.board.disarmed && m.passed(m.board.armedAt, rearmAfter) {
		m.board.armedAt = m.now
		m.do(Arm{})
	}
	return false
}

const (
	// deafAnswer is how long the tester is given to answer that it has on disk that
	// this node cannot be fenced. With it the line stood for 4.5 s.
	deafAnswer = 1500 * time.Millisecond
	// rearmAfter is the least pause between two tries to arm a deaf board.
	rearmAfter = 500 * time.Millisecond
)

// mayBeDeaf makes the board deaf to a test pulse that does not end, and says
// whether EXTIN may stand meanwhile. The node says first that it cannot be fenced,
// and is deaf only once the tester has that on disk and hears this node: a deaf
// node that is not known to be would be taken for fenced when it is not.
func (m *Machine) mayBeDeaf() bool {
	b, peer := &m.board, &m.hear.state
	switch {
	case !m.heard(): // some letters lost on a bad line are no reason to be cut
		return false
	case b.disarmed:
		return peer.AckUnarm
	case !m.mutual() || m.test.okID == 0 || peer.TestAsk != m.test.okID:
		return false
	case b.deafAsked == 0:
		b.deafAsked = m.now
		m.next = m.now // it may know already, of a board that does not answer
		return true
	case !peer.AckUnarm: // one of an earlier test is over: each letter to the tester has said since that this node can be fenced
		return !m.passed(b.deafAsked, deafAnswer)
	}
	b.disarmed, b.armedAt = true, m.now
	m.do(Disarm{})
	m.note(Critical, CodeExtinStuck, "made its board deaf, because the test pulse of "+m.cfg.Peer+" did not end", "unplug the harness CN5 -> CN4")
	return true
}

// ruleWireTest does both sides of the test.
func (m *Machine) ruleWireTest() {
	m.targetTest()
	t := &m.test
	switch {
	case t.id == 0:
		if m.reached(t.next) && m.mutual() && m.whyNoTest() == "" {
			t.id, t.since, t.pulsedAt, t.looped, t.alone = m.newTest(), m.now, 0, false, false
		}
	case t.looped && !t.pulsing && t.pulsedAt != 0 && m.saidOfTest():
		m.endTest(WireFailed, m.echoFault(), "its own EXTIN rose with its own EXTOUT")
	case !m.mutual() || m.extin.victim || m.line.shot != nil || m.line.contest != nil || m.hear.state.Holding:
		m.endTest(WireUntested, FaultNone, "it was interrupted")
	case t.pulsing:
	case t.pulsedAt == 0:
		m.askTest()
	case m.hear.state.TestSaw == t.id && m.hear.state.TestCross == t.id:
		m.endTest(WireFailed, FaultShorted, "EXTOUT of "+m.cfg.Peer+" rose with it")
	case m.hear.state.TestSaw == t.id && !t.alone:
		m.endTest(WireUntested, FaultNone, "its own EXTIN was not read meanwhile")
	case m.hear.state.TestSaw == t.id:
		m.endTest(WirePassed, FaultNone, "")
	case m.saidOfTest():
		m.endTest(WireFailed, m.missFault(), "EXTOUT went high, "+m.cfg.Peer+" saw nothing")
	}
}

// saidOfTest says that the target has told what it saw of the pulse, or will not
// tell any more.
func (m *Machine) saidOfTest() bool {
	t, peer := &m.test, &m.hear.state
	return peer.TestSaw == t.id || peer.TestMissed == t.id || !m.mutual() || m.passed(t.pulsedAt, testLimit)
}

// newTest numbers a test so that no earlier one of any session is meant.
func (m *Machine) newTest() uint64 { return m.boot.Session<<16 | m.id()&0xffff }

// whyNoTest is why the own line cannot be tested now.
func (m *Machine) whyNoTest() string {
	peer := &m.hear.state
	switch {
	case !m.mutual() || !m.hear.met:
		return m.cfg.Peer + " is not heard"
	case m.line.busy() || !m.reached(m.line.free) || !m.quietWire():
		return "a line is in use"
	case m.test.okID != 0 || peer.TestAsk != 0 && !m.cfg.First:
		return m.cfg.Peer + " is testing its line"
	case !m.board.seen || !m.board.facts.OK:
		return "the power board does not answer"
	case peer.Leaving != Staying || m.going.kind != Staying || m.give.leading != 0 || m.seek.asked != 0:
		return "the service or a node is on its way"
	}
	return ""
}

// quietWire says that EXTIN has been low for a second: a peer that just lowered
// its line must not be taken for this node's own pulse.
func (m *Machine) quietWire() bool {
	x := &m.extin
	return x.seen && !x.high && x.lowFrom != 0 && m.passed(x.lowFrom, time.Second)
}

func (m *Machine) askTest() {
	t := &m.test
	switch {
	case m.hear.state.TestOK == t.id && !m.line.busy():
		m.line.pulse = &pulse{id: m.id(), test: true, since: m.now}
		t.pulsing = true
		m.raise(Pulse{ID: m.line.pulse.id, For: m.cfg.Pulse})
	case m.passed(t.since, testLimit):
		m.endTest(WireUntested, FaultNone, m.cfg.Peer+" did not consent")
	}
}

func (m *Machine) testPulsed(e Pulsed) {
	t := &m.test
	t.pulsing, t.pulsedAt = false, m.now
	switch {
	case e.OK:
	case m.board.failSince != 0: // that says nothing of the wire
		m.endTest(WireUntested, FaultNone, "the power board did not answer")
	default:
		m.endTest(WireFailed, FaultDead, "EXTOUT did not do as told: "+e.Why)
	}
}

// endTest records the result. An interrupted test leaves the last one valid.
func (m *Machine) endTest(r WireResult, fault WireFault, why string) {
	t := &m.test
	line := "the line " + m.cfg.Self + " -> " + m.cfg.Peer
	if t.looped {
		t.echoUntil = m.now.Add(time.Second)
	}
	t.id, t.pulsedAt, t.pulsing, t.looped = 0, 0, false, false
	switch r {
	case WirePassed:
		if t.fails > 0 {
			fault = FaultLoose
			m.note(Warning, CodeWireTested, "tested "+line+": it works again after "+itoa(uint64(t.fails))+" failed tests", fault.Remedy(m.cfg.Self, m.cfg.Peer))
		} else {
			m.note(Info, CodeWireTested, "tested "+line+": it works", "")
		}
		t.next, t.passedAt, t.fails = m.now.Add(wireDaily), m.now, 0
		m.answer(t.cmd, true, "Passed: "+line+" works. "+m.cfg.Peer+" tests its own next; see futago status.")
	case WireFailed:
		t.next, t.passedAt = m.now.Add(min(retryMost<<min(t.fails, 8), wireRetry)), 0
		t.fails++
		m.note(Critical, CodeWireBroken, "tested "+line+" and it failed: "+why+": "+fault.Text(m.cfg.Self, m.cfg.Peer), fault.Remedy(m.cfg.Self, m.cfg.Peer))
		m.answer(t.cmd, false, "Failed: "+line+": "+why+": "+fault.Text(m.cfg.Self, m.cfg.Peer)+".")
	case WireUntested:
		t.next = m.now.Add(retryMost)
		m.answer(t.cmd, false, "Not tested: "+why+".")
	}
	if t.cmd != 0 {
		m.testPeerToo()
	}
	t.cmd = 0
	if r != WireUntested {
		m.disk.Wire = Wire{Result: r, At: m.wall, Fault: fault}
		m.save()
	}
}

// targetTest is the target's side: consent, watch, report.
func (m *Machine) targetTest() {
	t := &m.test
	peer := &m.hear.state
	ask := peer.TestAsk
	if !m.heard() {
		ask = 0
	}
	switch {
	case t.okID != 0 && m.board.out && !m.line.busy() && t.crossID != t.okID:
		t.crossID = t.okID // this node's own EXTOUT answers: the plug is in the wrong socket
	case t.okID != 0 && t.saw && !m.extin.high:
		t.sawID, t.okID = t.okID, 0
	case t.okID != 0 && (ask != t.okID || m.passed(t.okAt, testLimit/2)) && !m.extin.high:
		if ask == t.okID {
			t.missID = t.okID
		}
		t.okID = 0
	case t.okID == 0 && ask != 0 && ask != t.sawID && ask != t.missID && m.mayConsent():
		t.okID, t.okAt, t.saw = ask, m.now, false
	}
}

func (m *Machine) mayConsent() bool {
	return m.mutual() && !m.line.busy() && !m.board.out && m.extin.seen && !m.extin.high && m.board.failSince == 0 && m.board.seen &&
		(m.test.id == 0 || !m.cfg.First)
}
