package scheduler

import "time"

// Next is the earliest instant at which a Tick could change anything: before it
// every rule answers as it just did, so ticks may be left out until then, and
// only until then. An event that is no Tick has to be taken when it comes, and
// may move Next to any instant. Nothing is ever due later than forever.
//
// The rules compute it by themselves: each question about the time goes through
// [Machine.reached] or [Machine.passed], which keep the earliest instant at
// which an answer will be another one.
func (m *Machine) Next() Instant { return min(m.due(), m.letter.at.Add(m.letter.pace)) }

// due is when a rule may answer otherwise.
func (m *Machine) due() Instant {
	h := &m.hear
	return min(m.next, h.heardAt.Add(h.silence.shortest), h.mutualAt.Add(h.deafness.shortest), h.echoAt.Add(h.unechoed.shortest))
}

// Spare lets the rules rest while their answers cannot be others: at ticks
// before their time, and when a reading or a letter repeats the last one. What
// follows is the same; the simulator would otherwise spend its time on asking
// them again.
func (m *Machine) Spare() { m.sparing = true }

// nothingNew says that an event only moves on the time of something known
// already, to which no rule answers otherwise.
func (m *Machine) nothingNew(e Event) bool {
	// Not exhaustive: every other event is news.
	//exhaustive:ignore
	switch e := e.(type) {
	case Tick:
		return m.sameClock(&e)
	case *Tick:
		return m.sameClock(e)
	case Lines:
		x, b := &m.extin, &m.board
		if !e.OK || b.failSince != 0 {
			return !e.OK && b.failSince != 0
		}
		same := x.seen && e.In == x.high && e.Out == b.out
		return same && (e.Out || !m.mayHaveCut(m.now)) && (!e.In || !m.readsAgain())
	case HoldProgress:
		s := m.line.shot
		return s == nil || s.id != e.ID || e.LowUntil <= s.lowUntil && e.HighSince == s.highSince
	case Received:
		return m.repeats(&e.Letter)
	case *Received:
		return m.repeats(&e.Letter)
	}
	return false
}

// Reread takes a reading that shows both lines low, as the last one did, if that
// is all there is to it: else it tells so, and the reading is an event like every
// other. For who spares the machine work, as Spare does.
func (m *Machine) Reread(now Instant) bool {
	x, b := &m.extin, &m.board
	low := x.seen && !x.high && !b.out && b.failSince == 0 && !b.unread
	if !m.sparing || !low || m.line.busy() || m.line.raised != 0 || now >= m.Next() {
		return false
	}
	b.linesAt, x.lastLow = now, now
	return true
}

// sameClock says that the wall clock is as it was expected.
func (m *Machine) sameClock(t *Tick) bool {
	near := t.Wall.Equal(m.wall) || t.Wall.Sub(m.wall).Abs() < wallSteps
	return t.Wall.IsZero() || near && t.Synced == m.plan.synced
}

// repeats says that a letter tells nothing that was not told before. It moves on
// when the peer was heard, and may move on when that heard this node; that is news
// only to a rule that was told how long ago it is.
func (m *Machine) repeats(l *Letter) bool {
	h := &m.hear
	switch {
	case m.isOld(l):
		return true
	case m.alone(): // not any more
		return false
	case m.line.shot != nil: // when the last word came counts at its end
		return false
	case l.Session != h.session: // it was greeted, and is not known to hear that yet
		return l.Session == h.candidate && l.To != m.boot.Session && l.Boot == m.disk.PeerBoot && m.disk.PeerLeft == Staying
	case l.To != m.boot.Session:
		return true
	}
	at := m.sentAt(l.Echo)
	hears := at != 0 && m.now.Since(at) <= echoWithin
	believes := h.echo < m.going.takenBack && l.Echo >= m.going.takenBack
	moved := h.silence.over || hears && h.deafness.over || at > h.echoAt && h.unechoed.over || believes
	return !moved && m.heard() && h.candidate == 0 && l.Boot == m.disk.PeerBoot && l.Request == nil && l.Reply == nil &&
		l.State == h.state && l.State.MaintMark <= m.disk.MaintMark
}

// wallSteps is by how much the wall clock may differ from what was expected
// before that is news.
const wallSteps = time.Second

// reached says that an instant has come.
func (m *Machine) reached(at Instant) bool {
	if m.now >= at {
		return true
	}
	m.next = min(m.next, at)
	return false
}

// passed says that d has gone by since past; since never (zero) any time has.
func (m *Machine) passed(past Instant, d time.Duration) bool {
	return past == 0 || m.reached(past.Add(d))
}

// asked is what the rules asked of how long ago something of the peer was.
type asked struct {
	shortest time.Duration // that it is not yet
	over     bool          // one was told that it is as long
}

// silentFor says that the peer was not heard for d. When it will be so moves on
// with each of its letters, so the time asked for is kept and not the instant.
func (m *Machine) silentFor(d time.Duration) bool {
	return m.lasts(&m.hear.silence, m.hear.heardAt, d)
}

// deafFor says that for d the peer did not show that it hears this node.
func (m *Machine) deafFor(d time.Duration) bool {
	return m.lasts(&m.hear.deafness, m.hear.mutualAt, d)
}

// unechoedFor says that no letter of the last d is known to have been heard.
func (m *Machine) unechoedFor(d time.Duration) bool {
	return m.lasts(&m.hear.unechoed, m.hear.echoAt, d)
}

func (m *Machine) lasts(a *asked, since Instant, d time.Duration) bool {
	if since == 0 || m.now >= since.Add(d) {
		a.over = true
		return true
	}
	a.shortest = min(a.shortest, d)
	return false
}

// wallPassed says that the wall clock shows at or later. Until when it does not
// is not exactly known, because the two clocks may run at different speeds: it
// is asked again a little before.
func (m *Machine) wallPassed(at time.Time) bool {
	left := at.Sub(m.wall)
	return left <= 0 || m.reached(m.now.Add(min(left-left/16, forever)))
}

// soon lets the rules be asked at once again where an order may have changed
// what an earlier one looks at, or where one keeps the time at which it was asked
// last.
func (m *Machine) soon() {
	offered := m.seek.term != 0 && m.seek.asked == 0
	restarts := m.heard() && m.hear.state.Leaving == Restarting
	retries := m.writing.trying || m.writing.down && m.retriesDisk()
	if len(m.out) > 0 || offered || restarts || retries {
		m.next = m.now
	}
}
