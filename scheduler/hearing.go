package scheduler

import (
	"slices"
	"time"
)

// hearing is what is known of the peer's voice. A letter counts as heard only
// when it is bound: it names both current sessions and a counter above all
// before, so an old letter can neither revive nor kill anyone.
type hearing struct {
	link bool // membership's word

	session   uint64   // the peer's, once a bound letter came from it
	sessionAt Instant  // when that was
	candidate uint64   // a session that spoke without knowing ours yet
	retired   []uint64 // sessions that are over; what comes from them is old
	lastSeq   uint64   // highest counter heard of session, of letters to this one
	otherSeq  uint64   // and of letters to another session
	echo      uint64   // highest number of this node's letters that session has heard
	candSeq   uint64
	candAt    Instant
	newBoot   string // of a hello: proof of a reboot, though not yet of who is there
	newBootAt Instant

	state    State   // as in the last bound letter
	bound    bool    // state is of the current session
	heardAt  Instant // last bound letter
	wordAt   Instant // last letter of the known boot id, bound or not
	mutualAt Instant // last bound letter that echoed a recent one of ours
	echoAt   Instant // when the newest of ours that it has heard was sent
	blindAt  Instant // since when it is blind, see State.blind; zero: it is not

	silence, deafness, unechoed asked // see silentFor

	lost    bool
	lostAt  Instant
	awoke   Instant // from the last own sleep
	grace   Instant // after it: no verdict before this
	met     bool    // both heard each other, and the meeting was held, since start or loss
	metAt   Instant
	everMet bool // in this session

	seq  uint64
	sent [64]Instant // when letter seq%64 was sent
}

// receive sorts a letter: old ones are dropped, a new boot id is proof of a
// reboot, a new session must first show that it knows ours.
func (m *Machine) receive(l *Letter) {
	h := &m.hear
	switch {
	case m.isOld(l):
		return
	case l.Session != h.session && (l.To != m.boot.Session || !m.answersNow(l)):
		m.hello(l)
		return
	case l.Session != h.session:
		m.newPeerSession(l.Session, l.Boot)
	}
	if l.To != m.boot.Session {
		// The peer answers someone whom it takes for this node. That the letter
		// to this one comes a moment later must not make it an old one.
		if l.Seq > h.otherSeq {
			h.otherSeq, h.wordAt = l.Seq, m.now
		}
		return
	}
	h.lastSeq, h.wordAt = l.Seq, m.now
	h.heardAt, h.state, h.bound = m.now, l.State, true
	switch {
	case !l.State.blind():
		h.blindAt = 0
	case h.blindAt == 0:
		h.blindAt = m.now
	}
	h.echo = max(h.echo, l.Echo)
	if h.candidate == l.Session {
		h.candidate = 0
	}
	at := m.sentAt(l.Echo)
	h.echoAt = max(h.echoAt, at)
	if at != 0 && m.now.Since(at) <= echoWithin {
		h.mutualAt = m.now
	}
	m.noteWords(l)
}

// isOld says that a letter is none of the peer, or was said before what was heard
// already.
func (m *Machine) isOld(l *Letter) bool {
	h := &m.hear
	switch {
	case l.From != m.cfg.Peer || l.Session == 0 || slices.Contains(h.retired, l.Session):
		return true
	case l.Session == h.session:
		return l.Seq <= h.lastSeq || m.saidBeforeCut(l)
	case l.Session < h.session && l.Boot == m.disk.PeerBoot:
		return true // sessions of a boot count up: that one is over
	}
	// A session that began after the one that was heard here cannot know an
	// earlier one of this node: it was said before that.
	return h.session != 0 && l.To != 0 && l.To != m.boot.Session
}

// saidBeforeCut says that a letter may be the last words of a peer that was cut
// since, and long on their way. Who is there after all answers newer ones soon.
func (m *Machine) saidBeforeCut(l *Letter) bool {
	cut := m.fence.confirmedAt
	return cut != 0 && m.now.Since(cut) < staleAfter && m.sentAt(l.Echo) <= cut
}

// answersNow says that a letter was written after a recent one of this session.
// A session that was never heard is not known to be over: without this an old
// letter of it, played back, would end the one that is heard.
func (m *Machine) answersNow(l *Letter) bool {
	at := m.sentAt(l.Echo)
	return at != 0 && m.now.Since(at) <= staleAfter
}

// hello takes the first words of an unknown session: answer it, and void the
// promise of the session before it, on disk before the answer goes out.
func (m *Machine) hello(l *Letter) {
	h := &m.hear
	known := l.Boot == m.disk.PeerBoot
	if slices.Contains(m.disk.PeerBoots, l.Boot) {
		return // said before the peer's last reboot
	}
	if known && l.Session < m.disk.PeerLeftAs {
		return // said before it left
	}
	if !known {
		h.newBoot, h.newBootAt = l.Boot, m.now
	}
	h.candAt = m.now
	if h.candidate != l.Session {
		h.candidate, h.candSeq = l.Session, 0
		m.letter.at = 0 // answer now
	}
	if l.Seq > h.candSeq {
		h.candSeq, h.wordAt = l.Seq, m.now
	}
	if !known || l.Session != m.disk.PeerLeftAs {
		m.voidPeerLeft() // else it may be from before that promise: it counts once it answers this node
	}
}

func (m *Machine) voidPeerLeft() {
	if m.disk.PeerLeft != Staying {
		m.disk.PeerLeft, m.disk.PeerLeftIn, m.disk.PeerLeftAs, m.disk.PeerBackBy = Staying, "", 0, 0
		m.letter.ackLeft = 0
		m.save()
	}
}

// newPeerBoot notes that the peer's kernel is another one than before. Only a
// bound letter leads here: an old hello played back must not make this node
// deaf to the true boot id. Hellos with older boot ids are never answered.
func (m *Machine) newPeerBoot(boot string) {
	d := &m.disk
	d.PeerBoots = slices.DeleteFunc(slices.Clone(d.PeerBoots), func(b string) bool { return b == boot })
	if d.PeerBoot != "" {
		d.PeerBoots = append(d.PeerBoots, d.PeerBoot)
		if n := len(d.PeerBoots); n > 8 {
			d.PeerBoots = slices.Clone(d.PeerBoots[n-8:])
		}
		m.hear.lastSeq = 0
	}
	d.PeerBoot = boot
	m.save()
	m.receipt()
}

func (m *Machine) newPeerSession(session uint64, boot string) {
	h := &m.hear
	rebooted := boot != m.disk.PeerBoot
	if rebooted {
		m.newPeerBoot(boot)
	}
	m.askedAnother(rebooted)
	h.newBoot = ""
	if h.session != 0 {
		h.retired = append(h.retired, h.session)
		if n := len(h.retired); n > 64 {
			h.retired = slices.Clone(h.retired[n-64:])
		}
		m.note(Info, CodePeerBack, "heard a new session of "+m.cfg.Peer, "")
	}
	h.sessionAt = m.now
	h.session, h.lastSeq, h.otherSeq, h.echo, h.bound, h.mutualAt, h.echoAt, h.met, h.blindAt = session, 0, 0, 0, false, 0, 0, false, 0
	m.voidPeerLeft()
	m.going.restartUntil = 0
	if m.test.id != 0 {
		m.endTest(WireUntested, FaultNone, m.cfg.Peer+" restarted")
	}
	m.test.okID = 0
}

// sentAt is when the letter of that number was sent, zero if long ago.
func (m *Machine) sentAt(seq uint64) Instant {
	if seq == 0 || seq > m.hear.seq || m.hear.seq-seq >= uint64(len(m.hear.sent)) {
		return 0
	}
	return m.hear.sent[seq%uint64(len(m.hear.sent))]
}

// ruleHearing decides whether the peer counts as lost.
func (m *Machine) ruleHearing() {
	h := &m.hear
	if h.session == 0 {
		return
	}
	if h.candidate != 0 && m.passed(h.candAt, staleAfter) {
		h.candidate = 0 // it spoke once, or was played back
	}
	silence := m.now.Since(h.heardAt)
	silent := !h.link && m.silentFor(detection) || m.silentFor(staleAfter)
	switch {
	case silent && !h.lost && m.reached(h.grace):
		h.lost, h.lostAt, h.met = true, m.now, false
		m.handoffLost()
		m.note(Warning, CodePeerLost, "has not heard "+m.cfg.Peer+" for "+seconds(silence), "futago status")
	case !silent && h.lost && h.heardAt >= h.lostAt:
		// Membership's word alone does not end a loss: what it hears may be
		// another kernel, and the words known here those of the one before.
		h.lost = false
		m.note(Info, CodePeerBack, "heard "+m.cfg.Peer+" again after "+seconds(m.now.Since(h.lostAt)), "")
	}
}

// handoffLost ends what the loss of the peer leaves without an end.
func (m *Machine) handoffLost() {
	lost := m.cfg.Peer + " was lost while the service moved"
	if m.seek.term != 0 {
		m.stopSeeking(lost, 0)
	}
	if m.give.passedAt != 0 {
		m.answer(m.give.cmd, false, lost+"; see futago status.")
		m.give = give{parked: m.give.parked}
	}
}

// heard says that bound letters arrive: the peer's words are fresh.
func (m *Machine) heard() bool { return m.hear.bound && !m.hear.lost }

// mutual says that the peer also hears this node.
func (m *Machine) mutual() bool {
	return m.heard() && !m.deafFor(echoWithin+1)
}

// gone says that the peer is lost and that this is not the fault of this
// node's own uplink: after it came back, switches may still not forward.
func (m *Machine) gone() bool {
	if !m.hear.lost {
		return false
	}
	return m.up.good() && (m.up.flapped == 0 || m.hear.heardAt > m.up.since || m.passed(max(m.up.since, m.hear.lostAt), settleUplink))
}

// slept withholds the verdict: silence while asleep says nothing, and a loss
// from before may be over.
func (m *Machine) slept(d time.Duration) {
	m.hear.awoke = m.now
	m.hear.grace = m.now.Add(2 * detection)
	if d >= pointOfReturn {
		m.note(Warning, CodeSlept, "did not run for "+seconds(d), "journalctl -u futago")
	}
}
