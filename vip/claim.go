package vip

import (
	"bytes"
	"errors"
	"net"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// claim is a Claim that waits for its probe, or a put-back that does.
type claim struct {
	order
	inquiry *inquiry
	doubt   bool // Somebody answered once; the next answer counts.
	settled bool // The doubt was for nothing.
	restore bool // Nobody ordered it: there is no Result.
}

// startClaim claims at once, or after the probe it asks for.
func (k *keeper) startClaim(o order) {
	k.supersede()
	if !k.usable() {
		k.relist(time.Now()) // Only now, for the way of a good claim must be short.
	}
	if !k.usable() {
		outcome, err := k.inability()
		k.answer(o, Result{Outcome: outcome, Err: err})
		return
	}
	if o.probe == ProbeNone {
		k.take(o, time.Now())
		return
	}
	k.claim = &claim{order: o, inquiry: newInquiry(time.Now(), o.probe, k.ip)}
}

// supersede ends a claim that still probes.
func (k *keeper) supersede() {
	if k.claim != nil && !k.claim.restore {
		k.answer(k.claim.order, Result{Outcome: Superseded})
	}
	k.claim = nil
}

func (k *keeper) claimNext() time.Time {
	if k.claim == nil {
		return time.Time{}
	}
	return k.claim.inquiry.next()
}

// tickClaim asks what is due, and ends the claim at an answer that is given
// twice or when the time for answers is over.
func (k *keeper) tickClaim(now time.Time) {
	c := k.claim
	if c == nil {
		return
	}
	if c.inquiry.due(now) {
		c.inquiry.ask(now, k.askAnonymously)
	}
	switch {
	case len(c.inquiry.answers) > 0 && !c.doubt:
		c.doubt, c.inquiry = true, newDoubt(now, k.ip)
	case len(c.inquiry.answers) > 0:
		k.claim = nil
		k.yield(c, c.inquiry.answers[0].MAC, now)
	case !c.inquiry.over(now):
	case c.inquiry.unasked() != nil:
		k.claim = nil
		k.fail(c, Failed, c.inquiry.unasked(), now)
	case c.doubt && !c.settled && (c.restore || c.probe == ProbeFull):
		c.settled, c.inquiry = true, newInquiry(now, ProbeFull, k.ip) // The full look was cut short.
	case c.restore:
		k.claim = nil
		k.putBack(now)
	default:
		k.claim = nil
		k.take(c.order, now)
	}
}

// yield does not claim what answers.
func (k *keeper) yield(c *claim, mac net.HardwareAddr, now time.Time) {
	if c.restore {
		k.keep.retry = now.Add(restorePause)
		k.vip.out.put(Foreign{MAC: mac, FromPeer: k.fromPeer(mac), Count: 1})
		return
	}
	k.answer(c.order, Result{Outcome: ForeignHolder, MAC: mac, FromPeer: k.fromPeer(mac)})
}

// fromPeer says whether mac is the other node's. What nodes say to each other
// keeps the kernel's entry fresh; without one the answer is no.
func (k *keeper) fromPeer(mac net.HardwareAddr) bool {
	if !k.cfg.Peer.IsValid() {
		return false
	}
	known, err := k.kernel.neighbour(k.place.index, k.cfg.Peer)
	if err != nil {
		k.log.Warn("it is not known whether the other node answers", "err", err)
	}
	return known != nil && bytes.Equal(known, mac)
}

// fail ends a claim that could not be judged.
func (k *keeper) fail(c *claim, outcome Outcome, err error, now time.Time) {
	if c.restore {
		k.keep.retry = now.Add(retryPause)
		return
	}
	k.answer(c.order, Result{Outcome: outcome, Err: err})
}

// take adds the address and announces it. This is the way whose microseconds
// are an outage: one request to the kernel, then the prepared frames.
func (k *keeper) take(o order, now time.Time) {
	if err := k.kernel.add(k.place.index, k.cfg.Address, k.place.alone); err != nil {
		outcome := Failed
		if errors.Is(err, unix.ENODEV) {
			outcome = NoInterface
		}
		k.answer(o, Result{Outcome: outcome, Err: err})
		k.relist(now)
		return
	}
	k.keep = keeping{on: true, index: k.place.index, since: time.Now()}
	k.announce.begin(now)
	k.sendUnchecked(now)
	k.noteAdded()
	k.answer(o, Result{Outcome: Done})
	k.removeElsewhere()
	k.relist(time.Now())
}

// removeElsewhere deletes the address from the interfaces it does not belong
// on: an earlier daemon may have had another choice.
func (k *keeper) removeElsewhere() {
	for _, h := range k.now.holders(k.ip) {
		if h.index == k.place.index {
			continue
		}
		if err := k.kernel.delete(h); err != nil {
			k.log.Warn("address stays on a second interface", "err", err)
		}
	}
}

// release removes the address, whatever state everything else is in.
func (k *keeper) release(o order) {
	k.supersede()
	k.keep = keeping{}
	k.announce.stop()
	if err := k.kernel.remove(k.ip); err != nil {
		k.answer(o, Result{Outcome: Failed, Err: err})
	} else {
		k.noteRemoved()
		k.answer(o, Result{Outcome: Done})
	}
	k.relist(time.Now())
}

// noteAdded and noteRemoved write down what was just done to the kernel, so that
// the report of it comes with the result and not after another list.
func (k *keeper) noteAdded() {
	if !k.now.on(k.ip, k.place.index) {
		k.now.addrs = append(k.now.addrs, address{k.place.index, k.cfg.Address})
	}
	k.tellHeld()
}

func (k *keeper) noteRemoved() {
	k.now.addrs = slices.DeleteFunc(k.now.addrs, func(a address) bool { return a.prefix.Addr() == k.ip })
	k.tellHeld()
}

// answer reports the result of an order.
func (k *keeper) answer(o order, r Result) {
	r.ID, r.Order, r.Took = o.id, o.kind, time.Since(o.at)
	r.Interface = k.place.name
	k.vip.out.put(r)
}

// blind ends what can no longer be asked: silence would prove nothing.
func (k *keeper) blind(now time.Time) {
	outcome, err := k.inability()
	if c := k.claim; c != nil {
		k.claim = nil
		k.fail(c, outcome, err, now)
	}
	for _, p := range k.probes {
		k.answer(p.order, Result{Outcome: outcome, Err: err})
	}
	k.probes = slices.Delete(k.probes, 0, len(k.probes))
}
