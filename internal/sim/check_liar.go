package sim

import (
	"strings"
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// A node that let its term go and answers for the VIP all the same does not give
// back: it is cut, once, and if that does not help the term is offered to it (L1).
// It is not cut for one answer, which may have been on its way, nor when it no longer
// answers (S3). They rest on what the node was told.

const (
	liesFor    = 6 * time.Second        // three claims that meet it
	liesSure   = 950 * time.Millisecond // 1 s between two of them
	liesAsked  = 25 * time.Second       // and between two answers for an address that is held
	offersTerm = 20 * time.Second       // 10 s, in which the line was not to be had
	pulledLong = 100 * time.Second      // until a line that was used is free for this
	deafAfter  = 950 * time.Millisecond // the silence, on a fast clock, that is a loss once membership agrees
)

// liar is what a node was told of one.
type liar struct {
	took   uint64        // term that this daemon took
	first  time.Duration // the first claim, or answer, that met it
	last   time.Duration // the last answer
	before time.Duration // and the one before it
	again  time.Duration // an answer later than that by a second or more, while this node has the VIP
	due    time.Duration // since when it should be cut, if this node has not the VIP
	stands time.Duration // since when nothing is in the way of that
	lost   time.Duration // since when the term should be offered
	cutAt  time.Duration // when it was cut for it, and answers since
	eager  bool          // this node had not the VIP then
	tried  bool          // it was cut for it, and nobody answered a new claim since
	has    uint64        // term under which the VIP was claimed last
	reboot scheduler.Outcome
}

// idle tells that nothing is followed that time alone changes.
func (l *liar) idle() bool { return l.stands|l.due|l.lost|l.cutAt == 0 }

// takenByRelease notes a term that this daemon took because the other node released
// the one before.
func (c *checks) takenByRelease(n *node) {
	f := &c.node[n.id]
	s, free := &f.heard, f.saidIn != n.d.session || f.lastSaid.Own == 0
	f.liar.took = 0
	if free && c.hearsNow(n) && s.Released != 0 && s.Released == n.disk.Term-1 && !s.Serving && s.Leaving == scheduler.Staying {
		f.liar.took = n.disk.Term
	}
}

// hearsNow tells that a node was told a moment ago that both hear each other.
func (c *checks) hearsNow(n *node) bool {
	f := &c.node[n.id]
	return f.spoke != 0 && c.w.now-f.spoke < speaksNow && f.echoed != 0 && c.w.now-f.echoed < speaksNow
}

// claimed is the end of a claim.
func (c *checks) claimed(n *node, e scheduler.VIPDone) {
	l := &c.node[n.id].liar
	switch {
	case !e.OK && e.Code == scheduler.CodeVIPForeign && e.Peer:
		if l.first == 0 {
			l.first = c.w.now
		}
	case e.OK && n.vip:
		f := &c.node[n.id]
		l.first, l.again = 0, 0
		if f.grounds.holdFrom <= f.grounds.holdEnd {
			l.cutAt = 0 // nobody answered this time
			l.tried = l.tried && (l.has == n.disk.Term || !c.hearsNow(n))
		}
		l.has = n.disk.Term
	case !e.OK && e.Code != "CANCELLED":
		l.first, l.again = 0, 0
	}
}

// contested is an answer for the VIP that this node has.
func (c *checks) contested(n *node, e scheduler.VIPContested) {
	l := &c.node[n.id].liar
	if e.Peer {
		l.before, l.last = l.last, c.w.now
	}
	switch {
	case !e.Peer:
	case l.first == 0 || c.w.now-l.first > liesAsked:
		l.first, l.again = c.w.now, 0
	case c.w.now-l.first > time.Second && l.again == 0:
		l.again = c.w.now
	}
}

// lookLiar follows a node that took a term which the other one released, while that
// one answers for the VIP.
func (c *checks) lookLiar(n *node) {
	l, p := &c.node[n.id].liar, n.peer()
	if !p.lies() {
		if !p.lied() {
			l.cutAt, l.eager = 0, false
		}
		l.stands, l.due, l.lost = 0, 0, 0
		return
	}
	if l.reboot != n.disk.Reboot { // one that was called off is a word on its way, too
		l.reboot, l.again, l.stands = n.disk.Reboot, 0, 0
	}
	may := c.mayCutLiar(n, &c.node[n.id].lastSaid)
	since(&l.stands, c.w.now, may && c.idleForLong(n) && !l.tried)
	since(&l.due, c.w.now, l.stands != 0 && !n.vip && l.first != 0)
	since(&l.lost, c.w.now, may && !n.vip && l.first != 0)
	late := n.vip && l.again != 0 && l.stands != 0 && l.stands < l.first && c.w.now-l.again > 2*time.Second
	switch {
	case l.due != 0 && c.w.now-l.due > liesFor, late:
		c.violate("L1", "%s let its term go and answers for the VIP, and %s does not cut it", nodeName(p.id), nodeName(n.id))
	case l.lost != 0 && c.w.now-l.lost > offersTerm:
		c.violate("L1", "%s cannot claim the VIP, for which %s answers, and does not offer it the term", nodeName(n.id), nodeName(p.id))
	}
}

// offersLiar looks at a letter that offers the term back because the VIP could not be
// claimed.
func (c *checks) offersLiar(n *node, s *scheduler.State) {
	f := &c.node[n.id]
	l := &f.liar
	if s.Offer == 0 || f.lastSaid.Offer != 0 || !strings.HasSuffix(s.Why, "answers for it") || n.vip || l.tried || l.first == 0 || c.w.now-l.first > liesFor || !n.peer().lies() {
		return
	}
	bare := *s
	bare.Offer = 0
	if c.mayCutLiar(n, &bare) && c.idleForLong(n) {
		c.violate("L1", "%s offers the term to %s, which answers for the VIP, and does not cut it", nodeName(n.id), nodeName(1-n.id))
	}
}

// mayCutLiar tells that a node has a term by the release of the other one, which is
// there and does not serve by its own word.
func (c *checks) mayCutLiar(n *node, s *scheduler.State) bool {
	p := n.peer()
	f, other := &c.node[n.id], &c.node[p.id]
	if !n.works() || !p.works() || f.saidIn != n.d.session || other.saidIn != p.d.session || c.goesSoon(n) || n.readOnly || n.slowDisk {
		return false
	}
	o := &other.lastSaid
	mine := s.Own != 0 && s.Own == f.liar.took && f.heard.Released == s.Own-1 && s.Offer == 0 && s.Leading == 0 && s.Leaving == scheduler.Staying && s.NotReady != scheduler.CodeLeaving && !s.Maint && !s.Standby
	gave := o.Known && o.Own == 0 && !o.Serving && o.Leaving == scheduler.Staying && f.heard.Own == 0 && !f.heard.Serving && f.heard.Leaving == scheduler.Staying && n.disk.PeerLeft == scheduler.Staying
	reads := !n.bus.flaky() && f.blank == 0 // a bus that answers again is known to with the next reading
	quiet := n.d.line.job.kind == idle && f.under == 0 && f.uplink.bad == 0 && reads && !n.stranger
	return mine && gave && n.engine.faults == (engineFaults{}) && quiet && c.w.net.open(n, p) && c.w.net.open(p, n) && c.w.net.calm() && s.TestAsk == 0 && o.TestAsk == 0
}

// goesSoon tells that a node may be on its way out, though it does not say so yet.
func (c *checks) goesSoon(n *node) bool {
	for _, q := range c.node[n.id].asked {
		if q.verb == scheduler.VerbReboot && !q.done {
			return true
		}
	}
	return n.d.went.asked || n.announced != nil || n.disk.Reboot.Result == scheduler.RebootDue
}

// idleForLong tells that a node may hold: its line works, it was not used lately, and
// the other one is not in quarantine.
func (c *checks) idleForLong(n *node) bool {
	f := &c.node[n.id]
	lately := func(at time.Duration) bool { return at != 0 && c.w.now-at < pulledLong }
	k := &n.disk
	return k.Wire.Result == scheduler.WirePassed && f.testIn == n.d.session && !k.PeerUnarmed && len(k.Fences) < quarantine && !lately(f.grounds.holdEnd) && !lately(f.care.pulseAt) && !lately(f.sleptAt)
}

// cutsLiar looks at a hold that begins against one.
func (c *checks) cutsLiar(n *node) {
	f, p := &c.node[n.id], n.peer()
	l, s := &f.liar, &f.heard
	hears := c.hearsNow(n) || l.first != 0 && f.echoed != 0 && c.w.now-f.echoed < echoCounts
	l.tried = l.tried || p.lied()
	hears = hears && (n.d.link.up || c.w.now-f.spoke < deafAfter) // else it is for the silence
	if !p.lied() || c.meant(p) || f.keeps.row > 0 || !hears || s.Own != 0 || s.Serving || !s.Known {
		return
	}
	asked := func(at time.Duration) bool { return at != 0 && c.w.now-at >= liesSure }
	switch {
	case !asked(l.first) && !asked(l.before):
		c.violate("S3", "%s cuts %s for one answer to a question for the VIP", nodeName(n.id), nodeName(p.id))
	case l.cutAt != 0:
		c.violate("S3", "%s cuts %s a second time because it answers for the VIP", nodeName(n.id), nodeName(p.id))
	case s.Leaving != scheduler.Staying:
		c.violate("S3", "%s cuts %s, which leaves, because it answers for the VIP", nodeName(n.id), nodeName(p.id))
	}
	l.cutAt, l.eager = c.w.now, !n.vip
}

// cleared tells that a node got the VIP in the middle of such a hold.
func (c *checks) cleared(n *node) bool {
	l := &c.node[n.id].liar
	return l.eager && l.cutAt != 0 && l.cutAt == c.node[n.id].grounds.holdFrom && n.vip && !n.peer().lies()
}
