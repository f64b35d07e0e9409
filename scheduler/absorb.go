package scheduler

import "time"

// uplink is the way to the clients.
type uplink struct {
	known              bool // any report came
	carrier, reference bool
	since              Instant // since when it is as it is
	flapped            Instant // when it last came back after a loss in this session
	everGood           bool
}

func (u *uplink) good() bool { return u.carrier && u.reference }

// What an uplink may lack.
const (
	LacksCarrier   = "carrier"
	LacksReference = "reference"
)

// lacks is what is missing, the carrier before all else; empty when nothing is,
// or when that is not known yet.
func (u *uplink) lacks() string {
	switch {
	case !u.known || u.good():
		return ""
	case !u.carrier:
		return LacksCarrier
	}
	return LacksReference
}

// uplinkText says what an uplink lacks.
func uplinkText(lacks string) string {
	if lacks == LacksReference {
		return "no reference answers"
	}
	return "no carrier"
}

// uplinkWhy says what the own uplink lacks, as a reason.
func (m *Machine) uplinkWhy() string {
	if m.up.lacks() == LacksReference {
		return uplinkText(LacksReference)
	}
	return "the interface of the VIP has no carrier"
}

// codeText is a code of whyNotReady with what can be said of it in a word.
func codeText(code, lacks string) string {
	if code == CodeNoUplink && lacks != "" {
		return code + ": no " + lacks
	}
	return code
}

// whyNotReadyText is whyNotReady for people.
func (m *Machine) whyNotReadyText() string { return codeText(m.whyNotReady(), m.up.lacks()) }

// mendUplink is what to look at on this node.
func (m *Machine) mendUplink() string {
	if m.up.lacks() == LacksReference {
		return "ping the addresses under references; check switch and router"
	}
	return "check the cable and the switch of " + m.cfg.Self
}

// boardFacts is what the board says of itself.
type boardFacts struct {
	seen      bool
	facts     Board
	armedAt   Instant // when arming was last tried
	armTries  int
	linesAt   Instant // last reading that succeeded
	deafAsked Instant // when this node said that it is about to be deaf for a wire test gone wrong
	disarmed  bool    // made deaf for that
	unread    bool    // it turned out not to be, and EXTIN was not read since
	out       bool
	failSince Instant // since when readings fail
}

// absorb changes what is known by one event, and nothing else. It is the one
// flat switch over all events.
func (m *Machine) absorb(e Event) {
	switch e := e.(type) {
	case Tick:
		m.readClock(&e)
	case *Tick: // of a caller that saves the copy
		m.readClock(e)
	case Received:
		m.receive(&e.Letter)
	case *Received: // likewise
		m.receive(&e.Letter)
	case Link:
		m.hear.link = e.Up
	case Slept:
		m.slept(e.For)
	case Uplink:
		m.absorbUplink(e)
	case Lines:
		m.absorbLines(e)
	case Board:
		m.absorbBoard(e)
	case HoldProgress:
		m.holdProgress(e)
	case HoldEnded:
		m.holdEnded(e)
	case Pulsed:
		m.pulsed(e)
	case Probed:
		m.probed(e)
	case ContainersState:
		m.group.absorb(e)
	case ContainersDone:
		m.containersDone(e)
	case ContainersFailed:
		m.resourceFailed(e.Code, e.Why)
	case VIPState:
		m.vip.known, m.vip.held = e.Known, e.Held
	case VIPDone:
		m.vipDone(e)
	case VIPContested:
		who := "a stranger"
		if e.Peer {
			who = m.cfg.Peer
			m.metLiarLate()
		}
		m.note(Critical, CodeVIPForeign, "saw "+who+" ("+e.MAC+") claim the address it holds", m.findHolder(e.Peer))
	case Command:
		m.command(e)
	case StopRequested:
		m.stopRequested(e)
	case ShutdownAnnounced:
		m.shutdownAnnounced(e)
	case Reconfigured:
		m.reconfigure(e.Config)
	case PersistFailed: // handled by Step, before absorbing
	}
}

func (m *Machine) probed(e Probed) {
	if s := m.line.shot; s != nil && s.probeID == e.ID {
		s.probe, s.probed = e, true
	}
	if s := &m.start; s.probeID == e.ID {
		s.silent = e.OK && !e.Peer
	}
}

func (m *Machine) absorbUplink(e Uplink) {
	was, first := m.up.good(), !m.up.known
	m.up.known, m.up.carrier, m.up.reference = true, e.Carrier, e.Reference
	if first {
		m.up.since = m.now
	}
	if good := m.up.good(); good != was {
		m.up.since = m.now
		if good && m.up.everGood {
			m.up.flapped = m.now
		}
		m.up.everGood = m.up.everGood || good
		if !good {
			m.note(Warning, CodeNoUplink, "lost its uplink ("+uplinkText(m.up.lacks())+")", m.mendUplink())
		}
	}
}

func (m *Machine) absorbLines(e Lines) {
	if !e.OK {
		if m.board.failSince == 0 {
			m.board.failSince = m.now
		}
		return
	}
	at := m.now
	if e.At != 0 {
		at = min(at, e.At)
	}
	m.board.linesAt, m.board.failSince, m.board.out = at, 0, e.Out
	if !e.Out {
		m.readLow(at)
	}
	m.extin.absorb(at, e)
	if m.board.unread { // with what EXTIN is now, and not with what it was before the bus fell silent
		m.board.unread, m.board.disarmed = false, false
	}
}

func (m *Machine) absorbBoard(e Board) {
	m.board.seen, m.board.facts = true, e
	m.board.unread = e.Armed && m.board.disarmed && m.board.failSince != 0
	if e.Armed && !m.board.unread {
		m.board.disarmed = false
	}
	if e.OK && m.disk.Judged != m.boot.ID {
		m.disk.Judged = m.boot.ID
		if containsExtin(e.Woken) {
			if !m.hear.everMet {
				m.disk.Fenced = m.boot.ID
			}
			m.note(Warning, CodeWasFenced, "was switched on by EXTIN: it was fenced or woken", "futago history")
		}
		m.save()
	}
}

func containsExtin(woken []string) bool {
	for _, w := range woken {
		if w == "extin" {
			return true
		}
	}
	return false
}

// ruleArm keeps the board obeying its EXTIN, but not while EXTIN stands: a
// board armed under a stuck line would cut this node at once. So EXTIN must have
// been read first.
//
// A peer that does not know that this node is deaf would take it for fenced: then
// the pause is the short one, and the line stood for no longer than a test.
func (m *Machine) ruleArm() {
	b, pause := &m.board, retakeAfter
	if b.disarmed && !(m.hear.bound && m.hear.state.AckUnarm) {
		pause = rearmAfter
	}
	if !b.seen || b.facts.Armed && !b.disarmed || m.extin.high || !m.extin.seen || !m.passed(b.armedAt, pause) {
		return
	}
	b.armedAt = m.now
	b.armTries++
	m.do(Arm{})
}

// arming says that the board is armed for the first time in this session, or is
// about to be: until that is read back nothing is said about it.
func (m *Machine) arming() bool {
	b := &m.board
	switch {
	case m.extin.high:
		return false
	case b.armTries == 0:
		return !m.passed(m.start.at, adoptWithin)
	}
	return b.armTries == 1 && !m.passed(b.armedAt, 2*time.Second)
}

// fenceable is what this node says of whether the peer could cut it, and if not why:
// it says that it is about to be deaf before it is.
func (m *Machine) fenceable() (bool, string) {
	ok, code := m.obeys()
	if ok && m.board.deafAsked != 0 {
		return false, CodeNotArmed
	}
	return ok, code
}

// obeys says whether the board follows EXTIN, and if not why.
func (m *Machine) obeys() (bool, string) {
	switch {
	case !m.board.seen:
		return false, ""
	case !m.board.facts.OK:
		return false, CodeBoardSilent
	case !m.board.facts.Armed && !m.board.disarmed && m.arming():
		return false, "" // arming is under way: not yet a word that counts
	case !m.board.facts.Armed || m.board.disarmed:
		return false, CodeNotArmed
	}
	return true, ""
}
