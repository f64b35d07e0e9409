package sim

import (
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// S8: what was told to the peer or to an operator as done is on disk. And a
// command is answered exactly once.

const answerWithin = 190 * time.Second // the longest that the machine allows itself, on a slow clock

// forwardWithin is that of a command for the other node: 10 s, and a freeze.
const forwardWithin = time.Minute

// question is a command that waits for its answer.
type question struct {
	verb   scheduler.Verb
	node   string
	at     time.Duration
	on     bool
	length time.Duration
	done   bool
}

func (c *checks) commanded(n *node, e scheduler.Command) {
	c.node[n.id].asked[e.ID] = question{verb: e.Verb, node: e.Node, at: c.w.now, on: e.On, length: e.For}
	// Not exhaustive: the other verbs leave no mark and give no ground.
	//exhaustive:ignore
	switch e.Verb {
	case scheduler.VerbMove:
		c.node[n.id].care.ordered = c.w.now
		c.moves(n, e)
	case scheduler.VerbWake:
		c.node[n.id].care.ordersIt = c.w.now
	case scheduler.VerbReboot:
		if e.Now {
			c.node[n.id].care.gave = 0 // whatever becomes of the service
		}
	case scheduler.VerbStandby, scheduler.VerbUnstandby, scheduler.VerbMaintenance:
		// Marks that cross each other prove nothing.
		if c.lastMark = e.ID; c.markedAt != 0 && c.w.now-c.markedAt < answerWithin {
			c.lastMark = 0
		}
		c.markedAt = c.w.now
	case scheduler.VerbConfirmOff, scheduler.VerbFence, scheduler.VerbClear:
		c.node[n.id].grounds.operator = c.w.now
		if e.Verb == scheduler.VerbConfirmOff {
			c.node[n.id].confirmed = c.w.now
		}
		if e.Verb == scheduler.VerbClear {
			c.node[n.id].liar.cutAt, c.node[n.id].liar.tried = 0, false
		}
	}
}

// A node repeats its state at 20 letters a second at most and says each change at
// once; more than this is a storm.
const (
	mostLetters  = 300
	lettersCount = 2 * time.Second
)

// storm counts the letters of a node.
func (c *checks) storm(n *node) {
	f := &c.node[n.id]
	if c.w.now-f.lettersFrom > lettersCount {
		f.lettersFrom, f.letters = c.w.now, 0
	}
	if f.letters++; f.letters > mostLetters {
		c.violate("M", "%s sent %d letters within %s: a storm", nodeName(n.id), f.letters, c.w.now-f.lettersFrom)
	}
}

// letter is a letter that is about to be sent.
func (c *checks) letter(n *node, l *scheduler.Letter) {
	c.sends(n, l)
	c.passes(n, l)
	c.said(n, &l.State)
}

// said is what a letter says that is about to be sent.
func (c *checks) said(n *node, s *scheduler.State) {
	c.storm(n)
	c.told(n, s)
	c.termEnds(n, s)
	c.cares(n, s)
	c.offersLiar(n, s)
	c.wishesBack(n, s)
	f := &c.node[n.id]
	f.lastSaid, f.saidIn = *s, n.d.session
}

// told compares a letter with the disk of its sender at the moment it is sent.
func (c *checks) told(n *node, s *scheduler.State) {
	k := &n.disk
	bad := ""
	switch {
	case s.Released > k.Released:
		bad = "a release"
	case s.Returned > k.Returned:
		bad = "a returned release"
	case s.Own > k.Term:
		bad = "its term"
	case s.AckUnarm && !k.PeerUnarmed:
		bad = "that the other node cannot be fenced"
	case s.AckLeft != c.node[n.id].lastSaid.AckLeft && c.promises(n.peer(), s.AckLeft) &&
		(k.PeerLeft == scheduler.Staying || k.PeerLeftIn != n.bootID):
		bad = "that the other node left"
	case s.Standby != k.Standby:
		bad = "its standby mark"
	case s.MaintMark > k.MaintMark:
		bad = "a mark of maintenance"
	}
	if bad != "" {
		c.violate("S8", "%s told %s, which is not on its disk", nodeName(n.id), bad)
	}
	if s.Leading != 0 || s.Ask != 0 {
		c.handoff = c.w.now
	}
	if s.StopFail != 0 {
		c.node[n.id].stopFail = c.w.now
	}
	c.owns(n, s.Own)
	g := &c.node[n.id].grounds
	g.owned, g.released = max(g.owned, s.Own), max(g.released, s.Released)
	g.begun = g.begun && s.Serving
}

// promises tells that a node's live session has promised not to serve. The mere
// restart of a daemon is no such promise.
func (c *checks) promises(n *node, session uint64) bool {
	leaving := c.node[n.id].lastSaid.Leaving
	return n.d != nil && n.d.session == session && leaving != scheduler.Staying && leaving != scheduler.Restarting
}

func (c *checks) answered(n *node, a scheduler.Answer) {
	q, known := c.node[n.id].asked[a.ID]
	if !known {
		return
	}
	if q.done {
		c.violate("A", "%s answered command %d twice", nodeName(n.id), a.ID)
	}
	q.done = true
	c.node[n.id].asked[a.ID] = q
	c.answeredFor(n, &q, a)
	c.moveAnswered(n, &q, a)
	if !a.OK || q.node != "" && q.node != n.cfg.Self || a.ID != c.lastMark {
		return
	}
	// Not exhaustive: the other verbs leave no mark.
	//exhaustive:ignore
	switch q.verb {
	case scheduler.VerbStandby:
		c.marked(n, q.verb, n.disk.Standby)
	case scheduler.VerbUnstandby:
		c.marked(n, q.verb, !n.disk.Standby)
	case scheduler.VerbMaintenance:
		over := q.on && q.length != 0 && c.w.now-q.at > q.length/2
		c.marked(n, q.verb, over || n.disk.Maint == q.on)
	}
}

func (c *checks) marked(n *node, verb scheduler.Verb, onDisk bool) {
	if !onDisk {
		c.violate("S8", "%s answered %s as done, which is not on its disk", nodeName(n.id), verb)
	}
}

// unanswered looks for a command that waits too long on a daemon that lives.
func (c *checks) unanswered() {
	for i := range c.node {
		late := uint64(0)
		for id, q := range c.node[i].asked {
			if !q.done && c.w.now-q.at > q.within(c.w.nodes[i]) && (late == 0 || id < late) {
				late = id
			}
		}
		if late != 0 {
			c.violate("A", "%s never answered command %d (%s)", nodeName(i), late, c.node[i].asked[late].verb)
		}
	}
}

// within is how long the answer may take. A mark for the other node is answered by
// that one, or not.
func (q *question) within(n *node) time.Duration {
	if q.node == n.cfg.Peer && (q.verb == scheduler.VerbStandby || q.verb == scheduler.VerbUnstandby) {
		return forwardWithin
	}
	return answerWithin
}
