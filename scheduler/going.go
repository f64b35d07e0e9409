package scheduler

import "time"

// going is a node's own way out, and what it knows of the peer's.
type going struct {
	kind     Departure
	planned  bool      // a planned reboot, which is called off where a stop would go on
	due      time.Time // of the calendar's; zero when an operator asked for it
	cmd      uint64
	gave     bool // it handed the service over on its way
	letGo    bool // an announced shutdown need not wait any more
	since    Instant
	promised Instant // since when the promise is in the letters; from then on nothing is taken
	silent   bool    // it is not in the letters, because it is not on disk
	stopAt   Instant // since when everything is being stopped
	done     bool

	restartUntil Instant // the peer's daemon restarts: silence means nothing before this
	peerBackBy   Instant // the peer reboots as planned and is back by then
	overdueTold  bool

	// takenBack is the number of the first letter that no longer says a promise
	// which others said, 0 if none was taken back.
	takenBack uint64
}

// lasting is what a way out that ends, or gives way to another, leaves.
func (g *going) lasting() going {
	return going{restartUntil: g.restartUntil, peerBackBy: g.peerBackBy, overdueTold: g.overdueTold, takenBack: g.takenBack}
}

// mayStillBelieve says that the peer may take the service on a promise of this
// node that is void: it has not shown yet that it heard so, or could not write
// it down. Only a ground that does not rest on its words stands against that.
func (m *Machine) mayStillBelieve(g Ground) bool {
	switch g {
	case GroundMeeting:
		return m.hear.echo < m.going.takenBack || m.hear.state.Trusts
	case GroundRelease, GroundReturned:
		return m.hear.state.Trusts
	case GroundNone, GroundFence, GroundLeft, GroundOperator, GroundAdopted:
	}
	return false
}

// ruleDeparture takes the peer's goodbye: written down before it is
// acknowledged, and only when its own letter says that nothing runs there.
func (m *Machine) ruleDeparture() {
	h := &m.hear
	if !m.heard() {
		return
	}
	s := &h.state
	if s.Leaving == Staying {
		m.staysAfterAll()
		return
	}
	if s.Leaving == Restarting {
		m.going.restartUntil = m.now.Add(restartGrace)
		m.letter.ackLeft = h.session
		return
	}
	if m.stopping() || m.mayStillBelieve(GroundMeeting) {
		// This node promised the same, or took that back and the peer may not know.
		// Of two that each hold the other's word both would start without a fence, in a
		// split as well.
		return
	}
	if m.writing.down || s.Serving || s.Own != 0 || m.letter.ackLeft == h.session && m.disk.PeerLeft == s.Leaving {
		return
	}
	m.disk.PeerLeft, m.disk.PeerLeftIn, m.disk.PeerLeftAs = s.Leaving, m.boot.ID, h.session
	m.disk.PeerOff = s.Leaving == PoweredOff
	m.letter.ackLeft = h.session
	if s.Leaving == Rebooting {
		m.going.peerBackBy, m.going.overdueTold = m.now.Add(s.Within), false
		m.disk.PeerBackBy = m.uptime() + s.Within
	}
	m.save()
	m.note(Info, CodePeerLeft, "was told by "+m.cfg.Peer+" that it goes ("+string(s.Leaving)+")", "")
}

// staysAfterAll voids a promise that the session which gave it no longer says: a
// planned reboot was called off, and the peer may serve again.
func (m *Machine) staysAfterAll() {
	if m.disk.PeerLeft == Staying {
		return
	}
	m.disk.PeerOff = m.disk.PeerOff && m.disk.PeerLeft != PoweredOff
	m.going.peerBackBy = 0
	m.voidPeerLeft()
}

// stopRequested begins this node's own way out.
func (m *Machine) stopRequested(e StopRequested) {
	kind := Leave
	switch {
	case e.Restart:
		kind = Restarting
	case e.Off:
		kind = PoweredOff
	case e.Reboot:
		kind = Rebooting
	}
	m.depart(going{kind: kind})
}

// depart begins the way out, unless the node is on one: what was planned gives
// way to the system's word.
func (m *Machine) depart(g going) {
	old := m.going
	yields := old.kind == Staying || old.planned || old.kind == GoingDown
	if old.done || !yields || old.kind != Staying && g.planned {
		m.answer(g.cmd, false, m.cfg.Self+" is on its way out already.")
		return
	}
	if old.planned {
		m.answer(old.cmd, false, overtaken)
	}
	if m.disk.Reboot.Result == RebootDue && !g.planned {
		m.skipReboot(m.disk.Reboot.At, CodeLeaving, "it was told to go just then")
	}
	way := old.lasting()
	way.kind, way.planned, way.due, way.cmd, way.gave, way.since = g.kind, g.planned, g.due, g.cmd, old.gave, m.now
	if g.kind == Restarting {
		way.promised = m.now
	}
	m.going = way
	m.note(Info, CodeLeaving, "begins to leave ("+string(g.kind)+")", "")
}

// ruleGoing walks the way out: hand off, promise, stop, end. Every step is
// bounded, because the system will not wait for ever.
func (m *Machine) ruleGoing() {
	g := &m.going
	switch {
	case g.kind == Staying || g.done:
	case g.kind == GoingDown:
		m.handBeforeShutdown()
	case g.kind == Restarting && m.takesOver() && !m.passed(g.since, m.cfg.StartTimeout):
		// Nobody serves while this daemon is away: it finishes first.
	case g.kind == Restarting:
		if m.ackedLeave() || m.passed(g.since, time.Second) || !m.heard() {
			g.done = true
			m.do(Exit{})
		}
	case g.planned && m.peerGoes():
		// Each may have been told before it heard of the other. Both stay, unless
		// one heard only that the other does.
		m.callOff(CodePeerReboot, m.cfg.Peer+" is on its way out itself")
	case g.promised == 0:
		m.handBeforeGoing()
	case g.planned && !m.heard():
		// The promise ends with the next meeting or fence: nobody serves while
		// this node boots, so it stays and replaces the one that was lost.
		m.callOff(CodePeerLost, m.cfg.Peer+" was lost just then")
	case g.silent || m.ackedLeave() || m.passed(g.promised, ackLimit) || !m.heard():
		m.stopAndGo()
	}
}

// handBeforeGoing gives the service to the peer first. A planned reboot is
// called off when that fails; a stop goes on without.
func (m *Machine) handBeforeGoing() {
	g := &m.going
	late := m.passed(g.since, leaveLimit-2*ackLimit)
	peer := &m.hear.state
	g.gave = g.gave || m.give.leading != 0
	switch {
	case m.own == 0 && g.planned && !g.gave && !m.heard():
		m.callOff(CodePeerLost, m.cfg.Peer+" is not heard")
	case m.own == 0 && g.planned && g.gave && !(m.mutual() && peer.Healthy):
		if late {
			m.callOff(CodeNobodyReady, "the service does not answer on "+m.cfg.Peer)
		}
	case m.own == 0 && (m.give.passedAt == 0 || late):
		m.promise()
	case m.own == 0 || m.give.leading != 0:
	case m.mutual() && m.hear.met && peer.Ready && !late:
		m.offer(m.cfg.Self+" "+departureText(g.kind), 0)
	case g.planned && (!m.hear.met || !peer.Ready || late):
		m.callOff(orElse(peer.NotReady, CodePeerLost), m.whyPeerCannot())
	case !g.planned:
		m.forfeit("it leaves and " + m.whyPeerCannot())
		m.promise()
	}
}

// promise says from now on that this node will not serve before meeting or
// fencing. What cannot be written down is not promised: the daemon that comes
// after this one would read from the disk that it may serve.
func (m *Machine) promise() {
	if m.going.planned && m.writing.down {
		m.callOff(CodeStateDisk, "it cannot write its state")
		return
	}
	if m.going.planned {
		m.startReboot(m.going.due)
	}
	m.going.promised, m.going.silent = m.now, m.writing.down
}

func (m *Machine) whyPeerCannot() string {
	if !m.mutual() {
		return m.cfg.Peer + " is not heard"
	}
	if m.hear.state.NotReady == "" {
		return m.cfg.Peer + " did not take the service in time"
	}
	return m.cfg.Peer + " " + m.peerNotReadyText()
}

// callOff ends a planned reboot before anything was changed.
func (m *Machine) callOff(code, why string) {
	g := m.going
	at := g.due
	if at.IsZero() {
		at = m.wall.Truncate(time.Second)
	}
	m.skipReboot(at, code, why)
	m.answer(g.cmd, false, "Not rebooted: "+why+".")
	m.going = g.lasting()
	if g.promised != 0 && !g.silent {
		m.going.takenBack = m.hear.seq + 1
	}
	m.withdraw("The move was called off: " + why + ".")
}

// peerGoes says that the peer is on its way out, and not to start its daemon anew.
func (m *Machine) peerGoes() bool {
	goes := m.hear.state.Leaving
	return m.heard() && goes != Staying && goes != Restarting
}

func (m *Machine) ackedLeave() bool { return m.heard() && m.hear.state.AckLeft == m.boot.Session }

// stopping says that everything goes down because this node goes.
func (m *Machine) stopping() bool {
	return m.going.promised != 0 && m.going.kind != Restarting
}

// takesOver says that this node brings the service up under a new term.
func (m *Machine) takesOver() bool {
	return m.mayServe() && m.up.carrier && !m.failing() && (!m.vip.held || m.late != 0)
}

// stopAndGo waits until nothing of the service is left, then goes.
func (m *Machine) stopAndGo() {
	g := &m.going
	if g.stopAt == 0 {
		g.stopAt = m.now
	}
	down := m.vip.known && !m.vip.held && !m.exclusive() && m.group.quiet()
	if !down && !m.passed(g.stopAt, m.cfg.StopTimeout) {
		return
	}
	g.done = true
	m.answer(g.cmd, true, m.cfg.Self+" reboots now and is expected back within "+seconds(m.cfg.BackWithin)+".")
	if m.cmds.reply != nil {
		m.ruleLetter() // the other node asked for it, and nothing follows the end of this daemon
	}
	switch g.kind {
	case Rebooting, PoweredOff:
		m.do(Reboot{Off: g.kind == PoweredOff})
	case Leave, Restarting, GoingDown, Staying:
	}
	m.do(Exit{})
}

// quiet says that no container of the service runs, as far as can be known: an
// engine that never answered in this session started nothing.
func (g *group) quiet() bool {
	return g.reached && g.level == LevelNone || g.known && !g.state.Any || !g.known && !g.mayRun && !g.started
}

func departureText(d Departure) string {
	switch d {
	case Rebooting:
		return "reboots as planned"
	case PoweredOff:
		return "is switched off"
	case Restarting:
		return "restarts its daemon"
	case GoingDown:
		return "is being shut down"
	case Leave, Staying:
	}
	return "leaves"
}
