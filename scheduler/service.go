package scheduler

import "time"

// group is the containers as they are, and what was last asked of them.
type group struct {
	seen    bool // any report came
	known   bool
	state   ContainersState
	mayRun  bool // something exclusive may run or be about to: ordered, or left from before, and not proved stopped
	ordered bool // this session ordered a start

	started  bool   // this session started anything
	op       uint64 // number of the action under way; 0 is none
	level    Level  // asked last
	asked    bool
	askedAt  Instant
	reached  bool // the level asked last was reached
	failedAt Instant

	failedUntil Instant // a resource failed here: not ready until then
	failCode    string
	failText    string
}

// vip is the address as it is, and what was last asked of it.
type vip struct {
	known, held bool
	op          uint64
	asked, up   bool // asked last: claim or drop
	failedAt    Instant
	code, why   string
	claimed     uint64 // the term under which it was claimed last

	strangeUntil Instant // a stranger answered for it: not ready until then
	stranger     string
}

func (g *group) absorb(e ContainersState) {
	g.seen, g.known, g.state = true, e.Known, e
	if e.Known && !e.Exclusive && !g.ordered {
		g.mayRun = false // left by the daemon before this one, and gone
	}
}

// mayServe says that everything allows this node to bring the service up: a
// term of its own, no order to stop, not under fire.
func (m *Machine) mayServe() bool {
	underFire := m.extin.victim || m.extin.stuck
	return m.own != 0 && m.give.leading == 0 && (!underFire || m.ground == GroundFence && m.stuckUnarmed()) &&
		(!m.disk.Standby || m.give.offered || m.takerReady()) && m.armedToServe() && !m.stopping()
}

// takerReady says that the peer could take the service: a server on standby
// goes on until it has.
func (m *Machine) takerReady() bool {
	return m.mutual() && m.hear.met && m.hear.state.Ready
}

// armedToServe is armed, or a fence Confirmed under a stuck EXTIN: the peer is
// off then, and arming under the line would cut this node.
func (m *Machine) armedToServe() bool {
	return m.vip.held || m.armed() || m.ground == GroundFence && m.extin.high
}

// wantLevel is how far the containers should be up.
func (m *Machine) wantLevel() Level {
	switch {
	case m.mayServe():
		return LevelRunning
	case m.own != 0 && m.give.leading != 0, m.give.passedAt != 0, m.seek.term != 0, m.preparesInHold():
		return LevelPrepared
	}
	return LevelNone
}

// preparesInHold lets the survivor start what may overlap while the hold
// runs, so that after the verdict only the VIP is left.
func (m *Machine) preparesInHold() bool {
	s := m.line.shot
	return s != nil && m.own == 0 && !s.lowering && (s.why == shotSilence || s.why == shotStart || s.why == shotFailedStop)
}

// ruleService brings the VIP and the containers to where ownership says. The
// VIP comes last and goes first; its going never waits for a container.
func (m *Machine) ruleService() {
	if m.frozen() || m.adopting() {
		return
	}
	level := m.wantLevel()
	m.wantContainers(level)
	switch {
	case level != LevelRunning:
		m.wantVIP(false)
	case m.vip.held || m.group.reached && m.group.level == LevelRunning && m.up.carrier:
		m.wantVIP(true)
	}
	if m.give.announce && m.vip.held && !m.hear.state.Serving {
		m.give.announce = false
		m.do(Announce{})
	}
}

// frozen says that an operator does maintenance and nothing is touched here. What
// is under way is finished: a service on its way between the nodes, one that this
// node itself took down and did not bring back yet, and one that it has no right
// to any more.
func (m *Machine) frozen() bool {
	if !m.maintenance() || m.extin.victim {
		return false
	}
	v := &m.vip
	if m.own != 0 {
		return m.give.leading == 0 && (v.up || !v.asked) && (v.claimed == m.own || m.ground == GroundAdopted)
	}
	gaveUp := m.ownSince != 0 && (v.up || !v.asked || m.group.level == LevelRunning)
	return !gaveUp
}

// adopting says that this daemon came up under a term of its own and has not
// looked at everything yet: what runs goes on running meanwhile.
func (m *Machine) adopting() bool {
	return m.own != 0 && m.ground == GroundAdopted && !m.extin.victim && !m.passed(m.start.at, adoptWithin) &&
		!(m.vip.known && m.group.seen && m.board.seen)
}

// adoptWithin bounds the look around of a daemon that restarted.
const adoptWithin = 10 * time.Second

func (m *Machine) wantContainers(level Level) {
	g := &m.group
	if !g.asked && !g.seen {
		return // nothing is touched before it was looked at
	}
	if level == LevelPrepared && !m.cfg.Overlap {
		// Nothing may run ahead; what is exclusive must be down.
		level = LevelNone
	}
	retry := g.op == 0 && !g.reached && m.passed(g.failedAt, retakeAfter)
	if g.asked && g.level == level && !retry {
		return
	}
	// What runs ahead and is healthy needs no more word of the containers' keeper
	// before clients may come.
	ahead := g.reached && g.level == LevelPrepared && level == LevelRunning &&
		m.cfg.Overlap && !m.cfg.Exclusive && g.known && g.state.Healthy
	g.asked, g.askedAt, g.level, g.reached, g.op = true, m.now, level, ahead, m.id()
	g.started = g.started || level != LevelNone
	if level == LevelRunning {
		g.mayRun, g.ordered = true, true
	}
	m.do(Containers{ID: g.op, Level: level})
}

func (m *Machine) containersDone(e ContainersDone) {
	g := &m.group
	if e.ID != g.op {
		return
	}
	g.op, g.reached = 0, e.OK
	if e.OK {
		g.failedAt = 0
		if g.level != LevelRunning {
			// Only the end of a stop proves that no start is still on its way.
			g.mayRun, g.ordered = false, false
		}
		return
	}
	g.failedAt = m.now
	if g.level != LevelNone {
		m.resourceFailed(e.Code, e.Why)
	}
}

// resourceFailed marks this node as unable for a while: the rule of giving offers a
// term of its own to a peer that is able.
func (m *Machine) resourceFailed(code, why string) {
	g := &m.group
	g.failedUntil, g.failCode, g.failText = m.now.Add(failedFor), code, why
	m.note(Critical, code, "could not run the service, because "+why, "futago status; docker ps -a")
}

// failing says that a resource failed here not long ago.
func (m *Machine) failing() bool { return !m.reached(m.group.failedUntil) }

// failedFor is how long a node whose resource failed does not count as ready.
const failedFor = 2 * time.Minute

func (m *Machine) wantVIP(up bool) {
	v := &m.vip
	if v.op != 0 && v.up == up || v.op == 0 && v.known && v.held == up {
		return
	}
	if v.op == 0 && v.failedAt != 0 && v.up == up && !m.passed(v.failedAt, time.Second) {
		return
	}
	v.op, v.asked, v.up = m.id(), true, up
	if up {
		m.do(ClaimVIP{ID: v.op, Look: m.look()})
		return
	}
	m.do(DropVIP{ID: v.op})
}

// look is how hard to look for another holder, by the ground of the term.
func (m *Machine) look() Look {
	if m.vip.claimed == m.own {
		return LookNone // resumed, or put back: it was this node's all the time
	}
	switch m.ground {
	case GroundFence:
		// The question at the end of the hold was the full look already.
		if m.fence.vipSilent && m.now.Since(m.fence.confirmedAt) < time.Second+retakeAfter {
			return LookQuick
		}
	case GroundNone, GroundMeeting, GroundLeft, GroundOperator:
	case GroundRelease, GroundReturned, GroundAdopted: // adopted without the VIP: the daemon before had not claimed it yet
		return LookQuick
	}
	return LookFull
}

func (m *Machine) vipDone(e VIPDone) {
	v := &m.vip
	if e.ID != v.op {
		return
	}
	v.op = 0
	if e.OK {
		v.known, v.held, v.failedAt, v.code, v.why = true, v.up, 0, "", ""
		if v.up {
			m.claimedFrom()
			v.claimed = m.own
			m.answer(m.seek.cmd, true, m.cfg.Self+" serves.")
			m.seek.cmd = 0
			m.note(Info, CodeServing, "began to serve under term "+itoa(m.own)+", "+seconds(m.now.Since(m.ownSince))+" after it took it", "")
		}
		return
	}
	again := v.failedAt != 0 && v.code == e.Code
	v.failedAt, v.code, v.why = m.now, e.Code, e.Why
	if v.up && !again {
		do := "futago status"
		if e.Code == CodeVIPForeign {
			do = m.findHolder(e.Peer)
		}
		m.note(Critical, e.Code, "could not claim the VIP, because "+e.Why, do)
	}
	if v.up && m.own != 0 && !m.metLiar(e) {
		m.notClaimed()
	}
}

// notClaimed offers a term to the peer whose VIP could not be claimed.
func (m *Machine) notClaimed() {
	v := &m.vip
	m.answer(m.seek.cmd, false, m.cfg.Self+" took the service and could not claim the VIP: "+v.why+".")
	m.seek.cmd = 0
	if v.code == CodeVIPForeign {
		v.strangeUntil, v.stranger = m.now.Add(strangeFor), v.why
	}
	m.offer(v.why, 0)
}

// findHolder is how to find what answers for the VIP and should not.
func (m *Machine) findHolder(peer bool) string {
	if peer {
		return "on " + m.cfg.Peer + ": ip address; ip route show table local; sysctl -a | grep proxy_arp"
	}
	return "ip neigh; find the device with that address"
}

// strangeFor is how long a node that met a stranger on the VIP does not count as
// ready: the other one would meet it too, and hand the service back.
const strangeFor = 30 * time.Second
