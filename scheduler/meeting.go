package scheduler

// serving says that this node has the VIP, or runs an exclusive container, or
// cannot tell. It is a local fact and has nothing to do with being allowed to.
func (m *Machine) serving() bool {
	return m.vip.held || !m.vip.known || m.exclusive()
}

// exclusive says that an exclusive container runs here or may run.
func (m *Machine) exclusive() bool {
	if !m.cfg.Exclusive {
		return false
	}
	return m.group.mayRun || m.group.known && m.group.state.Exclusive
}

// known says that this node has looked what runs on it.
func (m *Machine) known() bool {
	return m.vip.known && (m.group.known || m.group.ordered || !m.group.mayRun || !m.cfg.Exclusive)
}

// ruleMeeting holds the meeting whenever both nodes hear each other and both
// know what runs on them. Both compute the same from the same two states, so
// no messages of its own are needed.
//
// Who serves goes on. The higher term decides only if both or neither serve.
func (m *Machine) ruleMeeting() {
	if !m.heard() || !m.known() || !m.hear.state.Known {
		return
	}
	if !m.mutual() {
		m.releasedOneWay()
		return
	}
	if !m.hear.met {
		m.meet()
	}
	if !m.extin.high {
		m.fence.peerContests = false // what it contested is over
	}
	peer := &m.hear.state
	if peer.Term > m.disk.Term {
		m.learnTerm(peer.Term)
	}
	iServe, peerServes := m.own != 0 && m.serving(), peer.Own != 0 && peer.Serving
	switch {
	case iServe && peerServes && peer.Own > m.own:
		m.note(Critical, CodeBothServe, "served together with "+m.cfg.Peer+", which has the higher term "+itoa(peer.Own), "futago history; futago fence test")
		m.forfeit(m.cfg.Peer + " serves under a higher term")
	case iServe && peerServes:
		// The peer stops; the clients are told again where the address is.
		m.give.announce = true
	case iServe && m.disk.Term > m.own && !m.writing.down:
		m.take(GroundMeeting)
	case peerServes && m.give.leading != 0 && peer.Own > m.own:
		m.release() // The daemon before this one said it, and did not live to note the end.
	case peerServes && m.own != 0:
		m.forfeit(m.cfg.Peer + " serves")
	case !m.serving() && !peer.Serving && m.own == 0:
		m.decideIdle(peer)
	}
}

// meet marks that both heard each other again: old promises and old wounds are
// void, and the lines are tested.
func (m *Machine) meet() {
	h := &m.hear
	if m.extin.victim || m.extin.high && m.test.okID == 0 || !m.extin.seen && !m.passed(m.start.at, adoptWithin) {
		return // not under fire, and not before it is known whether it is
	}
	h.met, h.metAt = true, m.now
	m.note(Info, CodeMeeting, "met "+m.cfg.Peer, "")
	if h.everMet && m.vip.held {
		m.do(Announce{})
	}
	h.everMet = true
	m.disk.Fenced, m.disk.PeerOff = "", false
	m.fence = fencing{}
	m.wake = wake{}
	if h.state.Leaving == Staying {
		m.going.peerBackBy = 0
		m.voidPeerLeft()
	}
	m.test.next, m.test.fails = m.now, 0
	m.save()
}

// learnTerm takes over a higher term. If it was this node's own it was lost
// from this disk, and must not be taken for a term of this boot.
func (m *Machine) learnTerm(term uint64) {
	m.disk.Term = term
	if m.own == 0 {
		m.disk.TermBoot = ""
	}
	m.save()
}

// decideIdle names who starts when neither serves: the owner of the highest
// term, or the other node if it was released to that one.
func (m *Machine) decideIdle(peer *State) {
	if m.writing.down || peer.Holding {
		// A peer that holds may take a term at the end of it; the first letter
		// after that carries either the term or the word that it does not hold.
		return
	}
	if m.settling() {
		return // neither give away nor give back before having looked
	}
	term := max(m.disk.Term, peer.Term)
	able := m.whyNotReady() == ""
	switch {
	case term == 0 && !m.cfg.Preferred, peer.Own != 0:
	case term == 0 && able:
		m.take(GroundMeeting)
	case term == 0 && peer.Ready:
		m.giveAway(m.nextTerm())
	case m.mine(term):
		m.decideOwn(term, able, peer)
	case term != 0 && peer.Released >= term && m.disk.Returned < term:
		if able {
			m.take(GroundRelease)
		} else if m.passed(m.give.returnedAt, retakeAfter+1) {
			m.giveBack(term, m.whyNotReady())
		}
	}
}

// settling says that this node started a moment ago and what keeps it from
// serving may only be that: nothing was read yet, or a container is being made.
func (m *Machine) settling() bool {
	if m.letter.everReady {
		return false
	}
	switch m.whyNotReady() {
	case CodeStarting:
		return !m.passed(m.start.at, 3*adoptWithin)
	case CodeResource, CodeNotArmed, CodeBoardSilent, CodeNoUplink:
		return !m.passed(m.start.at, adoptWithin)
	}
	return false
}

// decideOwn is the part of the owner of the last term: it starts, unless it
// released the term and did not get it back; if it cannot start it lets the
// peer.
func (m *Machine) decideOwn(term uint64, able bool, peer *State) {
	returned := peer.Returned >= term
	switch {
	case m.disk.Released >= term && !returned: // the peer has the word
	case m.disk.Released >= term && able:
		m.take(GroundReturned)
	case able:
		m.take(GroundMeeting)
	case peer.Ready && returned:
		m.giveAway(m.nextTerm()) // what it gave back it never uses
	case peer.Ready:
		m.giveAway(term)
	}
}

// giveAway lets the peer have the service under a term that nobody serves under.
func (m *Machine) giveAway(term uint64) {
	m.disk.Term, m.disk.Released = max(m.disk.Term, term), term
	m.give.passed, m.give.passedAt = term, m.now
	m.save()
}

// giveBack promises never to use a release, on disk before it is said.
func (m *Machine) giveBack(term uint64, why string) {
	m.disk.Returned = term
	m.give.returnedAt = m.now
	m.save()
	if m.seek.term != 0 {
		m.stopSeeking(m.cfg.Self+" cannot serve: "+codeText(why, m.up.lacks()), retakeAfter)
	}
	m.note(Warning, CodeReturn, "gave the release of term "+itoa(term)+" back, because it cannot serve ("+codeText(why, m.up.lacks())+")", "futago status")
}

// releasedOneWay takes what a peer released that is heard but does not hear
// this node: a release stands whoever hears its answer.
func (m *Machine) releasedOneWay() {
	peer := &m.hear.state
	term := max(m.disk.Term, peer.Term)
	if m.own == 0 && term != 0 && !m.mine(term) && peer.Released >= term && !peer.Serving &&
		m.disk.Returned < term && m.whyNotReady() == "" {
		m.take(GroundRelease)
	}
}

// whyNotReady is the code of what keeps this node from serving, the most
// telling first; empty when it is able.
func (m *Machine) whyNotReady() string {
	switch {
	case !m.vip.known || !m.board.seen || !m.group.seen || !m.up.known:
		return CodeStarting
	case m.board.facts.OK && !m.board.facts.Armed && m.arming():
		return CodeStarting
	case m.going.kind != Staying:
		return CodeLeaving
	case m.maintenance():
		return CodeMaintenance
	case m.disk.Standby:
		return CodeStandby
	case m.extin.stuck && !m.stuckUnarmed():
		return CodeExtinStuck
	case (m.extin.victim || m.extin.high && !m.testRuns()) && !m.stuckUnarmed():
		return CodeVictim
	case m.writing.down:
		return CodeStateDisk
	case !m.up.carrier || !m.up.reference && !m.bothWithoutReference():
		return CodeNoUplink
	case m.failing():
		return m.group.failCode
	case m.own == 0 && !m.reached(m.vip.strangeUntil):
		return CodeVIPForeign
	case !m.group.known || !m.group.state.Usable:
		return CodeResource
	case !m.armed() && !m.board.facts.OK:
		return CodeBoardSilent
	case !m.armed(), m.stuckUnarmed(): // known to the peer or not: only a Confirmed fence lets it serve
		return CodeNotArmed
	}
	return ""
}

// bothWithoutReference: both lost only the reference and hear each other, so
// the network between clients and nodes may well work.
func (m *Machine) bothWithoutReference() bool {
	return m.mutual() && !m.hear.state.Uplink
}

// armed says that the peer could cut this node if it served, or knows that it
// cannot and has that on disk (S2, S6).
func (m *Machine) armed() bool {
	if ok, _ := m.obeys(); ok {
		return true
	}
	return m.hear.bound && m.hear.state.AckUnarm
}
