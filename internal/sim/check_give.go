package sim

import (
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// How a term ends. S1: the owner answers for it only once it has stopped. L1:
// who serves goes on, and one that cannot stop is cut, or resets itself. Assume
// A1 to A5.

const (
	standsLately = time.Minute             // EXTIN stood: ownership may be gone
	contestMost  = 8500 * time.Millisecond // 8 s on a slow clock, and the reading
	resetsWithin = 5 * time.Second         // after three holds, on a slow clock
	cutInTime    = 8 * time.Second         // after a hold: the question, the letters, the verdict before
)

// stuckFacts is since when a node says that it could not stop what it should,
// and since when the other one waits for the term all the time and could cut it.
type stuckFacts struct {
	since, fair time.Duration
	extin       time.Duration // when EXTIN stood last
}

// termEnds looks at the letter that says the end of a term.
func (c *checks) termEnds(n *node, s *scheduler.State) {
	f, last := &c.node[n.id], &c.node[n.id].lastSaid
	if s.Released != 0 && s.Released >= s.Term && n.vip {
		c.violate("S1", "%s told a release while it has the VIP", nodeName(n.id))
	}
	if s.Own != 0 && s.Released >= s.Own {
		c.violate("S1", "%s told the release of term %d, which it owns", nodeName(n.id), s.Own)
	}
	if last.Own == 0 || s.Own != 0 || f.saidIn != n.d.session || s.Released >= last.Own || s.Standby || n.d.went.asked {
		return
	}
	p := n.peer()
	other := &c.node[p.id]
	served := other.lastSaid.Serving || other.servedAt != 0 && c.w.now-other.servedAt < standsLately
	stood := n.w.pair.Board(n.id).In() || f.stuck.extin != 0 && c.w.now-f.stuck.extin < standsLately
	if !served && !stood {
		c.violate("L1", "%s gave up its term %d although nobody else serves", nodeName(n.id), last.Own)
	}
}

// contests looks at a contest that is about to begin: the fence of one that could not
// stop is its own wish.
func (c *checks) contests(n *node) {
	f := &c.node[n.id]
	f.care.contests = true
	if up := f.split.up; up != 0 && c.w.now-up > contestMost {
		c.violate("V", "%s contests EXTIN, which stands for %s", nodeName(n.id), c.w.now-up)
	}
	if f.saidIn == n.d.session && f.lastSaid.StopFail != 0 && n.exclusive() {
		c.violate("L1", "%s contests the hold for which it asked, because it could not stop", nodeName(n.id))
	}
}

// lookStuck follows a node that could not stop what is exclusive.
func (c *checks) lookStuck(n *node) {
	f, p := &c.node[n.id], n.peer()
	if n.w.pair.Board(n.id).In() || !n.bus.answers() { // it cannot know that the line fell
		f.stuck.extin = c.w.now
	}
	other := &c.node[p.id]
	says := n.works() && f.saidIn == n.d.session && f.lastSaid.StopFail != 0 && n.exclusive()
	waits := says && p.works() && p.uplinkOK() && other.saidIn == p.d.session && other.lastSaid.Ask == f.lastSaid.StopFail &&
		c.wiresGood() && p.disk.Wire.Result == scheduler.WirePassed
	since(&f.stuck.since, c.w.now, says)
	since(&f.stuck.fair, c.w.now, waits)
	hold := n.cfg.Hold
	if at := f.stuck.fair; at != 0 && c.w.now-at > hold+cutInTime {
		c.violate("L1", "%s could not stop and was not cut by %s for %s", nodeName(n.id), nodeName(p.id), c.w.now-at)
	}
	if at := f.stuck.since; at != 0 && c.w.now-at > 3*hold+resetsWithin {
		c.violate("L1", "%s could not stop and did not reset itself for %s", nodeName(n.id), c.w.now-at)
	}
}
