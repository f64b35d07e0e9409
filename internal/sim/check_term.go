package sim

import (
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// Of a term that is taken: it has one owner (S2), and it is not taken from a
// node that shows that it lives (S6). These are about what a node could know,
// so they assume nothing.

const (
	answersFor = 1500 * time.Millisecond // the question at the end of a hold, and its way
	spokeLast  = 950 * time.Millisecond  // 1 s on clocks that differ by 2 %
	quietFrom  = 11500 * time.Millisecond
	quietGrace = 300 * time.Millisecond // of clocks, and of the way of the word that the hold is over
)

// owns is called for the term that a node says it owns.
func (c *checks) owns(n *node, term uint64) {
	if f := &c.node[n.id]; term == 0 || term == f.lastSaid.Own {
		return // or it was looked at before
	}
	owner, taken := c.owners[term]
	if taken && owner == n.id {
		return
	}
	if taken {
		c.violateAnyhow("S2", "%s owns term %d, which was of %s", nodeName(n.id), term, nodeName(1-n.id))
	}
	c.owners[term] = n.id
}

// termTaken is called when a term of this boot is on a node's disk for the first
// time.
func (c *checks) termTaken(n *node) {
	g, p := &c.node[n.id].grounds, n.peer()
	c.verdictUsed(n)
	c.ownedByOther(n)
	c.takenByRelease(n)
	c.node[n.id].fenced.saw = false
	c.node[p.id].grounds.begun = false
	if !g.holdHeld || c.w.now-g.holdEnd > wordsOfFence || p.up && p.bootAt > g.holdFrom || c.groundBeside(n) || c.leftLately(n) {
		return
	}
	c.lastWord(n)
	if !p.up {
		return
	}
	if n.disk.Hold.PeerBoot != p.bootID {
		return // another kernel than the one that was shot: that is proof, whoever answers
	}
	f := &c.node[n.id]
	if f.answers != 0 && f.answers < g.holdEnd && c.w.now-f.answers > answersFor {
		c.violateAnyhow("S6", "%s took a term after its hold although the address of %s answers", nodeName(n.id), nodeName(p.id))
	}
}

// lastWord looks whether the other kernel spoke so late that no board cut it, or so
// lately that it may speak again in a moment.
func (c *checks) lastWord(n *node) {
	f, p := &c.node[n.id], n.peer()
	g := &f.grounds
	if f.word.at == 0 || f.wordBoot != f.shotBoot || f.newBoot > g.holdFrom {
		return
	}
	if quiet := g.holdEnd - (n.cfg.Hold-quietFrom)*97/100 + quietGrace; f.word.at > quiet {
		c.violateAnyhow("S6", "%s took a term although %s still spoke at the end of the hold", nodeName(n.id), nodeName(p.id))
	}
	if ago := c.w.now - f.word.at; ago < spokeLast {
		c.violateAnyhow("S6", "%s took a term after its hold although %s spoke %s ago", nodeName(n.id), nodeName(p.id), ago)
	}
}

// ownedByOther looks at a term that is taken while the other node says one of its
// own, and both hear each other.
func (c *checks) ownedByOther(n *node) {
	f := &c.node[n.id]
	if c.hearsNow(n) && f.heard.Own != 0 && f.heard.Leading == 0 && f.lastSaid.Own == 0 && f.saidIn == n.d.session {
		c.violateAnyhow("S2", "%s took a term while %s owns term %d", nodeName(n.id), nodeName(1-n.id), f.heard.Own)
	}
}

// groundBeside tells that a node had another ground than its hold. It did not meet
// a peer of which nothing came since the hold began, the last one that was held: what
// is begun later proves nothing yet.
func (c *checks) groundBeside(n *node) bool {
	g := &c.node[n.id].grounds
	met := g.metAt
	if met < g.heldFrom {
		g.metAt = 0
	}
	why := c.ground(n)
	g.metAt = met
	return why != "" && why != "fence" || c.confirmedOff(n)
}

// confirmedOff tells that a person has just said that the other node is off.
func (c *checks) confirmedOff(n *node) bool {
	at := c.node[n.id].confirmed
	return at != 0 && c.w.now-at < time.Second
}

// lookAnswers keeps since when the other node's address answers this one.
func (c *checks) lookAnswers(n *node) {
	since(&c.node[n.id].answers, c.w.now, n.up && n.carrier() && n.arpReaches())
}

// sleptMost is the longest that a hold may follow after a sleep too soon for
// anything to have been heard since.
const sleptMost = 1800 * time.Millisecond

// slept is a node that notes that it did not run for a while. What it heard
// until then was not lost.
func (c *checks) slept(n *node, e scheduler.Slept) {
	f := &c.node[n.id]
	if f.word.at != 0 && c.w.now-e.For-f.word.at < spokeLast {
		f.sleptAt = c.w.now
	}
	if k := &f.care; k.ready != 0 && c.w.now-k.ready < 100*time.Millisecond {
		k.ready -= e.For // its word of that waited for the disk
	}
}

// verdictUsed looks at a term that only a fence can be the ground of: was the
// other node's address asked for, was one hold enough, and does the verdict stand?
func (c *checks) verdictUsed(n *node) {
	f, p := &c.node[n.id], n.peer()
	g := &f.grounds
	if !g.holdHeld || c.groundUnasked(n) || c.confirmedOff(n) {
		return
	}
	switch proved := n.disk.PeerBoot != f.shotBoot || f.newBoot > g.holdFrom || n.disk.Hold.PeerBoot != p.bootID || p.up && p.bootAt > g.holdFrom; {
	case f.care.pulseAt > g.holdEnd:
		c.violateAnyhow("S6", "%s took a term on a verdict from before it woke %s", nodeName(n.id), nodeName(p.id))
	case proved || c.w.now-g.holdEnd > wordsOfFence:
	case n.disk.PeerUnarmed:
		c.violateAnyhow("S6", "%s took a term after its hold, though the last word of %s was that it cannot be cut", nodeName(n.id), nodeName(p.id))
	case f.probedAt < g.heldFrom:
		c.violateAnyhow("S6", "%s took a term after its hold and could not ask for the address of %s", nodeName(n.id), nodeName(p.id))
	case n.disk.PeerWire.Result == scheduler.WireFailed && f.keeps.row < 2:
		c.violateAnyhow("S6", "%s took a term after one hold, though the line of %s is known to be broken", nodeName(n.id), nodeName(p.id))
	case n.disk.PeerWire.Result == scheduler.WireFailed && f.vipSeen:
		c.violateAnyhow("S6", "%s took a term although the VIP answers and the line of %s is known to be broken", nodeName(n.id), nodeName(p.id))
	}
}

func (c *checks) leftLately(n *node) bool {
	left := c.node[n.id].grounds.leftAt
	return left != 0 && c.w.now-left < metLately
}

// groundUnasked is groundBeside, an operator's word apart.
func (c *checks) groundUnasked(n *node) bool {
	words := [2]time.Duration{}
	for i := range c.node {
		g := &c.node[i].grounds
		words[i], g.operator = g.operator, 0
	}
	beside := c.groundBeside(n) || c.leftLately(n)
	for i := range c.node {
		c.node[i].grounds.operator = words[i]
	}
	return beside
}
