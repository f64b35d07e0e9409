package sim

import (
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// How a node pulls its line, and what it does under the other one's. S3: at
// least 3 s between holds, and contested ones further and further apart. V: a
// victim drops the VIP before it is cut. Assume A1 to A4.

const (
	holdsApart  = 2900 * time.Millisecond // 3 s on a slow clock
	tooManyFor  = 60 * time.Second        // 4 s doubled four times is as much
	dropsWithin = 7 * time.Second         // from count 5, which the board may show late
)

// pulls is what a node did with its line.
type pulls struct {
	id            uint64           // of its last hold
	over          time.Duration    // when that ended
	begun         [6]time.Duration // the last holds of this session for one and the same silence
	late          word             // the newest letter of a session that was over when it came, see hearsLate
	upFrom, upFor time.Duration    // since when the line is up, and how long it was last
	downAt        time.Duration    // when that ended
	held          bool             // the last hold was held, and may have cut
	unsure        bool             // it may have cut, and there is no verdict
	underFire     time.Duration    // since when EXTIN stands though it has the VIP and could drop it
}

// pullsAgain looks at a hold that is about to begin.
func (c *checks) pullsAgain(n *node, id uint64) {
	f := &c.node[n.id]
	k := &f.pulls
	if k.over != 0 && c.w.now-k.over < holdsApart {
		c.violate("S3", "%s begins a hold %s after its last one", nodeName(n.id), c.w.now-k.over)
	}
	c.pullsInTime(n)
	if max(f.word.at, k.late.at) >= k.begun[len(k.begun)-1] {
		k.begun = [len(k.begun)]time.Duration{}
	}
	copy(k.begun[:], k.begun[1:])
	k.begun[len(k.begun)-1] = c.w.now
	if first := k.begun[0]; first != 0 && c.w.now-first < tooManyFor && !c.meant(n.peer()) {
		c.violate("S3", "%s begins its hold number %d within %s", nodeName(n.id), len(k.begun), c.w.now-first)
	}
	k.id, k.over = id, 0
}

// hearsLate is a letter that reaches the decision after its session was over: a slow
// network brought it when the other daemon had started anew already, which nobody can
// have told this node. New to it, of the session that it heard last and while both hear
// each other by what that said, it ends the silence all the same: the nodes meet by it.
func (c *checks) hearsLate(n *node, l *scheduler.Letter) {
	f := &c.node[n.id]
	s := f.sent[l.Echo%keepsLetter]
	echoes := l.Echo != 0 && s.seq == l.Echo && c.w.now-s.at <= echoCounts
	both := f.knows == l.Session && (echoes || c.w.now-f.echoed <= echoCounts)
	if both && l.To == n.d.session && l.Session == f.word.session && l.Seq > f.word.seq {
		f.pulls.late.take(c.w.now, l.Session, l.Seq)
	}
}

// pullEnds is the end of a hold or contest.
func (c *checks) pullEnds(n *node, e scheduler.HoldEnded) {
	k := &c.node[n.id].pulls
	if k.id != e.ID {
		return
	}
	k.over = c.w.now
	up := k.upFor
	if k.upFrom != 0 {
		up = c.w.now - k.upFrom
	} else if c.w.now-k.downAt > time.Second {
		up = 0
	}
	k.held = e.Result == scheduler.HoldHeld && up > mayHaveCut
	k.unsure = e.Result != scheduler.HoldHeld && up > mayHaveCut
}

// lookVictim follows a node with the VIP under EXTIN. One that its peer made
// deaf, or that never was armed, is not going to be cut.
func (c *checks) lookVictim(n *node) {
	k := &c.node[n.id].pulls
	since(&k.underFire, c.w.now, n.extin() && n.vip && n.works() && c.w.pair.Board(n.id).Armed())
	if k.underFire != 0 && c.w.now-k.underFire > dropsWithin {
		c.violate("V", "%s keeps the VIP though EXTIN stands for %s", nodeName(n.id), c.w.now-k.underFire)
	}
}

// cutAsVictim looks at a cut by EXTIN at the moment it comes: whoever had the time to
// look has dropped the VIP by then, also a daemon that started under it. Not one that
// was deaf to a test and has to arm its board under the line.
func (c *checks) cutAsVictim(n *node) {
	s := &c.node[n.id].split
	deaf := c.node[n.id].deafAt > s.up
	if n.vip && !deaf && s.works != 0 && c.w.now-s.works > looksWithin && s.up != 0 && c.w.now-s.up > contestMost {
		c.violate("V", "%s is cut with the VIP, though EXTIN stands for %s", nodeName(n.id), c.w.now-s.up)
	}
}

const (
	looksWithin = time.Second // beside timeToLook

	mayHaveCut = 9500 * time.Millisecond // a line that was up so long, and the time that a reading takes
	bootsLeast = 60 * time.Second        // 90 s are given to a node that may have to boot
)

// pullsInTime looks at a hold after one without a verdict, for one and the same
// silence: a node that may have been cut is given the time to boot (L3), and the
// one that is not preferred waits a hold longer (S3).
func (c *checks) pullsInTime(n *node) {
	f := &c.node[n.id]
	k := &f.pulls
	last := k.begun[len(k.begun)-1]
	if k.over == 0 || last == 0 || max(f.word.at, k.late.at) >= last || f.grounds.holdHeld && !k.unsure || c.meant(n.peer()) {
		return
	}
	ago := c.w.now - k.over
	wires := c.wiresGood() && (c.wireOK[n.id] == 0 || c.w.now-c.wireOK[n.id] > time.Minute)
	if wires && k.unsure && ago < bootsLeast {
		c.violate("L3", "%s begins a hold %s after one that may have cut %s", nodeName(n.id), ago, nodeName(1-n.id))
	}
	if !n.cfg.Preferred && !n.vip && ago < n.cfg.Hold*97/100 {
		c.violate("S3", "%s begins a hold %s after its last one, though it is not preferred", nodeName(n.id), ago)
	}
}

// lookUp measures how long a line was up last.
func (c *checks) lookUp(n *node) {
	if n.bus.flaky() || n.bus.broken {
		c.node[n.id].flaky = c.w.now
	}
	k := &c.node[n.id].pulls
	switch out := n.out(); {
	case out && k.upFrom == 0:
		k.upFrom = c.w.now
	case !out && k.upFrom != 0:
		k.upFor, k.downAt, k.upFrom = c.w.now-k.upFrom, c.w.now, 0
	}
}
