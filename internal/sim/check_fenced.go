package sim

import (
	"time"

	"github.com/futago-ha/futago/internal/board"
)

// S7: a fenced node does not shoot its way back: before it met the peer, or an
// operator spoke, it holds its line at the earliest after extin_wait. Assumes
// A3 and A4.

// writesWithin is how soon a disk that takes writes again has the note.
const writesWithin = 700 * time.Millisecond

// fencedFacts is what a node can know about having been fenced.
type fencedFacts struct {
	cut        bool          // it was cut by EXTIN and has not met since
	saw        bool          // its daemon saw EXTIN for 8 s and has not met since
	refused    time.Duration // when its disk was read-only at such a reading
	bit        bool          // it was woken with a new extin bit
	sticky     bool          // the extin bit was set before already
	firstStart time.Duration // first start of a daemon in this boot
}

// booted is called when a kernel comes up.
func (c *checks) booted(n *node, woken []string) {
	f := &c.node[n.id].fenced
	set := false
	for _, why := range woken {
		set = set || why == string(board.ReasonExtin)
	}
	f.bit = set && !(c.w.prof.boards[n.id].StickyFlags && f.sticky)
	f.sticky = set
	f.firstStart = 0
	f.cut = f.cut && (f.bit || f.saw)
}

// forgot is a node that lost its state: what it saw before is gone with it.
func (c *checks) forgot(n *node) {
	c.node[n.id].planned.fired = nil
	c.node[n.id].tested = n.disk.Wire.At // what a backup says was told before
	f := &c.node[n.id].fenced
	f.saw = false
	f.cut = f.cut && f.bit && n.up
}

// shootsBack looks at a hold that is about to begin.
func (c *checks) shootsBack(n *node) {
	f, g := &c.node[n.id].fenced, &c.node[n.id].grounds
	if !f.cut || g.operator != 0 && c.w.now-g.operator < operatorWords {
		return
	}
	wait := time.Duration(float64(n.cfg.ExtinWait) * 0.97)
	if ran := c.w.now - f.firstStart; n.cfg.ExtinWait == 0 || ran < wait {
		c.violate("S7", "%s was fenced and holds its line %s after its start", nodeName(n.id), ran)
	}
}
