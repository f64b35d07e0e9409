package vip

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// maxProbeTargets bounds the addresses of one [VIP.Probe].
const maxProbeTargets = 16

// VIP keeps one virtual address. Its methods may be called from any goroutine,
// never wait, and may be called before Run; they take effect while Run runs.
type VIP struct {
	cfg     Config
	reports chan Report
	out     *mailbox

	mu     sync.Mutex
	orders []order
	wake   chan struct{} // Holds one token while orders may be filled.

	// enter runs what opens sockets. Tests let it run inside a network namespace.
	enter func(func() error) error
}

// order is one call, waiting for the loop.
type order struct {
	id    uint64
	kind  Order
	probe ProbeMode
	addrs []netip.Addr
	at    time.Time
}

// New checks cfg and returns a VIP that does nothing until Run. The error names
// every impossible value.
func New(cfg Config) (*VIP, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, fmt.Errorf("virtual address: %w", err)
	}
	return &VIP{
		cfg:     cfg,
		reports: make(chan Report),
		out:     newMailbox(),
		wake:    make(chan struct{}, 1),
		enter:   func(open func() error) error { return open() },
	}, nil
}

// Reports is where results and changes come out. It is closed when Run returns;
// what was not read by then is gone.
func (v *VIP) Reports() <-chan Report { return v.reports }

// Claim adds the address and announces it, after a look for other holders as
// probe says. A Claim of what is held already announces again. While a Claim
// still probes, a later Claim or Release takes its place.
func (v *VIP) Claim(id uint64, probe ProbeMode) {
	v.give(order{id: id, kind: OrderClaim, probe: probe})
}

// Release stops announcing, removes the address from every interface of this
// node and looks that it is gone. It needs no interface and no carrier.
func (v *VIP) Release(id uint64) {
	v.give(order{id: id, kind: OrderRelease})
}

// Probe asks on the interface who answers for each of addrs, three times within
// 300 ms, and needs no address of its own to do so. At most 16 addresses.
// Addresses that only this node has get no answer.
func (v *VIP) Probe(id uint64, addrs ...netip.Addr) {
	v.give(order{id: id, kind: OrderProbe, addrs: slices.Clone(addrs)})
}

// Announce starts the announcements anew, as after a healed split, if the
// address is held by a Claim. It has no Result.
func (v *VIP) Announce() {
	v.give(order{kind: orderAnnounce})
}

func (v *VIP) give(o order) {
	o.at = time.Now()
	v.mu.Lock()
	last := len(v.orders) - 1
	if o.kind != orderAnnounce || last < 0 || v.orders[last].kind != orderAnnounce {
		v.orders = append(v.orders, o)
	}
	v.mu.Unlock()
	signal(v.wake)
}

func (v *VIP) takeOrders() []order {
	v.mu.Lock()
	defer v.mu.Unlock()
	orders := v.orders
	v.orders = nil
	return orders
}

// Run works until ctx ends, then returns nil with all its goroutines ended. It
// leaves the address as it is: a daemon that restarts goes on serving, and one
// that stops gives Release before. The error is that of opening rtnetlink; all
// later troubles are reported and retried. Run may be called once.
func (v *VIP) Run(ctx context.Context) error {
	defer close(v.reports)
	kernel, err := openKernel(v.enter)
	if err != nil {
		return err
	}
	defer kernel.close()

	group, ctx := errgroup.WithContext(ctx)
	k := newKeeper(v, kernel, group)
	group.Go(func() error { return watch(ctx, v.enter, k.changed, v.cfg.Logger) })
	group.Go(func() error { return v.out.pump(ctx, v.reports) })
	group.Go(func() error { return k.loop(ctx) })
	return group.Wait()
}
