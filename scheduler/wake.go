package scheduler

// wake is the care for a peer that was cut, or that is overdue from a planned
// reboot: pulses of one second, further and further apart, until it is heard.
type wake struct {
	on    bool
	at    Instant
	tries int
	quiet bool // quarantine: from the start with the longest pause
	cut   bool // the hold that cut it stood on after it was back
}

// ruleWake pulses. The claim comes first, the pulse then: the service is not
// kept waiting for the peer.
func (m *Machine) ruleWake() {
	m.peerOverdue()
	w := &m.wake
	if !w.on || !m.reached(w.at) {
		return
	}
	switch {
	case m.mutual() || m.disk.PeerOff:
		*w = wake{}
		return
	case m.heard(): // one way; or an old letter was played back, and it is silent again soon
		return
	}
	claimed := m.vip.held || m.own == 0 || !m.up.carrier || m.passed(m.ownSince, m.cfg.StartTimeout)
	if !claimed || m.line.busy() || !m.reached(m.line.free) || m.extin.high || m.board.failSince != 0 {
		return
	}
	m.pulse()
	m.fence.silentDone = m.fence.silentDone || w.cut // and cut it: that was its one reboot
	pause := min(bootTime<<min(w.tries, 8), wakeMost)
	if w.quiet {
		pause = wakeMost
	}
	w.tries++
	w.at = m.now.Add(pause)
}

// pulse raises the line for a second.
func (m *Machine) pulse() {
	m.line.pulse = &pulse{id: m.id(), since: m.now}
	m.fence.woken = true
	m.fence.retryAt = max(m.fence.retryAt, m.now.Add(bootTime))
	m.raise(Pulse{ID: m.line.pulse.id, For: m.cfg.Pulse})
	m.note(Info, CodeWake, "pulsed EXTOUT to wake "+m.cfg.Peer, "")
}

// peerOverdue alerts once when a planned reboot takes longer than was said.
func (m *Machine) peerOverdue() {
	g := &m.going
	if g.peerBackBy == 0 || !m.reached(g.peerBackBy) || g.overdueTold || !m.hear.lost && m.hear.session != 0 {
		return
	}
	g.overdueTold = true
	m.wake = wake{on: true, at: m.now}
	m.note(Warning, CodePeerReboot, "did not hear "+m.cfg.Peer+" back from its planned reboot in time", "futago wake "+m.cfg.Peer+"; look at "+m.cfg.Peer)
}
