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
func (m *Machine) Next() Instant { return m.next }

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

// wallPassed says that the wall clock shows at or later.
func (m *Machine) wallPassed(at time.Time) bool {
	left := at.Sub(m.wall)
	return left <= 0 || m.reached(m.now.Add(min(left, forever)))
}

// soon lets Next be now when anything is under way: what is asked of the time
// then changes at nearly every tick, and is not worth being kept track of. An
// order other than a letter may have changed what an earlier rule looks at.
func (m *Machine) soon() {
	c := &m.cmds
	busy := len(m.out) > 0 || m.dirty || m.writing.down || m.writing.trying ||
		m.extin.high || m.extin.stood || m.line.busy() || m.test.id != 0 || m.test.okID != 0 ||
		m.give.leading != 0 || m.give.passedAt != 0 || m.give.offered || m.seek.term != 0 ||
		m.going.kind != Staying || m.heard() && m.hear.state.Leaving != Staying || c.ask != nil || c.reply != nil || len(c.open) > 0
	if busy {
		m.next = m.now
	}
}
