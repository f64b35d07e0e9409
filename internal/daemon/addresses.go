package daemon

import (
	"context"
	"net/netip"
	"slices"

	"github.com/futago-ha/futago/internal/config"
	"github.com/futago-ha/futago/internal/translate"
	"github.com/futago-ha/futago/scheduler"
	"github.com/futago-ha/futago/vip"
	"golang.org/x/sync/errgroup"
)

// addresses are the parts that keep the service's VIPs, one for each.
type addresses struct {
	all     []*vip.VIP
	peer    netip.Addr
	own     []netip.Addr
	reports chan numbered
	joined  *translate.VIPs
}

type numbered struct {
	index  int
	report vip.Report
}

func newAddresses(opts Options) (*addresses, error) {
	a := &addresses{peer: opts.peer().Address, reports: make(chan numbered)}
	for _, prefix := range opts.Config.Service.VIP.Addresses {
		v, err := vip.New(vip.Config{
			Address: prefix, Interface: opts.Config.Service.VIP.Interface,
			References: sameFamily(opts.Config.Service.VIP, prefix.Addr()),
			Peer:       a.peer,
			Logger:     opts.Log.With("part", "vip"),
		})
		if err != nil {
			return nil, err
		}
		a.all = append(a.all, v)
		a.own = append(a.own, prefix.Addr())
	}
	a.joined = translate.NewVIPs(a.peer, opts.peer().Name, a.own...)
	return a, nil
}

func sameFamily(c config.VIP, addr netip.Addr) []netip.Addr {
	return slices.DeleteFunc(slices.Clone(c.References), func(r netip.Addr) bool { return r.Is4() != addr.Is4() })
}

// Run runs all VIPs and gathers their reports into one channel.
func (a *addresses) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	for i, v := range a.all {
		g.Go(func() error { return v.Run(ctx) })
		g.Go(func() error {
			for r := range v.Reports() {
				select {
				case a.reports <- numbered{i, r}:
				case <-ctx.Done():
					return nil
				}
			}
			return nil
		})
	}
	return g.Wait()
}

func (a *addresses) claim(id uint64, look scheduler.Look) {
	a.joined.Ordered(id, len(a.all))
	mode := map[scheduler.Look]vip.ProbeMode{
		scheduler.LookNone: vip.ProbeNone, scheduler.LookQuick: vip.ProbeLook, scheduler.LookFull: vip.ProbeFull,
	}[look]
	for _, v := range a.all {
		v.Claim(id, mode)
	}
}

func (a *addresses) drop(id uint64) {
	a.joined.Ordered(id, len(a.all))
	for _, v := range a.all {
		v.Release(id)
	}
}

func (a *addresses) probe(id uint64) {
	a.joined.Ordered(id, 1)
	a.all[0].Probe(id, append([]netip.Addr{a.peer}, a.own...)...)
}

func (a *addresses) announce() {
	for _, v := range a.all {
		v.Announce()
	}
}
