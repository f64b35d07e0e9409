package sim

import (
	"slices"
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// Commands that one node passes to the other. O: an order is obeyed once at most,
// whatever becomes of its letter and of the daemons: each change of a mark and each
// reboot has an order of its own. A: it is answered before its node goes down, once,
// and whoever gave it is told what is true. It is about what was said and done, so
// it assumes nothing.

// anewWithin is how soon a command for a daemon that is no more is answered, once
// the one after it was heard: a write that failed, and another try.
const anewWithin = 3 * time.Second

// lastWords is how long after a cut the last words of the other node may still come.
const lastWords = 6 * time.Second

// refusesWithin is how long a no to a reboot may take: one that comes later is of an
// order that takes longer than it should.
const refusesWithin = 170 * time.Second

// orderKey is the daemon that asks and the number that it gave to what it asks for.
type orderKey struct{ session, id uint64 }

// order is what a node is to do at a person's word.
type order struct {
	verb scheduler.Verb
	from uint64 // the session that asks; zero for what was ordered on the node itself
	cmd  uint64 // the command that it came from; zero if from none
	to   uint64 // the session that it was for
	boot string // and its kernel
	used bool   // it was carried out
	lone bool   // to reboot, while neither node served, as far as it was known

	repliedIn uint64 // the session that answered
	ok        bool
	text      string
	told      bool          // that it was done reached who asked
	anew      time.Duration // since when who asked hears another session
	rebooted  bool          // of another kernel
}

// orders is what the checkers know of a daemon's.
type orders struct {
	by      *order   // the event that is being decided on brought it
	given   *order   // the last one for the other node
	reboots []*order // of the other node's, those that reached it
	own     *order   // to reboot, given here
	standby bool     // the mark on its disk
	dated   bool     // the reboot that it began last is the calendar's
}

// forOther says that a command is passed on to the other node.
func forOther(n *node, verb scheduler.Verb, target string) bool {
	return target == n.cfg.Peer && (verb == scheduler.VerbStandby || verb == scheduler.VerbUnstandby || verb == scheduler.VerbReboot)
}

// ordersIn looks for an order, or an answer to one, in an event that is about to be
// decided on.
func (c *checks) ordersIn(n *node, e scheduler.Event) {
	f := &c.node[n.id]
	f.orders.by = nil
	switch e := e.(type) {
	case scheduler.Command:
		if !forOther(n, e.Verb, e.Node) {
			f.orders.by = &order{verb: e.Verb, cmd: e.ID}
		}
		if o := f.orders.by; o != nil && f.orders.own == nil && e.Verb == scheduler.VerbReboot {
			o.lone = !e.Now && c.hearsNow(n) && f.idle(n, &f.heard)
			f.orders.own = o
		}
	case *scheduler.Received:
		if l := &e.Letter; l.Request != nil || l.Reply != nil {
			c.ordersInLetter(n, l)
		}
	}
}

func (c *checks) ordersInLetter(n *node, l *scheduler.Letter) {
	f := &c.node[n.id]
	if l.Request != nil {
		o := c.orders[orderKey{l.Session, l.Request.ID}]
		f.orders.by = o
		if o != nil && o.verb == scheduler.VerbReboot && l.To == n.d.session { // its sender may be no more
			first := !slices.Contains(f.orders.reboots, o)
			o.lone = (first || o.lone) && !l.Request.Now && f.idle(n, &l.State)
			if first {
				f.orders.reboots = append(f.orders.reboots, o)
			}
		}
	}
	o := f.orders.given
	if o == nil || !c.bound(n, l) || f.knows != l.Session {
		return
	}
	g := &f.grounds
	cut := g.holdHeld && c.w.now-g.holdEnd < lastWords // what it says may be from before
	if r := l.Reply; r != nil && r.OK && !cut && c.orders[orderKey{n.d.session, r.ID}] == o && l.Seq > f.word.seq && !n.readOnly {
		o.told = true
	}
}

// hearsAnew is a letter of the other node's session of now, which is shown to be one.
func (k *orders) hearsAnew(now time.Duration, l *scheduler.Letter) {
	if o := k.given; o != nil && l.Session != o.to && o.anew == 0 {
		o.anew, o.rebooted = now, l.Boot != o.boot
	}
}

// passes looks at the letter that is about to be sent: what it asks for, and what it
// answers.
func (c *checks) passes(n *node, l *scheduler.Letter) {
	f := &c.node[n.id]
	if r := l.Request; r != nil {
		key := orderKey{n.d.session, r.ID}
		if c.orders[key] == nil {
			if c.orders == nil {
				c.orders = map[orderKey]*order{}
			}
			f.orders.given = &order{verb: r.Verb, from: n.d.session, cmd: c.passedOn(n, r.Verb), to: l.To, boot: n.peer().bootID}
			c.orders[key] = f.orders.given
		}
	}
	if l.Reply != nil {
		c.replies(n, l.To, l.Reply)
	}
	if o := f.orders.given; o != nil && o.anew != 0 && c.w.now-o.anew > anewWithin {
		if q, known := f.asked[o.cmd]; known && !q.done {
			c.violate("A", "%s does not answer command %d (%s), though the daemon that it was for is no more", nodeName(n.id), o.cmd, o.verb)
		}
	}
}

// passedOn is the command that a request comes from.
func (c *checks) passedOn(n *node, verb scheduler.Verb) uint64 {
	for id, q := range c.node[n.id].asked {
		if !q.done && q.verb == verb && forOther(n, q.verb, q.node) {
			return id // there is one at a time
		}
	}
	return 0
}

// replies looks at an answer to the other node.
func (c *checks) replies(n *node, to uint64, r *scheduler.Reply) {
	o := c.orders[orderKey{to, r.ID}]
	switch {
	case o == nil:
		c.violate("A", "%s answers %s what that daemon never asked for", nodeName(n.id), nodeName(1-n.id))
	case o.repliedIn == 0:
		o.repliedIn, o.ok, o.text = n.d.session, r.OK, r.Text
		if r.OK && o.cmd != 0 && o.cmd == c.lastMark {
			c.marked(n, o.verb, n.disk.Standby == (o.verb == scheduler.VerbStandby))
		}
	case o.repliedIn != n.d.session:
		c.violate("O", "%s obeyed an order (%s) that the daemon before this one had obeyed", nodeName(n.id), o.verb)
	case o.ok != r.OK || o.text != r.Text:
		c.violate("O", "%s obeyed one order (%s) twice: it answered %q, and then %q", nodeName(n.id), o.verb, o.text, r.Text)
	}
}

// answeredFor looks at what a person is told of a command for the other node.
func (c *checks) answeredFor(n *node, q *question, a scheduler.Answer) {
	if !forOther(n, q.verb, q.node) {
		if k := &c.node[n.id].orders; k.own != nil && k.own.cmd == a.ID && !a.OK && c.w.now-q.at < refusesWithin {
			k.own = nil
		}
		return
	}
	p, o := n.peer(), c.node[n.id].orders.given
	asked := o != nil && o.cmd == a.ID
	switch {
	case a.OK && !(asked && (o.repliedIn != 0 && o.ok || o.verb == scheduler.VerbReboot && p.bootID != o.boot)):
		c.violate("A", "%s answered command %d (%s) as done, and %s did not do it", nodeName(n.id), a.ID, q.verb, nodeName(p.id))
	case !a.OK && asked && (o.told || o.verb == scheduler.VerbReboot && o.rebooted):
		c.violate("A", "%s answered command %d (%s) with no, though it had heard that %s did it", nodeName(n.id), a.ID, q.verb, nodeName(p.id))
	}
}

// ordersOnDisk looks at what was written. Where a mark of standby changed, an order
// was just heard, and not obeyed before.
func (c *checks) ordersOnDisk(n *node) {
	k := &c.node[n.id].orders
	if r := &n.disk.Reboot; r.Result == scheduler.RebootStarted {
		k.dated = r.At.Equal(n.disk.RebootFired)
	}
	if n.disk.Standby == k.standby {
		return
	}
	k.standby = n.disk.Standby
	verb := scheduler.VerbUnstandby
	if k.standby {
		verb = scheduler.VerbStandby
	}
	switch {
	case k.by == nil || k.by.verb != verb:
		c.violate("O", "%s changed its mark of standby (%s), and nobody ordered it", nodeName(n.id), verb)
	case k.by.used:
		c.violate("O", "%s obeyed one order (%s) a second time", nodeName(n.id), verb)
	default:
		k.by.used = true
	}
}

// rebootsFor looks at a planned reboot at its last step: the calendar's, or each at
// an order of its own.
func (c *checks) rebootsFor(n *node) {
	f, p := &c.node[n.id], n.peer()
	if f.orders.dated {
		return
	}
	if own := f.orders.own; own != nil {
		if own.lone && !f.heard.Healthy {
			c.violate("L2", "%s reboots as ordered, though neither node served", nodeName(n.id))
		}
		return
	}
	o, answered := f.orders.obeyed(n.d.session)
	switch {
	case o == nil:
		c.violate("O", "%s reboots as planned, and nobody ordered it", nodeName(n.id))
		return
	case o.lone && !f.heard.Healthy:
		c.violate("L2", "%s reboots as ordered, though neither node served", nodeName(n.id))
	case o.used:
		c.violate("O", "%s reboots a second time for one order", nodeName(n.id))
	case !answered && p.d != nil && o.from == p.d.session && c.hearsNow(n):
		c.violate("A", "%s reboots at the order of %s and did not answer it before", nodeName(n.id), nodeName(p.id))
	}
	o.used = true
}

// idle says that this node owns no term, and that the other one does not serve by
// what it says.
func (f *facts) idle(n *node, peer *scheduler.State) bool {
	return f.saidIn == n.d.session && f.lastSaid.Own == 0 && !peer.Healthy
}

// obeyed is the order of the other node for which a daemon reboots: the one that it
// answered, or the first that it did not.
func (k *orders) obeyed(session uint64) (o *order, answered bool) {
	for _, o := range k.reboots {
		if o.repliedIn == session && o.ok {
			return o, true
		}
	}
	for _, o := range k.reboots {
		if o.repliedIn != session {
			return o, false
		}
	}
	return nil, false
}
