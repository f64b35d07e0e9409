package scheduler

import "time"

// A person's shutdown of the machine is a planned leave. logind says it a moment
// ahead, and waits: so the service moves while everything still runs. Which kind
// it is, and with it the promise, comes with the system's stop (going.go).

// letGoWithin is how long a shutdown is held up at most; logind's own limit is
// 5 s unless it was changed (InhibitDelayMaxSec, logind.conf(5)).
const letGoWithin = 4500 * time.Millisecond

func (m *Machine) shutdownAnnounced(e ShutdownAnnounced) {
	switch {
	case !e.Off:
		m.depart(going{kind: GoingDown})
	case m.going.kind == GoingDown:
		m.stay("because the shutdown was called off")
	}
}

// handBeforeShutdown hands the service over while the shutdown waits. With no
// one to take it, it stays up until the system stops it.
func (m *Machine) handBeforeShutdown() {
	g := &m.going
	able := m.mutual() && m.hear.met && m.hear.state.Ready
	if m.own != 0 && m.give.leading == 0 && able {
		m.offer(m.cfg.Self+" "+departureText(g.kind), 0)
	}
	gone := m.own == 0 && m.give.passedAt == 0
	alone := m.own != 0 && m.give.leading == 0 && !able
	switch {
	case m.passed(g.since, leaveLimit):
		m.stay("because no shutdown followed")
	case !g.letGo && (gone || alone || m.passed(g.since, letGoWithin)):
		g.letGo = true
		m.do(LetGo{})
	}
}

// stay ends the way out of a node that does not go after all.
func (m *Machine) stay(why string) {
	m.going = m.going.lasting()
	m.withdraw("The move was called off, " + why + ".")
	m.note(Info, CodeLeaving, "stays after all, "+why, "")
}
