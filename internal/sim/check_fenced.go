package sim

import (
	"time"

	"github.com/futago-ha/futago/internal/board"
	"github.com/futago-ha/futago/scheduler"
)

// S7: a fenced node does not shoot its way back: before it met the peer, or an
// operator spoke, it holds its line at the earliest after extin_wait. Assumes
// A3 and A4.

// writesWithin is how soon a disk that takes writes again has the note.
const writesWithin = 700 * time.Millisecond

// secondExtin is how much longer the node waits that is not preferred.
const secondExtin = 30 * time.Second

// countsLate is how much later than the node's own clock a board may count to 8.
const countsLate = 2500 * time.Millisecond

// fencedFacts is what a node can know about having been fenced.
type fencedFacts struct {
	late       string        // kernel boot in which its disk refused: what it notes may be old
	cut        bool          // it was cut by EXTIN and has not met since
	saw        bool          // its daemon saw EXTIN for 8 s and has not met since
	sawAt      time.Duration // in this boot
	heldAt     time.Duration // when it held its line since
	refused    time.Duration // when its disk was read-only at such a reading
	bit        bool          // it was woken with a new extin bit
	sticky     bool          // the extin bit was set before already
	note       string        // what its disk says of that
	judged     string        // and the boot whose flag it has looked at
	lost       bool          // it lost its state once
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
	f.firstStart, f.sawAt, f.heldAt = 0, 0, 0
	f.cut = f.cut && (f.bit || f.saw)
}

// forgot is a node that lost its state: what it saw before is gone with it.
func (c *checks) forgot(n *node) {
	c.node[n.id].planned.fired = nil
	c.node[n.id].tested = n.disk.Wire.At // what a backup says was told before
	f := &c.node[n.id].fenced
	f.saw, f.lost, f.judged = false, true, ""
	f.cut = f.cut && f.bit && n.up
}

// shootsBack looks at a hold that is about to begin.
func (c *checks) shootsBack(n *node) {
	f, g := &c.node[n.id].fenced, &c.node[n.id].grounds
	again := g.holdHeld && c.w.now-g.holdEnd < testsWithin // the second of two
	if !f.cut && (!f.saw || f.sawAt == 0) || again || g.operator != 0 && c.w.now-g.operator < operatorWords {
		return
	}
	wait := time.Duration(float64(n.cfg.ExtinWait) * 0.97)
	if !n.cfg.Preferred {
		wait += time.Duration(float64(secondExtin) * 0.97)
	}
	if f.sawAt > f.firstStart {
		wait -= countsLate
	}
	if ran := c.w.now - max(f.firstStart, f.sawAt); n.cfg.ExtinWait == 0 || ran < wait {
		c.violate("S7", "%s was fenced and holds its line %s after its start", nodeName(n.id), ran)
	}
	if f.heldAt != 0 && c.w.now-f.heldAt < n.cfg.ExtinWait*4/5 {
		c.violate("S7", "%s was fenced and holds its line again after %s", nodeName(n.id), c.w.now-f.heldAt)
	}
	f.heldAt = c.w.now
}

// fencedOnDisk looks at a node's note that it was fenced: EXTIN stands, or the flag
// was new when its board was first read in this boot.
func (c *checks) fencedOnDisk(n *node) {
	f, k := &c.node[n.id].fenced, &n.disk
	if k.Fenced == n.bootID && f.note != k.Fenced && f.judged == n.bootID && c.node[n.id].under == 0 && f.late != n.bootID {
		c.violate("L1", "%s wrote down that it was fenced, which it was not", nodeName(n.id))
	}
	f.note, f.judged = k.Fenced, k.Judged
	if k.Fenced == "" {
		f.sawAt = 0
	}
}

// noted is a note. A meeting may come as EXTIN falls, from letters heard before.
// After the word that a verdict is Unknown, what was held to its end may have cut.
// A test that passed counts for the session that did it, also while the disk refuses
// the result: the note comes after the write, or after the word that it failed.
func (c *checks) noted(n *node, note scheduler.Note) {
	f := &c.node[n.id]
	switch note.Code {
	case scheduler.CodeMeeting:
		f.fenced.metNow()
		f.care.met = true
		f.failback.due = 0 // that wait begins anew
	case scheduler.CodePeerLost:
		f.failback.due = 0
	case scheduler.CodeFenceUnknown:
		f.pulls.unsure = f.pulls.unsure || f.pulls.held
	case scheduler.CodeWireTested:
		f.testIn = n.d.session
	}
}

// metNow is a meeting: old wounds are void.
func (f *fencedFacts) metNow() {
	*f = fencedFacts{late: f.late, sticky: f.sticky, note: f.note, judged: f.judged}
}
