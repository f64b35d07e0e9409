package scheduler

import "time"

// fencing is what outlives a single hold.
type fencing struct {
	tries        int     // contested or without a verdict, since the peer was last met
	triedAt      Instant // end of the last of them
	retryAt      Instant
	lastCode     string // why the last verdict was not Confirmed
	lastText     string
	silentDone   bool    // a silent peer was cut once since it was last met
	silentAt     Instant // earliest next try at that
	peerContests bool
	confirmedAt  Instant // the last Confirmed; the peer was not heard since
	woken        bool    // and the line rose since: it may live again
	vipSilent    bool    // nobody answered for the VIP at the end of that hold
}

type verdict int

const (
	verdictUnknown verdict = iota
	verdictRefused
	verdictConfirmed
)

// ruleShot follows the hold under way: give it up while no board can have cut,
// ask who still answers near its end, and judge it when it is over.
func (m *Machine) ruleShot() {
	s := m.line.shot
	if s == nil {
		return
	}
	if s.heldAt == 0 && m.passed(s.begun, holdOverdue) {
		m.do(Lower{})
		m.verdict(s, verdictUnknown, CodeFenceUnknown, "the fence device did not say how the hold ended")
		return
	}
	if s.lowering {
		return
	}
	if s.heldAt == 0 && !m.passed(s.upFrom(), pointOfReturn) {
		if why := m.whyGiveUp(s); why != "" {
			m.lowerLine(why, true)
			return
		}
	}
	if s.probeID == 0 && (s.heldAt != 0 || s.highSince != 0 && m.passed(s.highSince, max(quietFrom, m.cfg.Hold-askBefore))) {
		s.probeID = m.id()
		m.do(ProbePeer{ID: s.probeID})
	}
	if s.heldAt == 0 {
		return
	}
	if s.probed || m.passed(s.heldAt, 2*time.Second) {
		m.judge(s)
	}
}

// whyGiveUp is the saving throw and its kin: what ends a hold before second 8.
func (m *Machine) whyGiveUp(s *shot) string {
	peer := &m.hear.state
	silence := s.why == shotSilence || s.why == shotStart || s.why == shotSilentPeer
	switch {
	case !m.up.good():
		return "its uplink was lost"
	case silence && m.mutual():
		return m.cfg.Peer + " is heard again"
	case silence && m.heard() && peer.Serving && peer.Uplink:
		return m.cfg.Peer + " says that it serves"
	case m.forServer(s) && m.heard(): // the service is here, by its word
		return m.cfg.Peer + " is heard"
	case s.why == shotFailedStop && s.term == 0 && m.heard() && !peer.blind():
		return m.cfg.Peer + " found out what runs on it"
	case s.why == shotFailedStop && m.heard() && peer.Known && !peer.Serving && (peer.Released >= s.term || peer.Own != s.term):
		return m.cfg.Peer + " stopped"
	case s.why == shotLies && s.round == 1 && m.vip.held && !m.liar.late:
		return m.cfg.Peer + " does not answer for the VIP any more"
	case s.why == shotLies && s.round == 1 && (m.liar.since == 0 || !m.lies()):
		return "it is not sure any more that " + m.cfg.Peer + " answers for the VIP against its word"
	case s.why != shotOperator && (m.disk.Standby || m.maintenance()):
		return "an operator said so"
	case m.going.kind != Staying:
		return "this node is going away"
	}
	return ""
}

// forServer tells that a hold is a server's, for silence: also one that was begun
// to take over, when a meeting in its middle brought the service here.
func (m *Machine) forServer(s *shot) bool {
	return s.why == shotSilentPeer || m.own != 0 && (s.why == shotSilence || s.why == shotStart)
}

// shotGivenUp ends a hold that was lowered in time: nothing was cut.
func (m *Machine) shotGivenUp(s *shot) {
	m.line.shot = nil
	m.note(Warning, CodeHoldGivenUp, "gave up cutting "+m.cfg.Peer+" in time, because "+s.giveUp, "futago status")
	m.answer(s.cmd, false, "The hold was given up in time, because "+s.giveUp+". Nothing was cut.")
	if m.forServer(s) {
		m.fence.silentAt = m.now.Add(bootTime / 6)
	}
	if s.contested {
		m.fence.lastCode, m.fence.lastText = CodeContested, m.cfg.Peer+" answered over the wire: it lives"
	}
	if m.mutual() && m.hear.met {
		return // all is well again, and the next loss is another one
	}
	m.retryLater(retryFirst)
}

// retryLater doubles the pause up to its limit; the node that is not preferred
// waits a whole hold longer, so that two which try in turn sort themselves out.
func (m *Machine) retryLater(first time.Duration) {
	f := &m.fence
	pause := min(first<<min(f.tries, 8), retryMost)
	if !m.cfg.Preferred {
		pause += m.cfg.Hold
	}
	f.tries++
	f.triedAt = m.now
	f.retryAt = m.now.Add(max(pause, betweenHolds))
}

// pleads says that the peer, which could not stop, still asks for the hold that
// broke off: nobody contests it, and nobody serves until it comes. A whole one that
// did not cut, or one that met another's line, waits like every other.
func (m *Machine) pleads(s *shot) bool {
	asks := s.why == shotFailedStop && s.term != 0 && m.mutual() && m.hear.state.StopFail == s.term
	return asks && s.heldAt == 0 && !s.contested
}

// judge gives the verdict on a hold that was high throughout.
func (m *Machine) judge(s *shot) {
	quiet := s.highSince.Add(quietFrom)
	last := max(m.hear.wordAt, m.hear.heardAt)
	rebooted := s.bootKnown && m.disk.PeerBoot != s.peerBoot
	code, text := m.whyNoFence(s.lossAt, s.why == shotStart)
	switch {
	case rebooted && m.heard():
		m.cameBack(s)
	case !s.probe.Peer && (rebooted || m.saidHello(s) && s.probe.OK && m.hear.heardAt <= quiet && code == ""):
		// With its address answering, a letter of a boot long forgotten, played back,
		// would prove the fence of a node that lives. One that is back meets soon.
		m.verdict(s, verdictConfirmed, "", "")
	case last > quiet:
		m.verdict(s, verdictRefused, CodeFenceRefused, m.cfg.Peer+" still spoke at the end of the hold")
	case !m.passed(last, time.Second):
		return // it was cut just after it, or speaks again in a moment
	case !s.probed || !s.probe.OK:
		m.verdict(s, verdictUnknown, CodeFenceUnknown, "the address of "+m.cfg.Peer+" could not be asked for")
	case s.probe.Peer:
		m.verdict(s, verdictRefused, CodeFenceRefused, "the address of "+m.cfg.Peer+" still answered at the end of the hold")
	case m.disk.PeerWire.Result == WireFailed && s.round == 1 && m.forServer(s) && last > s.begun:
		m.verdict(s, verdictUnknown, CodeFenceUnknown, m.cfg.Peer+" was heard in the middle of the hold, and could not have contested")
	case m.disk.PeerWire.Result == WireFailed && s.round == 1:
		m.secondRound(s)
	case m.disk.PeerWire.Result == WireFailed && s.probe.VIP:
		m.verdict(s, verdictRefused, CodeFenceRefused, "the VIP still answered after two holds, and "+m.cfg.Peer+" could not contest")
	case code != "":
		m.verdict(s, verdictUnknown, code, text)
	default:
		m.verdict(s, verdictConfirmed, "", "")
	}
}

// saidHello says that a boot that is not known here spoke since the hold began. Until
// it is bound that may be an old letter of one that was never met, played back: it
// proves nothing of a peer that could not be cut, or that speaks on.
func (m *Machine) saidHello(s *shot) bool {
	h := &m.hear
	return s.bootKnown && h.newBoot != "" && h.newBoot != s.peerBoot && h.newBootAt > s.begun
}

// cameBack ends a hold whose target was cut, or rebooted by itself, and is heard
// again already: the meeting decides from here on.
func (m *Machine) cameBack(s *shot) {
	m.line.shot = nil
	// The line stood on after that boot had begun, and may have cut it as well:
	// then it is not heard when the wake comes.
	m.wake = wake{on: true, at: m.now.Add(betweenHolds), cut: true}
	m.disk.Fences = append(m.recentFences(), m.wall)
	m.save()
	m.note(Warning, CodeFenced, "cut "+m.cfg.Peer+", which is back with a new boot id, because "+m.shotText(s), "futago history")
	m.answer(s.cmd, true, m.cfg.Peer+" was cut and is back.")
}

// secondRound holds again: the peer's own line is known to be broken, so it
// could not have contested the first.
func (m *Machine) secondRound(s *shot) {
	if code, text := m.whyNoFence(s.lossAt, s.why == shotStart); code != "" {
		m.verdict(s, verdictUnknown, code, text)
		return
	}
	switch {
	case m.peerLeft():
		m.verdict(s, verdictUnknown, CodeFenceUnknown, m.cfg.Peer+" left in the meantime")
		return
	case !m.up.good():
		m.verdict(s, verdictUnknown, CodeFenceUnknown, "its uplink was lost before the second hold")
		return
	case m.extin.high:
		m.verdict(s, verdictUnknown, CodeFenceUnknown, "EXTIN rose before the second hold")
		return
	case !m.reached(m.line.free):
		return
	}
	s.round, s.id, s.begun, s.mayCut = 2, m.id(), m.now, true
	s.lowUntil, s.highSince, s.heldAt = 0, 0, 0
	s.probeID, s.probed = 0, false
	m.note(Warning, CodeHold, "is cutting "+m.cfg.Peer+" a second time, because that could not have contested the first", "futago status --watch")
	m.raise(Hold{ID: s.id, For: m.cfg.Hold})
}

// verdict ends the shot. Only Confirmed leads to takeover (S6).
func (m *Machine) verdict(s *shot, v verdict, code, why string) {
	m.line.shot = nil
	f := &m.fence
	if v != verdictConfirmed {
		f.lastCode, f.lastText = code, why
		word := map[verdict]string{verdictRefused: "refused", verdictUnknown: "unknown"}[v]
		m.note(Critical, code, "could not confirm that "+m.cfg.Peer+" was cut (verdict "+word+"), because "+why, "futago status; look at "+m.cfg.Peer)
		m.answer(s.cmd, false, "Verdict "+word+": "+why+".")
		m.retryLater(retryVerdict)
		if m.pleads(s) {
			f.retryAt = m.now.Add(betweenHolds)
		}
		once := m.forServer(s) // whatever is known of it, it was most likely cut, perhaps after its last word
		f.silentDone = f.silentDone || s.heldAt != 0 && (once || m.own != 0 && v == verdictUnknown)
		if (once || v == verdictUnknown) && (s.mayCut || m.passed(s.upFrom(), mayHaveCut)) {
			// It may be off: wake it, and give it the time to boot. Also with --off,
			// for that was answered with no, and leaves nothing behind.
			m.wake, m.line.raised = wake{on: true, at: m.now.Add(betweenHolds)}, 0
			f.retryAt = m.now.Add(bootTime)
		}
		return
	}
	m.confirmed(s)
}

// confirmed records the fence on disk, takes over where that was the purpose,
// and has the peer woken afterwards.
func (m *Machine) confirmed(s *shot) {
	f := &m.fence
	f.tries, f.lastCode, f.lastText, f.confirmedAt = 0, "", "", m.now
	f.woken, f.vipSilent = false, s.probed && s.probe.OK && !s.probe.VIP
	f.silentDone = f.silentDone || m.forServer(s)
	if m.disk.PeerBoot == s.peerBoot {
		m.disk.Hold = HoldNote{PeerBoot: s.peerBoot, At: m.wall}
	}
	m.disk.Fences = append(m.recentFences(), m.wall)
	m.disk.PeerOff = s.off
	m.voidPeerLeft()
	m.save()
	if m.hear.lostAt = max(m.hear.lostAt, s.begun); !m.hear.lost {
		m.hear.lostAt = m.now // it was heard until it was cut
	}
	m.hear.lost, m.hear.met, m.hear.bound = true, false, false
	m.note(Critical, CodeFenced, "fenced "+m.cfg.Peer+" (Confirmed), because "+m.shotText(s), "futago history")
	m.answer(s.cmd, true, m.cfg.Peer+" was fenced (Confirmed).")
	m.wake = wake{on: !s.off, at: m.now.Add(betweenHolds), quiet: m.quarantined()}
	if m.own == 0 && !m.disk.Standby && !m.maintenance() && m.going.kind == Staying {
		m.disk.Fenced = "" // an own Confirmed fence ends the wait of a fenced node (S7)
		m.take(GroundFence)
	}
}

// recentFences are those of the last half hour.
func (m *Machine) recentFences() []time.Time {
	var keep []time.Time
	for _, t := range m.disk.Fences {
		if m.wallPassed(t) && !m.wallPassed(t.Add(quarantineFor)) {
			keep = append(keep, t)
		}
	}
	return keep
}

// quarantined says that the peer was fenced so often that it is left alone.
func (m *Machine) quarantined() bool {
	return len(m.disk.Fences) >= quarantineAt && len(m.recentFences()) >= quarantineAt
}

// receipt looks at the peer's new boot id in the light of a recorded fence.
func (m *Machine) receipt() {
	h := &m.disk.Hold
	if h.At.IsZero() || h.PeerBoot == m.disk.PeerBoot {
		return
	}
	m.note(Info, CodeFenceProved, "proved the fence of "+m.cfg.Peer+": it came back with a new boot id", "")
	*h = HoldNote{}
	m.save()
}

// whyNoFence names what keeps a hold from being Confirmed, so that none is
// begun in vain; empty when it could be. A node that starts takes the last
// recorded test, however old.
func (m *Machine) whyNoFence(lossAt Instant, atStart bool) (code, text string) {
	w := m.disk.Wire
	line := "the line " + m.cfg.Self + " -> " + m.cfg.Peer
	switch {
	case m.disk.PeerUnarmed:
		return CodePeerUnfenceable, m.cfg.Peer + " said that its board does not obey EXTIN"
	case w.Result == WireUntested:
		return CodeWireUntested, line + " was never tested"
	case m.test.looped:
		return CodeWireBroken, line + " leads back to " + m.cfg.Self
	case w.Result == WireFailed:
		return CodeWireBroken, line + " failed its last test"
	case !atStart && m.wireExpired(lossAt):
		return CodeWireExpired, line + " was last tested more than 25 h before the loss"
	case m.board.seen && !m.board.facts.OK || m.board.failSince != 0 && m.passed(m.board.failSince, 5*time.Second+1):
		return CodeBoardSilent, "the power board does not answer"
	}
	return "", ""
}

// wireAge is how old the last test of the own line was at an instant: by the
// monotonic clock when it was done in this session, else by the wall clock.
func (m *Machine) wireAge(at Instant) time.Duration {
	if at == 0 {
		at = m.now
	}
	if m.test.passedAt != 0 {
		return max(0, at.Since(m.test.passedAt))
	}
	return m.wall.Add(-m.now.Since(at)).Sub(m.disk.Wire.At)
}

// wireExpired says that the last test was too old at that instant.
func (m *Machine) wireExpired(at Instant) bool {
	left := wireValid - max(m.wireAge(at), -forever)
	return left < 0 || m.reached(m.now.Add(left+1))
}
