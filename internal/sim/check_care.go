package sim

import (
	"strings"
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// What a node does for the other one, and what it says before that is due. L3: a
// node that was switched off on purpose is not woken; the claim comes first. L1: a
// server that cannot serve well offers the service. L2: a failback waits. They rest
// on what the node itself was told.

const (
	offersWithin = 15 * time.Second        // 5 s of a reference that only this node lost, and the letters
	onlyHere     = 4700 * time.Millisecond // 5 s on a fast clock: when a router goes both lose it
	failsWithin  = 45 * time.Second        // three starts that fail, if the engine answers
	orderedFor   = 100 * time.Second
	claimsWithin = 50 * time.Second // of the 60 s for a start, on a fast clock
)

// care is what the checkers know of that.
type care struct {
	started  time.Duration // of this daemon
	met      bool          // it said that it met the other one
	pulses   int           // wake pulses since the last word of the other node
	row      int           // and since both heard each other: the pauses between them grow
	pulseAt  time.Duration // the last one
	contests bool          // it contested in this session: the other one may do so again, and is left alone
	owns     time.Duration // since when its letters say a term of its own
	ready    time.Duration // since when they say that it is ready
	unready  time.Duration // since when they say that it is not
	gave     time.Duration // when it let go of its term for a planned reboot
	offered  time.Duration // when it was offered the service last
	ordered  time.Duration // when an operator moved the service last
	ordersIt time.Duration // or told it to wake the other node
	noUplink time.Duration // since when it should offer, for want of an uplink
	noStart  time.Duration // or because its containers do not start
	silent   time.Duration // and when its engine was hung or slow meanwhile: a call without an answer ends with the time for a start
}

// pulsed is a pulse that is about to begin. In a test both hear each other. One
// that an operator ordered comes after the write that says so.
func (c *checks) pulsed(n *node) {
	f := &c.node[n.id]
	if f.lastSaid.TestAsk != 0 || f.care.ordersIt != 0 && c.w.now-f.care.ordersIt < slowestWrite+time.Second {
		return
	}
	f.care.pulses++
	f.care.row++
	f.care.pulseAt = c.w.now
	if n.disk.PeerOff && !n.readOnly && f.fenced.late != n.bootID { // a disk that refused may say so still
		c.violate("L3", "%s wakes %s, which was switched off on purpose", nodeName(n.id), nodeName(1-n.id))
	}
	if at := f.care.owns; at != 0 && !n.d.went.asked && n.disk.TermBoot == n.bootID && n.disk.Released < n.disk.Term && c.w.now-at < claimsWithin && !n.vip && n.carrier() && f.saidIn == n.d.session && f.lastSaid.Uplink {
		c.violate("L1", "%s wakes %s before it serves", nodeName(n.id), nodeName(1-n.id))
	}
}

// cares looks at the letter that is about to be sent.
func (c *checks) cares(n *node, s *scheduler.State) {
	f := &c.node[n.id]
	k, peer := &f.care, &f.heard
	since(&k.owns, c.w.now, s.Own != 0)
	if peer.Offer != 0 {
		k.offered = c.w.now
	}
	if s.Ask != 0 && f.lastSaid.Ask == 0 {
		c.failsBack(n)
	}
	k.readyNow(c.w.now, s.Ready)
	if k.ready == c.w.now && n.slowDisk {
		k.ready -= slowestWrite // it was ready, and wrote first
	}
	if s.Leading != 0 && strings.HasSuffix(s.Why, "reboots as planned") {
		k.gave = c.w.now
	}
	hears := f.echoed != 0 && c.w.now-f.echoed < 1500*time.Millisecond && peer.Ready
	due := hears && s.Own != 0 && s.Offer == 0 && s.Leading == 0 && !s.Maint && s.Leaving == scheduler.Staying && f.under == 0
	since(&k.noUplink, c.w.now, due && n.vip && f.uplink.bad != 0 && peer.Uplink)
	since(&k.noStart, c.w.now, due && (n.engine.faults.failStart || n.engine.faults.hung) && !n.engine.all())
	if n.engine.faults.hung || n.engine.faults.slowStart {
		k.silent = c.w.now
	}
	switch {
	case k.noUplink != 0 && c.w.now-k.noUplink > offersWithin:
		c.violate("L1", "%s serves without uplink and does not offer the service to %s, which has one", nodeName(n.id), nodeName(1-n.id))
	case k.noStart != 0 && c.w.now-k.noStart > k.startBound(n.cfg.StartTimeout):
		c.violate("L1", "%s cannot start the containers and does not offer the service to %s", nodeName(n.id), nodeName(1-n.id))
	}
	soon := f.uplink.bad == 0 || c.w.now-f.uplink.bad < onlyHere
	if s.Offer != 0 && f.lastSaid.Offer == 0 && s.Why == n.cfg.Self+" has no uplink" && n.carrier() && soon && (f.uplink.darkAt == 0 || c.w.now-f.uplink.darkAt > offersWithin) {
		c.violate("L1", "%s offers the service because of a reference that %s may have lost as well", nodeName(n.id), nodeName(1-n.id))
	}
	if s.Ready && f.uplink.dark {
		c.violate("S4", "%s says that it is ready though it has no uplink", nodeName(n.id))
	}
}

// startBound is by when a server whose containers do not start has offered the
// service.
func (k *care) startBound(timeout time.Duration) time.Duration {
	if k.silent < k.noStart {
		return failsWithin
	}
	return failsWithin + timeout*11/10
}

// readyNow keeps since when the node is ready. One that was not for a moment had
// begun to ask before.
func (k *care) readyNow(now time.Duration, ready bool) {
	switch {
	case !ready:
		since(&k.unready, now, true)
		return
	case k.ready == 0 || k.unready != 0 && now-k.unready > time.Second:
		k.ready = now
	}
	k.unready = 0
}

// failsBack looks at a node that begins to ask for the service. Without an offer
// and an operator's word that is the preferred one's own wish.
func (c *checks) failsBack(n *node) {
	k := &c.node[n.id].care
	lately := func(at time.Duration) bool { return at != 0 && c.w.now-at < orderedFor }
	if lately(k.offered) || lately(k.ordered) || lately(c.node[1-n.id].care.ordered) {
		return
	}
	wait := n.cfg.FailbackDelay*9/10 - time.Second // the word of it may wait for the disk
	if n.driftAt != 0 && (n.w.prof.drift[n.id] != 0 || c.w.now-n.driftAt < n.cfg.FailbackDelay) {
		return // its clock ran wrong meanwhile
	}
	if k.ready == 0 || c.w.now-k.ready < wait {
		c.violate("L2", "%s asks for the service back %s after it became ready", nodeName(n.id), c.w.now-k.ready)
	}
}
