package scheduler

import "time"

// give is the owner's side of a handoff.
type give struct {
	why     string
	cmd     uint64  // the operator's command to answer
	until   Instant // the offer ends
	offered bool

	leading  uint64  // term being released; the disk says already that it is, the letters do not
	before   uint64  // what the disk said was released before that
	since    Instant // since when
	stopFail uint64  // term whose exclusive containers did not stop

	passed     uint64 // term released, until the peer serves
	passedAt   Instant
	returnedAt Instant
	announce   bool
	parked     bool // an operator moved the service away: no failback in this session
}

// offer proposes the service to the peer. Nothing stops here before the peer
// says that it is prepared. The first reason stays, but for an operator's. Of
// several commands the last is told how it ends.
func (m *Machine) offer(why string, cmd uint64) {
	g := &m.give
	if m.own == 0 {
		return
	}
	if cmd != 0 {
		m.answer(g.cmd, false, overtaken)
		g.cmd = cmd
	}
	if g.leading != 0 {
		return
	}
	if !g.offered {
		g.offered, g.why, g.until = true, why, m.now.Add(offerLimit)
	}
	if cmd != 0 {
		g.why = why
	}
}

// overtaken is the answer to a command that a later one of its kind replaces.
const overtaken = "A later command took the place of this one; see futago status."

// withdraw ends an offer that came to nothing.
func (m *Machine) withdraw(text string) {
	g := &m.give
	m.answer(g.cmd, false, text)
	g.offered, g.cmd, g.why = false, 0, ""
	if m.own != 0 {
		g.parked = false // it was not moved
	}
}

// ruleGive follows the owner's side from the offer to the release.
func (m *Machine) ruleGive() {
	g := &m.give
	if m.own == 0 {
		m.afterRelease()
		return
	}
	if g.leading != 0 {
		m.releasing()
		return
	}
	m.whyOffer()
	peer := &m.hear.state
	asked := m.mutual() && m.hear.met && peer.Ask == m.own
	switch {
	case asked && m.whyRefuse() == "":
		if !g.offered {
			g.parked = m.cfg.Preferred // only that node asks by itself: an operator moved it away
		}
		if g.why == "" {
			g.why = m.cfg.Peer + " asked for it"
		}
		m.lead()
	case g.offered && m.hear.lost:
		m.withdraw(m.cfg.Peer + " was lost before it took the service; " + m.asBefore())
	case g.offered && m.reached(g.until):
		m.withdraw(m.cfg.Peer + " did not become ready to take the service within " + seconds(offerLimit) + "; " + m.asBefore())
	case g.offered && m.mutual() && peer.Refuse != "" && g.cmd != 0:
		m.withdraw(m.cfg.Peer + " does not take the service (" + peer.Refuse + "); " + m.asBefore())
	}
}

// lead begins to let go of the own term. The release goes to disk here, while
// this node still serves, so that between the end of the VIP on this node and
// the letter that says so no disk is waited for. Nothing comes of the note
// alone: the letters keep it to themselves until nothing exclusive runs here,
// and a daemon that starts with it goes on letting go (New).
func (m *Machine) lead() {
	m.give.leading, m.give.since, m.give.before = m.own, m.now, m.disk.Released
	m.disk.Released = max(m.disk.Released, m.own)
	m.save()
}

// takeBack ends letting go of the own term while that is not said yet: the peer
// does not take it after all, and this node goes on as before.
func (m *Machine) takeBack(refused string) {
	m.keepTerm()
	m.save()
	m.note(Warning, CodeHandoff, "keeps the service, because "+m.cfg.Peer+" does not take it ("+refused+")", "futago status")
	m.answer(m.give.cmd, false, m.cfg.Peer+" does not take the service ("+refused+"); "+m.asBefore())
	m.give = give{}
}

// keepTerm takes the note of lead back: the term ends without a release.
func (m *Machine) keepTerm() {
	if m.give.leading != 0 {
		m.disk.Released = m.give.before
	}
}

// saidReleased is the highest own term given away, as the letters say it.
func (m *Machine) saidReleased() uint64 {
	if m.own != 0 && m.disk.Released >= m.own {
		return 0 // not yet
	}
	if m.own == 0 && (m.serving() || m.vip.op != 0) {
		return 0 // given up in the middle of letting go: what is left goes first, and a claim that is under way may yet succeed
	}
	return m.disk.Released
}

// asBefore says what an offer that came to nothing leaves.
func (m *Machine) asBefore() string {
	if m.disk.Standby {
		return m.cfg.Self + " stays on standby and gives the service away as soon as it can."
	}
	return "nothing was changed."
}

// whyOffer finds reasons to offer that lie in the state and not in an event.
func (m *Machine) whyOffer() {
	peer := &m.hear.state
	if !m.mutual() || !m.hear.met || !peer.Ready || m.maintenance() || m.give.offered {
		return
	}
	switch {
	case m.disk.Standby:
		m.offer(m.cfg.Self+" is on standby", 0)
	case !m.up.known: // a daemon that just restarted
	case !m.up.carrier && peer.Uplink, !m.up.good() && peer.Uplink && m.passed(m.up.since, onlyHere):
		m.offer(m.cfg.Self+" has no uplink", 0)
	case m.failing():
		m.offer(m.group.failText, 0)
	}
}

// onlyHere is how long the peer must still have its references after this node
// lost its own: when a router goes, both lose them within moments.
const onlyHere = 5 * time.Second

// whyRefuse is why the owner does not give what the peer asks for.
func (m *Machine) whyRefuse() string {
	switch {
	case m.maintenance() && !m.give.offered:
		return CodeMaintenance
	case m.writing.down:
		return CodeStateDisk
	case m.line.busy():
		return CodeHold
	case m.going.kind == Restarting:
		return CodeLeaving
	case m.hear.state.OnOffer && !m.give.offered:
		return CodeHandoff // the request and the end of the offer crossed: who gave the order was told that nothing moves
	}
	return ""
}

// releasing waits until nothing exclusive runs here, then releases. A stop that
// fails asks the peer for a fence; with no peer in reach, or one that cannot, the
// node resets itself.
func (m *Machine) releasing() {
	g := &m.give
	unsaid := g.before < g.leading // else the daemon before this one began it, and may have said it
	if peer := &m.hear.state; unsaid && g.stopFail == 0 {
		switch {
		case m.mutual() && peer.Refuse != "" && peer.Ask != m.own && m.hear.heardAt > g.since:
			m.takeBack(peer.Refuse)
			return
		case m.hear.lost && m.up.good() && m.going.kind == Staying:
			m.takeBack("it is not heard any more")
			return
		}
	}
	down := m.vip.known && !m.vip.held && m.vip.op == 0
	if down && !m.exclusive() {
		g.stopFail = 0
		m.release()
		return
	}
	peer := &m.hear.state
	if m.mutual() && peer.Ask != m.own && !m.exclusive() && !m.passed(g.since, time.Second) {
		return
	}
	if !m.passed(g.since, m.cfg.StopTimeout) {
		return
	}
	if g.stopFail == 0 {
		g.stopFail = m.own
		m.note(Critical, CodeStopFailed, "could not stop what is exclusive within "+seconds(m.cfg.StopTimeout)+"; "+m.cfg.Peer+" is asked to cut it", "docker ps; journalctl -u docker")
	}
	switch {
	case !m.mutual() && m.passed(g.since, m.cfg.StopTimeout+staleAfter):
		m.do(ResetSelf{Why: "exclusive containers did not stop and " + m.cfg.Peer + " is not heard"})
	case m.passed(g.since, m.cfg.StopTimeout+m.cutWithin()):
		m.do(ResetSelf{Why: "exclusive containers did not stop and " + m.cfg.Peer + " did not cut this node"})
	}
}

// cutWithin is how long a node that asked to be cut waits for it: a hold, and a
// second one if the first was given up. A peer that could, would have.
func (m *Machine) cutWithin() time.Duration { return 3 * m.cfg.Hold }

// afterRelease waits for the peer to serve, or to give the release back; the
// meeting rule acts on a return.
func (m *Machine) afterRelease() {
	g := &m.give
	if g.passedAt == 0 {
		if g.cmd != 0 && !m.hear.met {
			m.answer(g.cmd, false, m.cfg.Peer+" was lost while the service moved; see futago status.")
			g.cmd = 0
		}
		return
	}
	peer := &m.hear.state
	switch {
	case m.heard() && peer.Own > g.passed && peer.Healthy:
		m.answer(g.cmd, true, m.cfg.Peer+" serves.")
		m.note(Info, CodeHandedOff, "handed the service to "+m.cfg.Peer+" in "+seconds(m.now.Since(g.passedAt)), "")
		*g = give{parked: g.parked}
	case m.passed(g.passedAt, offerLimit):
		m.answer(g.cmd, false, m.cfg.Peer+" took the release and does not serve yet; see futago status.")
		*g = give{parked: g.parked}
	}
}
