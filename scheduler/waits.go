package scheduler

import "time"

// Wait is something this node waits for: what, since when, until when at most
// (zero: no limit), and what ends it (L4).
type Wait struct {
	Code  string
	For   string // continues "waiting for"
	Since Instant
	Until Instant
	Why   string
	Then  string // what happens at the end, where it is not plain
	Do    string // a command that ends it; empty when it ends by itself

	told bool          // it is in the journal
	most time.Duration // Until is this long after Since, or after from where that is later
	from Instant
}

// sayWaitAfter is how long a wait that only a person ends lasts before it goes
// into the journal: at every start there are some that are over in a moment.
const sayWaitAfter = 5 * time.Second

// ruleWaits keeps the list of waits, each with the instant at which it began,
// and notes every new one that needs a person.
func (m *Machine) ruleWaits() {
	old := m.notes.waits
	now := m.waits(m.notes.spare[:0])
	for i := range now {
		w := &now[i]
		w.Since = m.now
		for _, before := range old {
			if before.Code == w.Code {
				w.Since, w.told = before.Since, before.told
			}
		}
		if w.most != 0 {
			w.Until = max(w.Since, w.from).Add(w.most)
		}
		if !w.told && w.Do != "" && w.Until == 0 && w.Code != CodePeerLost && m.passed(w.Since, sayWaitAfter) {
			w.told = true
			m.note(Warning, w.Code, "waits for "+w.For+", because "+w.Why, w.Do)
		}
	}
	m.notes.waits, m.notes.spare = now, old
}

// waits appends to list everything this node waits for, the most telling first.
func (m *Machine) waits(list []Wait) []Wait {
	add := func(w Wait) { list = append(list, w) }
	if s := m.line.shot; s != nil {
		add(Wait{
			Code: CodeHold, For: "the hold against " + m.cfg.Peer, Until: max(s.begun, s.highSince).Add(m.cfg.Hold),
			Why: m.shotText(s),
		})
	}
	if m.extin.victim || m.extin.stuck {
		add(m.waitExtin())
	}
	if m.own != 0 && !m.vip.held && !m.adopting() && !m.frozen() && m.give.leading == 0 && !m.cutsLiar() {
		add(m.waitBringUp())
	}
	if m.own != 0 && m.vip.held && m.give.leading == 0 && m.group.known && !m.group.state.Healthy {
		add(m.waitHealthy())
	}
	if m.own == 0 && m.give.passedAt == 0 {
		if w, ok := m.waitToServe(); ok {
			add(w)
		}
	}
	if w, ok := m.waitForPeer(); ok {
		add(w)
	}
	if m.own != 0 && m.give.offered || m.give.leading != 0 || m.give.passedAt != 0 || m.seek.term != 0 {
		add(Wait{Code: CodeHandoff, For: "the handoff to or from " + m.cfg.Peer, Until: m.handoffEnd(), Why: m.handoffWhy()})
	}
	if m.disk.Reboot.Result == RebootDue && m.going.kind == Staying {
		_, why := m.whyNoPlannedReboot()
		add(Wait{Code: CodeRebootDue, For: "the planned reboot of " + m.cfg.Self, Until: m.plan.opened.Add(mayStillGo), Why: why, Then: "it is skipped"})
	}
	if m.maintenance() {
		add(m.waitMaintenance())
	}
	return list
}

func (m *Machine) handoffWhy() string {
	switch {
	case m.give.why != "":
		return m.give.why
	case m.seek.why != "":
		return m.seek.why
	}
	return "the term was released to " + m.cfg.Peer
}

func (m *Machine) handoffEnd() Instant {
	switch {
	case m.give.stopFail != 0:
		return m.give.since.Add(m.cfg.StopTimeout + m.cutWithin())
	case m.give.leading != 0:
		return m.give.since.Add(m.cfg.StopTimeout)
	case m.give.passedAt != 0:
		return m.give.passedAt.Add(offerLimit)
	case m.give.offered:
		return m.give.until
	}
	end := max(m.seek.since, m.seek.asked).Add(m.cfg.StopTimeout + 2*staleAfter)
	if at := m.seek.leads; at != 0 {
		end = max(end, at.Add(m.cfg.StopTimeout+staleAfter))
	}
	if m.hear.state.StopFail != 0 {
		end = end.Add(m.cutWithin())
	}
	return end
}

func (m *Machine) waitExtin() Wait {
	w := Wait{Code: CodeVictim, For: "EXTIN to fall", Until: m.extin.lastLow.Add(stuckFrom), Why: m.cfg.Peer + " holds the line"}
	switch overdue := m.standsFor(stuckFrom); {
	case overdue && m.board.failSince != 0: // nobody can see whether it fell
		w = Wait{Code: CodeBoardSilent, For: "the power board", Why: "EXTIN was high when it answered last", Do: "i2cdetect -y 1; check that the board sits well"}
	case overdue || m.extin.stuck:
		w = Wait{Code: CodeExtinStuck, For: "EXTIN to fall", Why: "the line from " + m.cfg.Peer + " is stuck", Do: "unplug the harness CN5 -> CN4 on " + m.cfg.Self}
	}
	return w
}

// waitBringUp is for an owner whose service is not up yet.
func (m *Machine) waitBringUp() Wait {
	switch {
	case !m.up.carrier:
		return Wait{Code: CodeNoUplink, For: "the uplink", Why: m.uplinkWhy(), Do: m.mendUplink()}
	case !m.armedToServe():
		return Wait{Code: CodeNotArmed, For: "the power board to obey EXTIN", Why: "a node that cannot be fenced must not serve alone", Do: "sudo futago status; check the power board"}
	case m.vip.failedAt != 0:
		return Wait{Code: CodeVIP, For: "the VIP", Why: m.vip.why, Do: "sudo futago clear"}
	case m.failing():
		return Wait{Code: m.group.failCode, For: "the containers", Until: m.group.failedUntil, Why: m.group.failText, Do: "sudo futago clear"}
	case m.disk.Standby:
		return Wait{Code: CodeStandby, For: "you", Why: m.cfg.Self + " is on standby", Do: "sudo futago unstandby " + m.cfg.Self}
	}
	return Wait{Code: CodeBringUp, For: "the containers and the VIP", most: m.cfg.StartTimeout, from: m.group.askedAt, Why: "term " + itoa(m.own) + " was taken"}
}

// waitHealthy is for a server whose containers are not well.
func (m *Machine) waitHealthy() Wait {
	w := Wait{Code: CodeResource, For: "the containers", Why: "they are not healthy", Do: "docker ps -a; sudo futago clear"}
	switch {
	case m.failing():
		w.Code, w.Why = m.group.failCode, m.group.failText
	case m.group.state.Why != "":
		w.Why = m.group.state.Why
	}
	return w
}

// waitToServe is what keeps a node without a term from serving while nobody
// else does, as far as it knows.
func (m *Machine) waitToServe() (Wait, bool) {
	if m.heard() && m.hear.state.Own != 0 && (m.mutual() || m.hear.state.Uplink) {
		return Wait{}, false
	}
	switch why := m.whyNotReady(); {
	case why == CodeStandby:
		return Wait{Code: why, For: m.cfg.Peer + " or for you", Why: m.cfg.Self + " is on standby", Do: "sudo futago unstandby " + m.cfg.Self}, true
	case why == CodeVictim, why == CodeExtinStuck:
		return Wait{}, false // waitExtin says it
	case why == CodeBoardSilent:
		return Wait{Code: why, For: "the power board", Why: m.board.facts.Why, Do: "i2cdetect -y 1; check that the board sits well"}, true
	case why == CodeResource:
		return Wait{Code: why, For: "the containers to be usable", Why: m.group.state.Why, Do: "docker info; docker images"}, true
	case why == CodeNoUplink:
		return Wait{Code: why, For: "the uplink", Why: m.uplinkWhy(), Do: m.mendUplink()}, true
	case why == CodeNotArmed:
		return Wait{Code: why, For: "the power board to obey EXTIN", Why: "a node that cannot be fenced must not serve alone", Do: "check the power board; i2cdetect -y 1"}, true
	case why == CodeMaintenance:
		return Wait{}, false // waits says it
	case why == CodeLeaving:
		return Wait{Code: why, For: m.cfg.Self + " to be gone", Until: m.going.since.Add(leaveLimit), Why: "it " + departureText(m.going.kind)}, true
	case why == CodeStarting:
		return Wait{Code: why, For: m.cfg.Self, Until: max(m.start.at.Add(3*adoptWithin), m.board.armedAt.Add(2*time.Second)), Why: "it has not looked at everything yet"}, true
	case why != "":
		return Wait{Code: why, For: m.cfg.Self + " to be able to serve", Until: m.group.failedUntil, Why: m.notReadyText(why), Do: "sudo futago clear"}, true
	case m.peerBlind():
		return m.waitBlindPeer(), true
	case m.heard() && m.mutual():
		return Wait{Code: CodeNobodyReady, For: m.cfg.Peer, Why: "it owns the last term and " + m.peerNotReadyText(), Do: "sudo futago status on " + m.cfg.Peer}, true
	}
	return m.waitToFence()
}

// waitBlindPeer is for a peer that cannot say what runs on it.
func (m *Machine) waitBlindPeer() Wait {
	w := Wait{
		Code: CodeNobodyReady, For: m.cfg.Peer, Until: max(m.blindUntil(), m.fence.retryAt), Then: "it is cut, and " + m.cfg.Self + " takes over",
		Why: "it " + m.peerNotReadyText() + " and cannot say what runs on it", Do: "docker ps on " + m.cfg.Peer,
	}
	if code, text := m.whyNoFence(m.now, false); code != "" {
		w.Until, w.Then, w.Why = 0, "", w.Why+"; "+text
	} else if m.fencedNow() && m.cfg.ExtinWait == 0 {
		w.Until, w.Then, w.Why = 0, "", w.Why+"; "+m.cfg.Self+" was fenced and does not shoot its way back"
	}
	return w
}

func (m *Machine) peerNotReadyText() string {
	if why := m.hear.state.NotReady; why != "" {
		return "is not ready (" + codeText(why, m.hear.state.Lacks) + ")"
	}
	return "is about to start"
}

// notReadyText says a code of whyNotReady in words.
func (m *Machine) notReadyText(code string) string {
	switch code {
	case CodeStateDisk:
		return "its state directory cannot be written"
	case CodeVIPForeign:
		return m.vip.stranger
	}
	return m.group.failText
}

// waitToFence is what an able node waits for while the peer is not heard.
func (m *Machine) waitToFence() (Wait, bool) {
	peer := m.cfg.Peer
	if m.line.shot != nil || m.fence.confirmedAt != 0 {
		return Wait{}, false
	}
	if m.hear.everMet && m.hear.lost && !m.reached(m.going.restartUntil) {
		return Wait{Code: CodePeerRestart, For: peer, Until: m.going.restartUntil, Why: "its daemon said that it restarts", Then: "it is cut, and " + m.cfg.Self + " takes over"}, true
	}
	if code, text := m.whyNoFence(m.lossAt(), !m.hear.everMet); code != "" {
		return Wait{Code: code, For: peer + " or for you", Why: text + "; " + peer + " may be serving", Do: "look at " + peer + "; only if it has no power: sudo futago confirm off " + peer}, true
	}
	switch {
	case m.fencedNow() && !m.reached(m.startUntil()):
		w := Wait{Code: CodeFencedWait, For: peer, Until: m.startUntil(), Why: m.cfg.Self + " was fenced and does not shoot its way back", Do: "look at " + peer + "; only if it has no power: sudo futago confirm off " + peer}
		if m.cfg.ExtinWait == 0 {
			w.Until = 0
		}
		return w, true
	case !m.hear.everMet && !m.reached(m.startUntil()):
		return Wait{Code: CodeStartWait, For: peer, Until: m.startUntil(), Why: "it was not heard since " + m.cfg.Self + " started", Then: "it is cut, and " + m.cfg.Self + " takes over"}, true
	case !m.reached(m.fence.retryAt):
		w := Wait{Code: m.fence.lastCode, For: "the next try", Until: m.fence.retryAt, Why: m.fence.lastText, Do: "look at " + peer}
		if w.Code == "" { // no verdict: it was pulsed, or the hold was given up
			w.Code, w.For, w.Why = CodePeerAway, peer, "it is given the time to boot, or to be heard, before it is cut"
		}
		return w, true
	case m.hear.lost && !m.gone():
		return Wait{Code: CodeUplinkSettles, For: peer, Until: max(m.up.since, m.hear.lostAt).Add(settleUplink), Why: "the uplink came back a moment ago"}, true
	}
	return Wait{}, false
}

// waitForPeer is what a server waits for while its peer is away.
func (m *Machine) waitForPeer() (Wait, bool) {
	peer := m.cfg.Peer
	away := m.hear.lost || m.hear.session == 0 && (m.wake.on || m.going.peerBackBy != 0)
	if !away || m.own == 0 {
		return Wait{}, false
	}
	switch {
	case !m.reached(m.going.peerBackBy):
		return Wait{Code: CodePeerReboot, For: peer, Until: m.going.peerBackBy, Why: "it reboots as planned", Then: "it is woken"}, true
	case m.going.overdueTold:
		return Wait{Code: CodePeerReboot, For: peer, Why: "it did not come back from its planned reboot in time", Do: "look at " + peer + "; sudo futago wake " + peer}, true
	case m.disk.PeerOff:
		return Wait{Code: CodePeerLeft, For: "you", Why: peer + " was switched off on purpose", Do: "sudo futago wake " + peer}, true
	case m.peerLeft() && !m.fence.woken:
		return Wait{Code: CodePeerLeft, For: peer, Why: "it was stopped on purpose", Do: "sudo systemctl start futago on " + peer}, true
	case m.quarantined():
		return Wait{Code: CodeQuarantine, For: peer, Why: "it was fenced three times within half an hour", Do: "look at " + peer + "; sudo futago clear"}, true
	case !m.reached(m.going.restartUntil):
		return Wait{Code: CodePeerRestart, For: peer, Until: m.going.restartUntil, Why: "its daemon said that it restarts"}, true
	case m.fence.confirmedAt != 0 || m.fence.woken || m.wake.on:
		return Wait{Code: CodePeerAway, For: peer, Until: m.wake.at, Why: "it was switched off and is being woken", Do: "sudo futago wake " + peer}, true
	}
	if !m.up.good() {
		return Wait{Code: CodePeerLost, For: peer, Why: "it is not heard; without an uplink of its own " + m.cfg.Self + " does not cut it", Do: "look at " + peer + " and at the switch"}, true
	}
	return Wait{Code: CodePeerLost, For: peer, Why: "it is not heard; it is rebooted once after 60 s if that can be confirmed", Do: "look at " + peer}, true
}
