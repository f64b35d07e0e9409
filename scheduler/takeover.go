package scheduler

// ruleTakeover is for a peer that was met and then lost. A node that serves
// does not fence for silence; one that does not, and could, does so at once. With
// the VIP still held a node serves, whatever became of its term: that goes first.
func (m *Machine) ruleTakeover() {
	if m.line.shot != nil {
		return
	}
	if m.own != 0 {
		m.rebootSilent()
		return
	}
	if !m.hear.everMet || m.fencedAway() || m.vip.held || !m.peerMissing() || m.whyNotReady() != "" {
		return
	}
	if m.peerLeft() {
		if m.hear.lost {
			m.take(GroundLeft)
		}
		return // it says so still, and goes
	}
	if m.hear.lost && !m.reached(m.going.restartUntil) || !m.reached(m.fence.retryAt) {
		return
	}
	if m.fencedNow() && !m.reached(m.startUntil()) {
		return
	}
	if code, _ := m.whyNoFence(m.lossAt(), false); code == "" {
		m.fire(shotSilence, 0, false)
	}
}

// ruleBlindPeer cuts a peer that has no term and cannot find out what runs on it
// because its engine hangs: something exclusive may, so nobody can serve. It is a
// stop that failed, without the word for it.
func (m *Machine) ruleBlindPeer() {
	if m.own != 0 || m.line.shot != nil || !m.peerBlind() || m.whyNotReady() != "" {
		return
	}
	if !m.reached(m.blindUntil()) || !m.reached(m.fence.retryAt) {
		return
	}
	if code, _ := m.whyNoFence(m.now, false); code == "" {
		m.fire(shotFailedStop, 0, false)
	}
}

// blind says that a node does not know what runs on it, or cannot stop what it
// has no term for: its engine hangs.
func (s *State) blind() bool { return !s.Known || s.Serving && s.Own == 0 }

func (m *Machine) peerBlind() bool {
	peer := &m.hear.state
	return m.mutual() && m.hear.blindAt != 0 && peer.Own == 0 && peer.Leaving == Staying
}

// blindUntil is how long an engine that answers late may take. A node that was
// fenced waits as it would for a peer that is not there (S7): the two do not meet.
func (m *Machine) blindUntil() Instant {
	until := m.hear.blindAt.Add(m.cfg.StartTimeout + m.cfg.StopTimeout)
	if m.fencedNow() {
		until = max(until, m.startUntil())
	}
	return until
}

// ruleUnusedVerdict takes over on a verdict that could not be used when it was
// given: this node was on standby, or its disk refused.
func (m *Machine) ruleUnusedVerdict() {
	if m.own == 0 && m.fencedAway() && m.whyNotReady() == "" {
		m.disk.Fenced = ""
		m.take(GroundFence)
	}
}

// fencedAway says that the peer was fenced and cannot have come back: nobody
// heard it, nobody woke it.
func (m *Machine) fencedAway() bool {
	f := &m.fence
	return f.confirmedAt != 0 && !f.woken && !m.heard()
}

// peerMissing says that the peer is lost, or heard one way only and not
// serving: then its own words do not speak against a takeover.
func (m *Machine) peerMissing() bool {
	if m.hear.lost {
		return m.gone()
	}
	came := m.up.flapped != 0 || m.up.since > m.start.at.Add(adoptWithin)
	if came && !m.passed(m.up.since, settleUplink) {
		return false // what it said of its uplink may be as old as the fault that both had
	}
	peer := &m.hear.state
	// Asleep it said nothing that the peer could have heard.
	talked := m.passed(max(m.hear.sessionAt, m.hear.awoke), 2*echoWithin+1)
	return m.heard() && !m.mutual() && m.reached(m.hear.grace) && talked && m.deafFor(2*echoWithin+1) && !(peer.Serving && peer.Uplink)
}

func (m *Machine) lossAt() Instant {
	if m.hear.lost {
		return m.hear.lostAt
	}
	return m.hear.mutualAt
}

// rebootSilent is the server's part: a silent ready or standby peer is cut and
// woken once, after 60 s; one that left, contests or is quarantined is not.
func (m *Machine) rebootSilent() {
	f := &m.fence
	if m.mutual() && m.hear.met && !m.line.busy() && m.passed(f.triedAt, staleAfter) {
		f.silentDone = false // whatever was held against it, it was not cut
	}
	// Any word counts, bound or not: a peer that boots is not silent.
	since := max(m.hear.lostAt, m.hear.wordAt, m.going.peerBackBy, m.going.restartUntil, m.up.since)
	// One that is overdue may be known from the disk only.
	gone := m.hear.everMet && m.gone() || m.hear.session == 0 && m.going.overdueTold && m.up.good()
	switch {
	case !gone || !m.serving() || m.maintenance() || m.going.kind != Staying || m.give.leading != 0:
	case m.disk.PeerOff:
	case f.silentDone || f.peerContests || f.confirmedAt != 0 || m.quarantined():
	case m.peerLeft() && m.disk.PeerLeft != Rebooting:
	case !m.passed(since, silentPeer) || !m.reached(f.silentAt) || !m.reached(f.retryAt):
	default:
		if code, _ := m.whyNoFence(m.hear.lostAt, false); code == "" {
			m.fire(shotSilentPeer, 0, false)
		}
	}
}
