package scheduler

import "time"

// seek is the taker's side of a handoff.
type seek struct {
	term    uint64 // the peer's term that this node wants
	why     string
	cmd     uint64 // the operator's command to answer
	since   Instant
	asked   Instant // since when the request is in the letters
	leads   Instant // since when the owner lets go and hears this node all the time; zero: it does not
	offered Instant // when the offer stood last that this answers; zero: nobody needs to offer
	after   Instant // a failed attempt is not repeated before
	refused string  // code told to the peer
}

// ruleSeek takes the service over with consent: an offer of the owner, an
// operator's move, or failback. It prepares what may overlap first, and only
// then asks.
func (m *Machine) ruleSeek() {
	s := &m.seek
	peer := &m.hear.state
	if m.own == 0 && s.term == 0 && s.cmd != 0 {
		m.answer(s.cmd, false, m.cfg.Self+" took the service and had to let it go before it had the VIP.")
		s.cmd = 0
	}
	if m.own != 0 || !m.mutual() || !m.hear.met || peer.Own == 0 {
		if s.term != 0 && m.own == 0 && m.passed(s.asked, staleAfter+1) {
			m.stopSeeking("the owner changed", 0)
		}
		s.refused = ""
		return
	}
	if s.term == 0 {
		m.startSeeking(peer)
		return
	}
	if s.term != peer.Own {
		m.stopSeeking(m.cfg.Peer+" holds another term now", 0)
		return
	}
	if why := m.whyNotReady(); why != "" {
		s.refused = why
		m.stopSeeking(m.cfg.Self+" cannot serve: "+m.whyNotReadyText(), retryMost)
		return
	}
	if s.offered != 0 && peer.Offer == s.term {
		s.offered = m.now
	}
	// An owner that took its offer back, and said that nothing was changed, would
	// give the service away all the same if it were asked.
	gone := s.offered != 0 && peer.Offer != s.term
	switch {
	case s.asked == 0 && gone:
		if m.passed(s.offered, staleAfter) {
			m.stopSeeking(m.cfg.Peer+" took its offer back", 0)
		}
	case s.asked == 0 && (!m.cfg.Overlap || m.group.reached && m.group.level == LevelPrepared):
		// Written once more before it is asked for: a disk that refuses or hangs
		// shows now, while the owner serves, and not between release and claim.
		s.asked = m.now
		m.save()
	case s.asked == 0 && m.passed(s.since, m.cfg.StartTimeout):
		m.stopSeeking("the containers were not prepared within "+seconds(m.cfg.StartTimeout), retryMost)
	case s.asked != 0:
		m.awaitRelease(peer)
	}
}

// startSeeking finds out whether there is anything to take.
func (m *Machine) startSeeking(peer *State) {
	s := &m.seek
	offered := peer.Offer == peer.Own
	why := m.whyNotReady()
	switch {
	case offered && why != "":
		s.refused = why
	case offered && m.reached(s.after):
		m.seekTerm(peer.Own, peer.Why, 0)
		s.offered = m.now
	case m.failbackDue(peer) && why == "" && m.reached(s.after):
		m.seekTerm(peer.Own, "failback to "+m.cfg.Self, 0)
	}
}

func (m *Machine) seekTerm(term uint64, why string, cmd uint64) {
	m.seek = seek{term: term, why: why, cmd: cmd, since: m.now}
	m.note(Info, CodeHandoff, "prepares to take the service from "+m.cfg.Peer+", because "+why, "")
}

func (m *Machine) stopSeeking(why string, pause time.Duration) {
	s := &m.seek
	m.answer(s.cmd, false, "The service was not moved: "+why+".")
	m.note(Warning, CodeHandoff, "did not take the service, because "+why, "futago status")
	*s = seek{after: m.now.Add(pause), refused: s.refused}
}

// awaitRelease waits for the owner to let go. One that says it cannot, or that
// is heard and does nothing for longer than its own limits, is fenced: the
// article's third scenario.
func (m *Machine) awaitRelease(peer *State) {
	s := &m.seek
	overdue, leads := m.passed(s.asked, m.cfg.StopTimeout+2*staleAfter), peer.Leading == s.term
	// An owner that loses this node for a moment goes on as before, and has its whole
	// time again when it hears the request anew. Its word of that may be overtaken by
	// the next one: that it did not hear this node for nearly so long counts as well.
	switch {
	case !leads || m.unechoedFor(detection*3/4):
		s.leads = 0
	case s.leads == 0:
		s.leads = m.now
	}
	patience := time.Second
	if peer.Refuse == CodeHold {
		patience = staleAfter // most often a wire test, which is soon over
	}
	switch {
	case peer.Refuse != "" && peer.Leading != s.term && s.offered != 0 && peer.Offer != s.term:
		m.stopSeeking(m.cfg.Peer+" took its offer back", 0)
	case peer.Refuse != "" && peer.Leading != s.term && m.passed(s.asked, patience+1):
		m.stopSeeking(m.cfg.Peer+" refuses: "+peer.Refuse, retryMost)
	case peer.StopFail == s.term || overdue && s.leads != 0 && m.passed(s.leads, m.cfg.StopTimeout+staleAfter):
		if code, _ := m.whyNoFence(m.now, false); code == "" && m.reached(m.fence.retryAt) {
			m.fire(shotFailedStop, 0, false)
		}
	case overdue && !leads:
		m.stopSeeking(m.cfg.Peer+" did not answer the request", retryMost)
	}
}

// failbackDue says that the preferred node has been well for long enough.
func (m *Machine) failbackDue(peer *State) bool {
	return m.cfg.Preferred && m.cfg.Failback && m.up.good() && m.passed(m.wellSince(), m.failbackDelay()) &&
		peer.Healthy && !peer.Maint && !m.give.parked && !peer.Quarantine && !m.differs(peer)
}

// differs says that the nodes' configurations do: both may then take themselves
// for the preferred one, and the service would go back and forth.
func (m *Machine) differs(peer *State) bool {
	return m.cfg.Digest != "" && peer.Digest != "" && peer.Digest != m.cfg.Digest
}

// wellSince is since when this node could have served, with the peer there.
func (m *Machine) wellSince() Instant {
	if m.letter.readySince == 0 {
		return m.now
	}
	return max(m.letter.readySince, m.hear.metAt)
}
