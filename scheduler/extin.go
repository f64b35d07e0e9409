package scheduler

import "time"

// extin is the peer's line as this board sees it.
type extin struct {
	high    bool
	lastLow Instant       // last reading that showed it low
	before  time.Duration // how long it had stood, by the board's count, when first seen at start
	seen    bool          // any reading at all
	lowFrom Instant       // since when every reading showed it low; zero while high
	victim  bool          // this node gave way: its line is low, its service down
	told    bool          // the victim's note is written
	gone    bool          // it stood 8 s: ownership is gone
	stuck   bool
	stood   bool          // it was high at the last look of the rule
	peak    time.Duration // how long it stood, once it fell
}

// countWithin is how far external_input_count may be behind: it counts whole
// seconds, and the reading and the board's own pace take their part.
const countWithin = 2 * time.Second

func (x *extin) absorb(now Instant, e Lines) {
	if x.high && !e.In {
		x.peak = now.Since(x.lastLow) + x.before
	}
	switch {
	case !e.In:
		x.lastLow = now
		if x.lowFrom == 0 {
			x.lowFrom = now
		}
	case !x.seen:
		// The first reading of this daemon: only the board knows how long, in
		// seconds that are over.
		x.lastLow, x.before = now, time.Duration(e.Count+1)*time.Second
	case !x.high:
		// It rose since the last reading. After a gap the board knows better when:
		// not longer ago than its count says, which may come late to zero, but
		// does not run slow.
		x.lastLow = max(x.lastLow, now.Add(-countWithin-time.Duration(e.Count)*time.Second))
	}
	x.seen, x.high = true, e.In
	if e.In {
		x.lowFrom = 0
	}
}

// standing is the longest that the line may have stood. It counts from the last
// reading that showed it low, so a gap in the readings makes it longer and
// never shorter; the board's own counter may reset late and is used only at
// start and after a gap, where it makes a long one shorter.
func (m *Machine) standing() time.Duration {
	if !m.extin.high {
		return 0
	}
	return m.now.Since(m.extin.lastLow) + m.extin.before
}

// standsFor says that the line may stand for that long.
func (m *Machine) standsFor(d time.Duration) bool {
	return m.extin.high && m.reached(m.extin.lastLow.Add(d-m.extin.before))
}

// ruleExtin answers a line that stands against this node. A server contests,
// so a live peer that does not serve lets go; everyone else gives way, and so
// does a server that contested in vain.
func (m *Machine) ruleExtin() {
	x := &m.extin
	if !x.high {
		m.board.deafAsked = 0
		m.extinFell()
		return
	}
	x.stood = true
	if m.testCovers() {
		if c := m.line.contest; c != nil && !c.lowering { // begun before the tester knew that this node is deaf
			m.lower("EXTIN stands for a test")
		}
		return
	}
	if m.standsFor(stuckFrom) && !x.stuck {
		x.stuck = true
		m.note(Critical, CodeExtinStuck, "sees EXTIN high for "+seconds(m.standing())+": the line from "+m.cfg.Peer+" is stuck", "unplug the harness CN5 -> CN4, then futago fence test")
	}
	switch {
	case m.contests() && !m.standsFor(victimFrom) && !x.victim:
		m.contest()
	case m.own != 0 && !m.up.known && !m.standsFor(victimFrom):
		// A daemon that just restarted does not know its uplink yet.
	case m.own == 0 && m.shotPast(pointOfReturn):
		// This node's own hold has passed the point of return: the peer is being
		// cut, and letting go now would leave both uncertain. That this node may be
		// cut as well is written down all the same.
		m.ownershipGoes()
	default:
		m.giveWay()
	}
}

// contests says whether this node answers the line with its own: it serves (or
// is about to, with a ground), sees its uplink, and is not fenced because it
// could not stop.
func (m *Machine) contests() bool {
	return m.own != 0 && m.up.good() && m.give.stopFail == 0
}

// contest raises this node's line until EXTIN falls.
func (m *Machine) contest() {
	l := &m.line
	if s := l.shot; s != nil && !s.lowering {
		if s.why == shotSilentPeer {
			l.contest, l.shot = &raise{id: m.id(), since: m.now}, nil
			m.raise(Contest{ID: l.contest.id})
			m.fence.silentAt = m.now
			m.note(Info, CodeContest, "contests EXTIN in the middle of its own hold", "")
		}
		return
	}
	if l.contest != nil || l.busy() {
		if l.contest != nil && m.standsFor(2*time.Second+1) {
			m.fence.peerContests = true
		}
		return
	}
	l.contest = &raise{id: m.id(), since: m.now}
	m.raise(Contest{ID: l.contest.id})
	m.note(Warning, CodeContest, "raised EXTOUT, because EXTIN stands and it serves with its uplink", "futago status")
}

// giveWay is the victim's part: line down, VIP off, note and disks.
func (m *Machine) giveWay() {
	x := &m.extin
	if !x.victim {
		x.victim = true
		if s := m.line.shot; s != nil {
			s.contested = true
		}
		m.lower("EXTIN stands")
	}
	if m.standsFor(2*time.Second) && !x.told {
		x.told = true
		m.note(Critical, CodeVictim, "is being cut by "+m.cfg.Peer+": EXTIN high for "+seconds(m.standing())+", "+m.whyVictim(), "futago history")
		m.do(SyncDisks{})
	}
	m.ownershipGoes()
}

// ownershipGoes writes down that the line stood so long that this node may be cut:
// what it owned is gone, and it does not shoot its way back (S7).
func (m *Machine) ownershipGoes() {
	x := &m.extin
	if m.standsFor(pointOfReturn) && !x.gone && !m.readsAgain() {
		x.gone = true
		m.disk.Fenced = m.boot.ID
		m.start.fencedAt = m.now
		m.hear.met = false
		m.voidPeerLeft()
		m.forfeit("EXTIN stood " + seconds(m.standing()))
		m.save()
		m.do(SyncDisks{})
	}
}

// readsAgain says that this node has just woken from a sleep and its next reading
// of the line comes in a moment: what it saw before may be over.
func (m *Machine) readsAgain() bool {
	woke := m.hear.awoke
	return woke != 0 && m.board.linesAt < woke && !m.passed(woke, 500*time.Millisecond)
}

func (m *Machine) whyVictim() string {
	switch {
	case m.own == 0:
		return "and it does not serve"
	case !m.up.good():
		return "and it has no uplink"
	case m.give.stopFail != 0:
		return "because its containers did not stop"
	}
	return "in spite of its own line"
}

// extinFell ends what the line had begun. A server that gave way resumes if no
// board can have cut yet; the rule of service does that by itself, because it
// still owns its term.
func (m *Machine) extinFell() {
	x := &m.extin
	if !x.stood {
		return
	}
	if m.line.contest != nil {
		m.lower("EXTIN fell")
		m.note(Info, CodeContest, "lowered EXTOUT, because EXTIN fell after "+seconds(x.peak), "")
	}
	if x.victim && x.peak < pointOfReturn && m.own != 0 {
		m.note(Info, CodeVictim, "resumes, because EXTIN fell after "+seconds(x.peak), "")
	}
	*x = extin{seen: true, lastLow: x.lastLow, lowFrom: x.lowFrom}
}
