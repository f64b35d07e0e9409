package sim

import (
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// S2 and S6: a node starts to serve only on one of the grounds of the design,
// and a fence is one only when it was Confirmed. Assumes A1 to A5.

const (
	metLately     = 80 * time.Second // a meeting, and the slowest start after it
	operatorWords = 10 * time.Minute
	wordsOfFence  = 2 * time.Minute
)

// grounds is what may let a node start to serve.
type grounds struct {
	servedIn string        // kernel boot in which it served last
	metAt    time.Duration // last letter bound to both sessions
	eight    time.Duration // since when the board's count of EXTIN is 8 or more
	forfeit  bool          // EXTIN stood for 8 s since; ownership is gone
	promised bool          // it left, with the promise not to serve
	noted    string        // the other node's boot on whose disk that is; empty is none

	holdFrom time.Duration // start of its last hold
	holdEnd  time.Duration
	holdHeld bool
	heldFrom time.Duration // start of the last that was held
	operator time.Duration
	taken    uint64        // term that it took while it had a ground
	leftAt   time.Duration // when its disk said last that the peer left, in this boot
	owned    uint64        // highest term that it said it owns
	released uint64        // highest term that it said it released

	level scheduler.Level // of the containers, as its daemon ordered it last
	begun bool            // the engine was told last to start with a ground there, and the node said since that it serves
	late  bool            // what it runs came up after the order was taken back
}

func (c *checks) serveStarts(n *node) {
	g := &c.node[n.id].grounds
	none := c.ground(n) == ""
	g.late = none && g.begun && g.takenBack(n)
	if none && !g.late && c.node[n.id].fenced.late != n.bootID { // a disk that refused may not know what this boot gave up
		rule := "S2"
		if g.holdEnd != 0 && !g.holdHeld && c.w.now-g.holdEnd < wordsOfFence {
			rule = "S6"
		}
		c.violate(rule, "%s starts to serve without a ground", nodeName(n.id))
	}
	first := c.node[1-n.id].grounds.owned == 0 // and not by a release of the preferred one, which reboots as soon as it took its term
	if first && c.server < 0 && len(c.faults) == 0 && n.id != c.w.prof.prefer {
		c.violate("S2", "%s starts to serve, though nobody served before and %s is preferred", nodeName(n.id), nodeName(1-n.id))
	}
	if p := n.peer(); !c.w.pair.Board(n.id).Armed() && p.up && !p.disk.PeerUnarmed && !c.node[p.id].fenced.lost {
		c.violate("S2", "%s starts to serve with a board that does not obey, and %s does not know", nodeName(n.id), nodeName(p.id))
	}
	if g.late {
		return // it runs, and gives no right to run again
	}
	c.server = n.id
	g.servedIn, g.promised = n.bootID, false
}

// takenBack tells that of the service only the container runs here, and that the
// order is to stop it.
//
// A call to an engine is not broken off: what it was told to start on a ground may
// come up after the node gave its term up, later than metLately on a slow engine, and
// is stopped then. Its ground is that of the call, as long as the node goes on saying
// that it serves, so that nobody relies on its being down, and the other one takes no
// term. With the VIP, or ordered once more, it needs a ground of that moment.
func (g *grounds) takenBack(n *node) bool {
	return g.level != scheduler.LevelRunning && n.exclusive() && !n.vip
}

// engineCalled is a call to the engine that begins.
func (c *checks) engineCalled(n *node, k container, run bool) {
	if k == exclusive && run {
		c.node[n.id].grounds.begun = c.ground(n) != ""
	}
}

// lookLate looks whether what came up late is made use of after all.
func (c *checks) lookLate(n *node) {
	if g := &c.node[n.id].grounds; g.late && n.serving() && !g.takenBack(n) {
		c.serveStarts(n)
	}
}

// ground names why this node may start to serve, empty when it may not.
func (c *checks) ground(n *node) string {
	g := &c.node[n.id].grounds
	p := n.peer()
	since := func(at time.Duration) time.Duration {
		if at == 0 {
			return 1 << 62
		}
		return c.w.now - at
	}
	owned := c.node[p.id].grounds.owned
	switch {
	case g.taken != 0 && n.disk.Term == g.taken && n.disk.TermBoot == n.bootID && !g.forfeit:
		return "taken"
	case c.server == n.id && g.servedIn == n.bootID && !g.forfeit && !g.promised:
		return "its own"
	case since(g.metAt) < metLately:
		return "meeting"
	case owned != 0 && c.node[p.id].grounds.released >= owned:
		return "release"
	case g.holdHeld && (!p.up || p.bootAt > g.holdFrom || c.node[p.id].servedAt < g.holdFrom):
		return "fence"
	case since(g.leftAt) < metLately:
		return "left"
	case since(g.operator) < operatorWords || since(c.node[p.id].grounds.operator) < operatorWords:
		return "operator"
	}
	return ""
}

// persisted is called when a node's state is on its disk. A term that is taken
// on a ground stays good until it is forfeited, however late the start comes.
func (c *checks) persisted(n *node) {
	c.wireTold(n)
	k, g := &n.disk, &c.node[n.id].grounds
	c.plannedOnDisk(n)
	c.ordersOnDisk(n)
	c.fencedOnDisk(n)
	own := k.Term != 0 && (k.Term%2 == 1) == n.cfg.First && k.TermBoot == n.bootID
	if own && k.Term != g.taken {
		c.termTaken(n)
	}
	if own && k.Term != g.taken && c.ground(n) != "" {
		g.taken, g.forfeit = k.Term, false
	}
}

// lookLeft keeps when a node's disk said last that the other node left. A term
// taken on that ground stands, though the node that left may speak again before
// the containers are up.
func (c *checks) lookLeft(n *node) {
	if n.disk.PeerLeft != scheduler.Staying && n.disk.PeerLeftIn == n.bootID {
		c.node[n.id].grounds.leftAt = c.w.now
	}
}

// ownClock is how much later than the board's a node's own clock may come to
// 8 s: 2 % slow (A4), from a reading that showed the line low on.
const ownClock = 400 * time.Millisecond

// countLags is how much later the board's count may come to 8 than the node's own
// clock, which gives the term up then: it counts whole seconds.
const countLags = time.Second

// linesSeen is a reading of the lines that the decision gets.
func (c *checks) linesSeen(n *node, e scheduler.Lines) {
	c.linesTold(n, e)
	eight := &c.node[n.id].grounds.eight
	since(eight, c.w.now, e.OK && e.In && e.Count >= 8)
	if *eight != 0 && c.w.now-*eight >= ownClock {
		g, f := &c.node[n.id].grounds, &c.node[n.id].fenced
		if g.metAt < *eight-countLags && !g.forfeit && n.w.pair.Board(n.id).Armed() && n.engine.calls == 0 {
			g.metAt = 0 // the meeting before is a ground no more, but for a start that is under way
		}
		g.forfeit = true
		if n.readOnly || n.slowDisk {
			f.refused = c.w.now
		}
		obeys := c.w.pair.Board(n.id).Armed()                              // a deaf one is not cut
		if obeys && (f.refused == 0 || c.w.now-f.refused > writesWithin) { // what it cannot write down it cannot know after the cut
			f.saw, f.sawAt = true, *eight+ownClock
		}
	}
}

func (c *checks) holdEnded(n *node, e scheduler.HoldEnded) {
	g := &c.node[n.id].grounds
	g.holdEnd, g.holdHeld = c.w.now, e.Result == scheduler.HoldHeld
	if g.holdHeld {
		g.heldFrom = g.holdFrom
		c.node[n.id].keeps.row++
	}
}

// exited is a daemon that ended by itself after it was asked to leave.
func (c *checks) exited(n *node) {
	if n.d.went.asked && !n.d.went.restart {
		g, p := &c.node[n.id].grounds, n.peer()
		g.promised = true
		if k := &p.disk; k.PeerLeft != scheduler.Staying && k.PeerLeft != scheduler.Rebooting && k.PeerLeftAs == c.session[n.id] {
			g.noted = k.PeerLeftIn
		}
	}
}

// readsLow notes a reading like the one before.
func (c *checks) readsLow(n *node) { c.node[n.id].low = c.w.now }

// linesTold keeps since when EXTIN stands, and when it was low last, as the decision
// was told, and since when it is told that the lines cannot be read.
func (c *checks) linesTold(n *node, e scheduler.Lines) {
	f := &c.node[n.id]
	since(&f.blank, c.w.now, !e.OK)
	if !e.OK {
		return
	}
	if e.In && f.under == 0 {
		f.rose = e.Count
	}
	read := c.w.now // when it was, however late it is told
	if e.At != 0 {
		read -= max(n.clock().Since(e.At), 0)
	}
	since(&f.under, read, e.In)
	if e.In {
		f.keeps.shown = c.w.now
	}
	if !e.In {
		f.low = read
	}
}
