package sim

import (
	"time"

	"github.com/futago-ha/futago/internal/board"
	"github.com/futago-ha/futago/scheduler"
)

// When a hold may begin at all. S3: a server does not shoot for silence, and
// reboots a silent peer once. S6: nobody holds in vain. And the test of a line
// must tell the truth. They assume A1 to A4.

const (
	silentLeast = 57 * time.Second // 60 s on clocks that differ by 2 %, and the letters' way
	testsWithin = 15 * time.Second
)

// word is the newest letter that a node got. What is played again is older.
type word struct {
	session, seq uint64
	at           time.Duration
}

// take notes a letter and says whether it is new.
func (k *word) take(now time.Duration, session, seq uint64) bool {
	if session == k.session && seq <= k.seq {
		return false
	}
	*k = word{session: session, seq: seq, at: now}
	return true
}

// holdBegins looks at a hold that is about to begin.
func (c *checks) holdBegins(n *node) {
	f, p := &c.node[n.id], n.peer()
	if c.meant(p) {
		return
	}
	again := f.grounds.holdHeld && c.w.now-f.grounds.holdEnd < testsWithin // the second of two
	passed := n.disk.Wire.Result == scheduler.WirePassed ||
		f.saidIn == n.d.session && f.lastSaid.Wire.Result == scheduler.WirePassed // while the disk refuses
	if !passed || n.disk.PeerUnarmed && !again {
		c.violate("S6", "%s begins a hold that cannot be Confirmed", nodeName(n.id))
	}
	// A daemon that began since believes nothing from before the sleep.
	if f.sleptAt != 0 && c.w.now-f.sleptAt < sleptMost && f.sleptAt >= f.care.started {
		c.violate("S3", "%s begins a hold %s after it slept", nodeName(n.id), c.w.now-f.sleptAt)
	}
	if !n.vip || p.lied() {
		return
	}
	if heard := c.w.now - f.word.at; f.word.at != 0 && heard < silentLeast && !again {
		c.violate("S3", "%s serves and begins a hold %s after the last word of %s", nodeName(n.id), heard, nodeName(p.id))
	}
	k := &n.disk // one that refuses may say so still
	left := !n.readOnly && k.PeerLeft != scheduler.Staying && k.PeerLeft != scheduler.Rebooting && k.PeerLeftIn == n.bootID
	if left || c.node[p.id].grounds.noted == n.bootID {
		c.violate("S3", "%s serves and begins a hold although %s left", nodeName(n.id), nodeName(p.id))
	}
	first := n.disk.PeerWire.Result == scheduler.WireFailed // of the two that such a line takes
	g, cut := &f.grounds, c.node[p.id].cutAt                // by that hold, not by anything after it
	if g.holdHeld && cut >= g.holdFrom && cut <= g.holdEnd && cut > f.word.at && !first {
		c.violate("S3", "%s serves and begins a second hold before it met %s", nodeName(n.id), nodeName(p.id))
	}
}

// wireTold is called when a node's state is on its disk: a test that passed
// although the line was bad all the time did not tell the truth.
func (c *checks) wireTold(n *node) {
	f, wire := &c.node[n.id], n.disk.Wire
	// Two lines that both are bad, or were a moment ago, may carry a pulse together.
	o := &c.node[1-n.id]
	two := o.wireBad != 0 || c.wireOK[1-n.id] != 0 && c.w.now-c.wireOK[1-n.id] < testsWithin
	passed := wire.Result == scheduler.WirePassed && wire.At != f.tested
	// A disk that refused may take an old test now, and the clock may have been
	// set back since.
	age := n.wall().Sub(wire.At)
	fresh := age >= 0 && age < time.Second
	if passed && fresh && f.wireBad != 0 && c.w.now-f.wireBad > testsWithin && !c.flakyLately() && !two && f.wireIs != board.WireSwapped { // two that are swapped may well pass
		c.violateAnyhow("S6", "%s wrote down that its line works, which is bad for %s", nodeName(n.id), c.w.now-f.wireBad)
	}
	f.tested = wire.At
}

// lookWire keeps since when a node's line is bad in the way it is.
func (c *checks) lookWire(n *node) {
	f, is := &c.node[n.id], c.w.pair.Wire(n.id)
	if is != f.wireIs {
		f.wireIs, f.wireBad = is, 0
	}
	since(&f.wireBad, c.w.now, is != board.WireOK)
}

// watchdogMost is the longest that a kernel may be dead with its line up: the
// board's watchdog restarts it.
const watchdogMost = 10500 * time.Millisecond

// lookDeadHolder measures how long EXTOUT of a dead kernel is up (S5).
func (c *checks) lookDeadHolder(n *node) {
	r := &c.node[n.id].raised
	since(&r.dead, c.w.now, n.out() && n.panicked && n.powered && n.tight)
	if r.dead != 0 && c.w.now-r.dead > watchdogMost {
		c.violate("S5", "EXTOUT of %s is up although its kernel is dead for %s", nodeName(n.id), c.w.now-r.dead)
	}
}

// flakyLately tells that readings may have missed a pulse.
func (c *checks) flakyLately() bool {
	at := max(c.node[0].flaky, c.node[1].flaky)
	return at != 0 && c.w.now-at < testsWithin
}
