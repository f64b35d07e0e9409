package vip

import (
	"context"
	"log/slog"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// listPeriod is the belt to the subscription's braces.
	listPeriod = 10 * time.Second
	// retryPause is waited after the kernel refused something.
	retryPause = time.Second
	// maxSightings is what the readers may gather while the loop is in the kernel.
	maxSightings = 256
)

// keeper is the loop of [VIP.Run] and all its state; one goroutine has it alone.
type keeper struct {
	cfg    Config
	ip     netip.Addr
	vip    *VIP
	kernel *kernel
	group  *errgroup.Group // Readers of new sockets join it.
	log    *slog.Logger

	changed   chan struct{} // A token: links or addresses may have changed.
	sightings chan sighting
	wanted    interest

	// What the kernel showed last.
	now     snapshot
	place   place
	problem string // Why place is not usable; empty if it is.
	listAt  time.Time

	wire   *wire // Nil without a usable interface.
	held   Held
	told   bool // held and uplink have been reported once.
	uplink Uplink
	refs   references

	claim    *claim // The Claim that probes now.
	probes   []*probe
	announce announcer
	keep     keeping
	rival    rival
}

func newKeeper(v *VIP, kernel *kernel, group *errgroup.Group) *keeper {
	return &keeper{
		cfg: v.cfg, ip: v.cfg.Address.Addr(), vip: v, kernel: kernel, group: group, log: v.cfg.Logger,
		changed:   make(chan struct{}, 1),
		sightings: make(chan sighting, maxSightings),
		refs:      references{rise: v.cfg.Rise, fall: v.cfg.Fall, interval: v.cfg.ReferenceInterval},
	}
}

// loop works until ctx ends. It waits for one thing at a time and looks at every
// deadline after each.
func (k *keeper) loop(ctx context.Context) error {
	defer k.closeWire()
	k.relist(time.Now())
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-k.vip.wake:
			for _, o := range k.vip.takeOrders() {
				k.obey(o)
			}
		case s := <-k.sightings:
			k.see(s)
		case <-k.changed:
			k.relist(time.Now())
		case <-timer.C:
		}
		k.seeAll()
		now := time.Now()
		k.tick(now)
		timer.Reset(k.next().Sub(now))
	}
}

// obey starts or does one order.
func (k *keeper) obey(o order) {
	switch o.kind {
	case OrderClaim:
		k.startClaim(o)
	case OrderRelease:
		k.release(o)
	case OrderProbe:
		k.startProbe(o)
	case orderAnnounce:
		if k.keep.on {
			k.announce.begin(time.Now())
		}
	}
}

// tick does everything that is due. The address comes first.
func (k *keeper) tick(now time.Time) {
	k.tickClaim(now)
	k.tickRestore(now)
	if k.announce.due(now) {
		k.sendAnnouncement(now)
	}
	k.tickProbes(now)
	k.tickReferences(now)
	if !now.Before(k.listAt) {
		k.relist(now)
	}
}

// next is the earliest deadline.
func (k *keeper) next() time.Time {
	next := k.listAt
	for _, at := range []time.Time{k.refs.next, k.announce.next, k.restoreNext(), k.claimNext()} {
		next = earlier(next, at)
	}
	for _, p := range k.probes {
		next = earlier(next, p.inquiry.next())
	}
	return next
}

// earlier returns the earlier of two times; a zero b means never.
func earlier(a, b time.Time) time.Time {
	if b.IsZero() || a.Before(b) {
		return a
	}
	return b
}

// seeAll takes what the readers have gathered meanwhile. A request to the kernel
// may have to wait for its rtnl lock, which the making and unmaking of containers
// holds for hundreds of ms; no deadline may be judged before the answers of that
// time were looked at.
func (k *keeper) seeAll() {
	for range len(k.sightings) {
		k.see(<-k.sightings)
	}
}

// see passes on who said to have an address.
func (k *keeper) see(s sighting) {
	if s.wire != k.wire {
		return // Of an interface that is no longer ours.
	}
	if s.err != nil {
		k.problem = s.err.Error()
		k.closeWire()
		k.blind(s.at)
		k.tellUplink(s.at)
		k.listAt = time.Now().Add(retryPause)
		return
	}
	if k.now.own(string(s.mac)) {
		return
	}
	for _, p := range k.probes {
		p.inquiry.note(s.addr, s.mac, s.at)
	}
	if k.claim != nil {
		k.claim.inquiry.note(s.addr, s.mac, s.at)
	}
	if slices.Contains(k.cfg.References, s.addr) {
		k.refs.answer()
		k.tellUplink(s.at)
	}
	if s.addr == k.ip {
		k.meetRival(s.mac, s.at)
	}
}

// updateInterest tells the readers which addresses matter now.
func (k *keeper) updateInterest() {
	set := map[netip.Addr]bool{k.ip: true}
	for _, ref := range k.cfg.References {
		set[ref] = true
	}
	for _, p := range k.probes {
		for _, target := range p.inquiry.targets {
			set[target] = true
		}
	}
	k.wanted.store(set)
}
