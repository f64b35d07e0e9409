package scheduler

import "time"

// AppendKey appends what decides how m goes on: two machines of one
// configuration whose keys are the same do the same for the next ten minutes,
// whatever their clocks, numbers and histories say. peer is the other node's machine,
// nil when it does not run. What is left out, and how far an age is told apart
// from an older one, is checked field by field in key_test.go.
func (m *Machine) AppendKey(b []byte, peer *Machine, n *Names) []byte {
	k := keyer{b: b, now: m.now, n: n}
	k.number(m.boot.Session, &n.sessions)
	k.text(m.boot.ID)
	k.disk(&m.disk, m.wall)
	k.bits(m.dirty, m.up.known, m.up.carrier, m.up.reference, m.up.everGood, m.up.flapped != 0, m.hear.heardAt > m.up.since)
	k.small(m.own, m.late, m.forfeited)
	k.word(string(m.ground))
	k.age(m.ownSince, m.cfg.StartTimeout)
	k.age(m.up.since, silentPeer)
	k.hearing(&m.hear, peer)
	k.board(&m.board)
	k.extin(&m.extin)
	k.line(&m.line)
	k.service(&m.group, &m.vip, m.own)
	k.start(m)
	k.handoff(m)
	k.going(&m.going)
	k.bits(m.readsAgain(), m.hear.echo < m.going.takenBack, m.going.takenBack != 0)
	k.age(m.sentAt(m.hear.echo), echoWithin)
	k.age(m.sentAt(m.going.takenBack), echoWithin)
	k.planned(m)
	k.test(&m.test)
	k.fencing(&m.wake, &m.fence)
	k.bits(m.liar.sure, m.liar.late, m.liar.tried)
	k.age(m.liar.since, liarAsked)
	k.age(m.liar.at, liarAgain)
	k.commands(&m.cmds)
	k.outbox(m)
	k.bits(m.writing.down, m.writing.left, m.writing.deaf)
	k.age(m.writing.tried, diskRetry)
	return k.b
}

// AppendKey appends what decides what the letter does to the machine to that it
// is on its way to, nil when none runs there.
func (l *Letter) AppendKey(b []byte, from, to *Machine, n *Names) []byte {
	k := keyer{b: b, n: n}
	k.text(l.Boot)
	k.number(l.Session, &n.sessions)
	k.number(l.To, &n.sessions)
	if to != nil {
		k.now = to.now
		last := to.hear.lastSeq
		if l.Session != to.hear.session {
			last = to.hear.candSeq
		}
		k.bits(l.Seq > last)
		k.age(to.sentAt(l.Echo), echoWithin)
	}
	if from != nil && from.boot.Session == l.Session {
		k.now = from.now
		k.age(from.sentAt(l.Seq), echoWithin)
	}
	k.state(&l.State)
	k.request(l.Request, l.Reply)
	return k.b
}

// AppendKey appends what a machine that starts from this disk may look at.
func (d *Disk) AppendKey(b []byte, wall time.Time, n *Names) []byte {
	k := keyer{b: b, n: n}
	k.disk(d, wall)
	return k.b
}

func (k *keyer) disk(d *Disk, wall time.Time) {
	for _, boot := range [...]string{d.Boot, d.TermBoot, d.Fenced, d.Judged, d.PeerBoot, d.PeerLeftIn, d.Hold.PeerBoot} {
		k.text(boot)
	}
	for _, boot := range d.PeerBoots {
		k.live(boot)
	}
	k.small(d.Term, d.Released, d.Returned, d.MaintMark, uint64(len(d.Fences)))
	for _, at := range d.Fences {
		k.bits(wall.Sub(at) >= quarantineFor)
	}
	k.word(string(d.PeerLeft))
	k.number(d.PeerLeftAs, &k.n.sessions)
	k.text(d.RebootBoot)
	k.ahead(d.RebootFired, wall)
	k.outcome(&d.Reboot)
	k.outcome(&d.PeerReboot)
	k.wire(d.Wire, wall)
	k.wire(d.PeerWire, wall)
	k.bits(d.PeerBackBy != 0, d.PeerUnarmed, d.PeerOff, d.Standby, d.Maint, !d.Hold.At.IsZero(), !d.MaintUntil.IsZero() && wall.Before(d.MaintUntil), !d.MaintUntil.IsZero())
}

func (k *keyer) wire(w Wire, wall time.Time) {
	k.small(uint64(w.Result))
	k.word(string(w.Fault))
	k.bits(wall.Sub(w.At) > wireValid)
	k.wall(w.At)
}

func (k *keyer) hearing(h *hearing, peer *Machine) {
	k.number(h.session, &k.n.sessions)
	k.number(h.candidate, &k.n.sessions)
	for _, s := range h.retired {
		k.liveSession(s)
	}
	k.age(h.sessionAt, 2*echoWithin)
	k.age(h.awoke, 2*echoWithin)
	k.text(h.newBoot)
	k.age(h.newBootAt, holdOverdue)
	k.bits(h.link, h.bound, h.lost, h.met, h.everMet)
	k.heardSeq(h.session, h.lastSeq, peer)
	k.heardSeq(h.session, h.otherSeq, peer)
	k.heardSeq(h.candidate, h.candSeq, peer)
	k.state(&h.state)
	k.age(h.candAt, aloneAfter)
	k.age(h.heardAt, aloneAfter)
	k.age(h.wordAt, silentPeer)
	k.age(h.mutualAt, 2*echoWithin)
	k.age(h.echoAt, echoWithin)
	k.age(h.lostAt, silentPeer)
	k.age(h.metAt, silentPeer)
	k.age(h.blindAt, silentPeer)
	k.due(h.grace)
}

// heardSeq is how old the letter of that number is: what an echo of it proves.
func (k *keyer) heardSeq(session, seq uint64, peer *Machine) {
	if peer == nil || session == 0 || peer.boot.Session != session {
		k.bits(seq != 0)
		return
	}
	now := k.now
	k.now = peer.now
	k.age(peer.sentAt(seq), echoWithin)
	k.now = now
}

func (k *keyer) board(b *boardFacts) {
	k.bits(b.seen, b.facts.OK, b.facts.Armed, b.facts.Watchdog, containsExtin(b.facts.Woken), b.disarmed, b.unread)
	k.small(uint64(min(b.armTries, 2)))
	k.age(b.armedAt, 2*retakeAfter)
	k.age(b.deafAsked, deafAnswer)
	k.age(b.failSince, retakeAfter+time.Second)
}

func (k *keyer) extin(x *extin) {
	k.bits(x.high, x.seen, x.victim, x.told, x.gone, x.stuck, x.stood)
	k.age(x.lowFrom, time.Second)
	k.age(x.lastLow, stuckFrom)
	k.span(min(x.before, stuckFrom))
}

func (k *keyer) line(l *line) {
	k.due(l.free)
	k.age(l.raised, mayHaveCut)
	k.bits(l.shot != nil, l.contest != nil, l.pulse != nil)
	if c := l.contest; c != nil {
		k.local(c.id)
		k.bits(c.lowering)
	}
	if p := l.pulse; p != nil {
		k.local(p.id)
		k.bits(p.test)
	}
	s := l.shot
	if s == nil {
		return
	}
	k.local(s.id)
	k.local(s.probeID)
	k.word(string(s.why))
	k.small(s.term, s.cmd, uint64(s.round))
	k.text(s.peerBoot)
	k.bits(s.bootKnown, s.off, s.mayCut, s.lowering, s.contested, s.giveUp != "", s.probed, s.probe.OK, s.probe.Peer, s.probe.VIP, s.lossAt != 0)
	for _, at := range [...]Instant{s.begun, s.lowUntil, s.highSince, s.heldAt} {
		k.age(at, holdOverdue)
	}
}

func (k *keyer) service(g *group, v *vip, own uint64) {
	c := &g.state
	k.bits(g.seen, g.known, c.Known, c.Exclusive, c.Any, c.Healthy, c.Usable)
	k.bits(g.mayRun, g.ordered, g.started, g.asked, g.reached, v.known, v.held, v.up, v.asked)
	k.bits(v.claimed == own)
	k.local(g.op)
	k.local(v.op)
	k.small(uint64(g.level))
	k.age(g.failedAt, retakeAfter)
	k.due(g.failedUntil)
	if g.failedUntil > k.now {
		k.word(g.failCode)
	}
	k.age(v.failedAt, time.Second)
	k.due(v.strangeUntil)
	k.small(v.claimed)
}

// farOff is what nobody who compares keys waits for.
const farOff = 10 * time.Minute

// start is told apart for as long as a rule may ask for it.
func (k *keyer) start(m *Machine) {
	s := &m.start
	most := 3 * adoptWithin
	switch {
	case m.fencedNow():
		most = max(most, m.cfg.ExtinWait+secondExtin)
	case m.disk.Reboot.Result == RebootStarted:
		most = max(mustBeDownBy, startArpMost)
	case !m.hear.everMet:
		most = max(startArpMost, m.cfg.StartWait)
	}
	k.age(s.at, most)
	k.age(s.fencedAt, most)
	k.age(s.askedAt, staleAfter)
	k.local(s.probeID)
	k.bits(s.silent)
}

func (k *keyer) handoff(m *Machine) {
	g, s := &m.give, &m.seek
	k.bits(g.why != "", g.offered, g.announce, g.parked, s.term != 0, s.refused != "")
	k.small(g.cmd, g.leading, g.before, g.stopFail, g.passed, s.term, s.cmd)
	k.due(g.until)
	k.age(g.since, m.cfg.StopTimeout+staleAfter)
	k.age(g.passedAt, offerLimit)
	k.age(g.returnedAt, retakeAfter)
	k.age(s.since, m.cfg.StartTimeout)
	k.age(s.offered, staleAfter)
	k.age(s.asked, m.cfg.StopTimeout+2*staleAfter)
	k.age(s.leads, m.cfg.StopTimeout+staleAfter)
	k.due(s.after)
	k.word(s.refused)
	if g.offered {
		k.word(g.why) // it goes into the letters
	}
}

func (k *keyer) going(g *going) {
	k.word(string(g.kind))
	k.small(g.cmd)
	k.bits(g.silent, g.done, g.overdueTold, g.planned, g.gave, g.letGo)
	k.wall(g.due)
	k.age(g.since, leaveLimit)
	k.age(g.promised, ackLimit)
	k.age(g.stopAt, leaveLimit)
	k.around(g.restartUntil)
	k.around(g.peerBackBy)
}

func (k *keyer) planned(m *Machine) {
	p := &m.plan
	k.bits(p.synced, p.back)
	k.age(p.readAt, time.Second)
	k.ahead(p.due, m.wall)
	k.age(p.opened, mayStillGo)
	k.span(min(m.uptime(), m.cfg.MinUptime))
}

func (k *keyer) outcome(o *Outcome) {
	k.wall(o.At)
	k.word(string(o.Result))
	k.word(o.Code)
}

func (k *keyer) test(t *wireTest) {
	k.due(min(t.next, k.now.Add(farOff)))
	k.due(t.echoUntil)
	for _, id := range [...]uint64{t.id, t.okID, t.sawID, t.missID, t.crossID} {
		k.number(id, &k.n.tests)
	}
	k.small(uint64(min(t.fails, 8)), t.cmd)
	k.bits(t.pulsing, t.looped, t.alone, t.saw, t.passedAt != 0, t.passedAt != 0 && k.now.Since(t.passedAt) > wireValid)
	k.age(t.since, testLimit)
	k.age(t.pulsedAt, testLimit)
	k.age(t.okAt, testLimit)
}

func (k *keyer) fencing(w *wake, f *fencing) {
	k.bits(w.on, w.quiet, w.cut, f.silentDone, f.peerContests, f.woken, f.vipSilent, f.confirmedAt != 0)
	k.small(uint64(min(w.tries, 8)), uint64(min(f.tries, 8)))
	k.due(w.at)
	k.due(f.retryAt)
	k.due(f.silentAt)
	k.age(f.triedAt, quarantineFor)
	k.age(f.confirmedAt, time.Second+retakeAfter)
}

func (k *keyer) commands(c *cmds) {
	k.request(c.ask, c.reply)
	k.small(c.askCmd, c.answered, c.doing, c.markCmd)
	k.due(c.markUntil)
	k.number(c.session, &k.n.sessions)
	k.due(c.askUntil)
	k.due(c.replyTil)
	for _, o := range c.open {
		k.small(o.id)
		k.age(o.since, 2*offerLimit)
	}
}

func (k *keyer) request(r *Request, y *Reply) {
	k.bits(r != nil, y != nil)
	if r != nil {
		k.small(r.ID)
		k.word(string(r.Verb))
	}
	if y != nil {
		k.small(y.ID)
		k.bits(y.OK)
	}
}

func (k *keyer) outbox(m *Machine) {
	o := &m.letter
	k.state(&o.last)
	k.age(o.at, repeatEvery)
	k.number(o.ackLeft, &k.n.sessions)
	k.bits(o.everReady)
	k.age(o.readySince, max(m.cfg.FailbackDelay, m.cfg.RebootFailbackDelay, time.Second))
	k.small(uint64(o.tokens))
	k.age(o.refilled, burst*refill)
}

func (k *keyer) state(s *State) {
	k.bits(s.Known, s.Serving, s.Healthy, s.Holding, s.Ready, s.Standby, s.Maint, s.Quarantine, s.OnOffer)
	k.small(s.MaintMark)
	k.wall(s.MaintUntil)
	k.bits(s.Uplink, s.Fenceable, s.AckUnarm, s.TurnOff, s.Unwatched, s.Trusts)
	k.small(s.Term, s.Own, s.Released, s.Returned, s.Leading, s.StopFail, s.Offer, s.Ask)
	k.word(s.Refuse)
	k.word(s.NotReady)
	k.word(s.Unarmed)
	k.word(s.Why)
	k.word(s.Woken)
	k.word(string(s.Leaving))
	k.span(s.Within)
	k.small(uint64(s.Wire.Result))
	k.word(string(s.Wire.Fault))
	k.wall(s.Wire.At)
	k.wall(s.Next)
	k.outcome(&s.Reboot)
	for _, id := range [...]uint64{s.TestAsk, s.TestOK, s.TestSaw, s.TestMissed, s.TestCross} {
		k.number(id, &k.n.tests)
	}
	k.number(s.AckLeft, &k.n.sessions)
}
