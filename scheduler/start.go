package scheduler

// start is what a node knows that never met its peer in this session.
type start struct {
	at       Instant
	fencedAt Instant // when EXTIN had stood 8 s in this session
	probeID  uint64  // asks whether the peer's address answers ARP
	askedAt  Instant
	silent   bool // it did not, when asked last
}

// ruleStart is the table of design.md "Start" for a node that has not met its
// peer since its daemon began. The rows are asked from the top.
func (m *Machine) ruleStart() {
	if m.hear.everMet || m.own != 0 || m.line.shot != nil || m.fencedAway() {
		return
	}
	why := m.whyNotReady()
	if m.peerPresent() || why != "" && !(why == CodeNotArmed && m.stuckUnarmed()) {
		return
	}
	if m.peerLeft() && why == "" {
		m.take(GroundLeft)
		return
	}
	if !m.reached(m.startUntil()) || !m.reached(m.fence.retryAt) {
		return
	}
	if code, _ := m.whyNoFence(m.now, true); code == "" && m.peerAddressSilent() && m.fire(shotStart, 0, false) {
		m.start.silent, m.start.askedAt = false, 0 // the next hold asks anew
	}
}

// stuckUnarmed says that EXTIN was stuck when this node started, so that its
// board was never armed and the line cannot cut it. Such a node may hold, and
// after Confirmed serve, until the line falls and the board is armed.
func (m *Machine) stuckUnarmed() bool {
	return m.extin.stuck && m.board.seen && m.board.facts.OK && !m.board.facts.Armed && m.board.armTries == 0
}

// peerAddressSilent asks whether the peer's address answers. A peer that boots
// answers ARP long before its daemon speaks; it is given 5 min.
func (m *Machine) peerAddressSilent() bool {
	s := &m.start
	if m.passed(s.at, startArpMost) {
		return true
	}
	if m.passed(s.askedAt, staleAfter) {
		s.probeID, s.askedAt, s.silent = m.id(), m.now, false
		m.do(ProbePeer{ID: s.probeID})
	}
	return s.silent
}

// peerPresent says that the peer is there and either meets this node or serves.
func (m *Machine) peerPresent() bool {
	s := &m.hear.state
	return m.heard() && (m.mutual() || !s.Known || s.Serving && s.Uplink)
}

// peerLeft says that the peer's promise not to serve stands: given to this
// boot, and not voided since.
func (m *Machine) peerLeft() bool {
	return m.disk.PeerLeft != Staying && m.disk.PeerLeftIn == m.boot.ID
}

// startUntil is when the wait of a lone start ends: a fenced node gives the one
// that fenced it a long time to appear, so that it does not shoot its way back
// (S7); any other waits for a peer that may only boot more slowly.
func (m *Machine) startUntil() Instant {
	if m.fencedNow() {
		if m.cfg.ExtinWait == 0 {
			return m.now.Add(forever)
		}
		wait := m.cfg.ExtinWait
		if !m.cfg.Preferred {
			wait += secondExtin
		}
		return max(m.start.at, m.start.fencedAt, m.fence.triedAt).Add(wait) // anew after each hold
	}
	return max(m.start.at, m.up.since).Add(m.cfg.StartWait)
}

// fencedNow says that this node was fenced in this boot, or wrote down that it
// was about to be, and did not meet its peer since.
func (m *Machine) fencedNow() bool { return m.disk.Fenced != "" }
