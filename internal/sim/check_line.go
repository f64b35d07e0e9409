package sim

import (
	"time"

	"github.com/futago-ha/futago/internal/board"
	"github.com/futago-ha/futago/scheduler"
)

// S4: a node without uplink never raises its line, wake pulses apart.
// S5: EXTOUT does not outlast its hold. Assumes A3 and A4.

const (
	longestRaise = 42 * time.Second // 40 s of a hold's tries on a slow clock, and the transfers
	masterless   = 1500 * time.Millisecond
	uplinkGrace  = 500 * time.Millisecond
)

// raised is since when a node's EXTOUT is up, since when nobody holds it, and
// since when its kernel is dead as well.
type raised struct {
	since, loose, dead time.Duration
}

// uplinkFacts is what the decision was told about its uplink.
type uplinkFacts struct {
	bad    time.Duration // since when it was told that the uplink is gone; 0 is good
	badAt  time.Duration // when it was told so last
	dark   bool          // it was told that the carrier is gone
	darkAt time.Duration // when it was told so last
	keeps  time.Duration // since when it keeps a line up that it could lower; 0 is not
}

// lookLine measures how long EXTOUT is up while it could be lowered.
func (c *checks) lookLine(n *node) {
	r := &c.node[n.id].raised
	can := n.up && n.frozen <= c.w.now && n.bus.answers()
	alive := n.d != nil && n.d.hung <= c.w.now
	since(&r.since, c.w.now, n.out() && can)
	since(&r.loose, c.w.now, n.out() && can && !alive)
	switch {
	case r.since != 0 && c.w.now-r.since > longestRaise:
		c.violate("S5", "EXTOUT of %s is up for %s", nodeName(n.id), c.w.now-r.since)
	case r.loose != 0 && c.w.now-r.loose > masterless:
		c.violate("S5", "EXTOUT of %s is up although its daemon is gone for %s", nodeName(n.id), c.w.now-r.loose)
	}
}

// lookHarness keeps when a line was not as it should be last.
func (c *checks) lookHarness(n *node) {
	if c.w.pair.Wire(n.id) != board.WireOK {
		c.wireOK[n.id] = c.w.now
	}
}

func (c *checks) wiresGood() bool {
	return c.w.pair.Wire(0) == board.WireOK && c.w.pair.Wire(1) == board.WireOK
}

func (c *checks) uplinkSeen(n *node, e scheduler.Uplink) {
	u := &c.node[n.id].uplink
	if !e.Carrier {
		u.dark, u.darkAt = true, c.w.now
	} else {
		u.dark = false
	}
	since(&u.bad, c.w.now, !e.Carrier || !e.Reference)
	if u.bad != 0 {
		u.badAt = c.w.now
	}
}

// raises is a hold or contest about to begin.
func (c *checks) raises(n *node, what string) {
	if c.node[n.id].uplink.bad != 0 {
		c.violate("S4", "%s begins a %s without uplink", nodeName(n.id), what)
	}
}

// uplinkTick looks whether a line that could be lowered is lowered once the
// uplink is gone.
func (c *checks) uplinkTick(n *node) {
	f, j := &c.node[n.id].uplink, &n.d.line.job
	early := j.kind == contest || j.kind == hold && !j.tried && j.up(n.clock()) < noReturn-2*uplinkGrace
	since(&f.keeps, c.w.now, f.bad != 0 && early && j.ending == staying && j.written)
	if f.keeps != 0 && c.w.now-f.keeps > uplinkGrace {
		c.violate("S4", "%s keeps its line up without uplink for %s", nodeName(n.id), c.w.now-f.keeps)
	}
}
