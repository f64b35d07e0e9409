package daemon

import (
	"context"
	"errors"
	"net/netip"
	"slices"

	"github.com/futago-ha/futago/internal/config"
	"github.com/futago-ha/futago/scheduler"
	"github.com/futago-ha/futago/vip"
	"golang.org/x/sync/errgroup"
)

// addresses are the service's one or two VIPs (IPv4, IPv6), which the machine
// knows as one: claimed when all are, held while any is.
type addresses struct {
	all     []*vip.VIP
	peer    netip.Addr
	name    string // of the peer
	own     []netip.Addr
	reports chan numbered

	held   []vip.Held
	uplink []vip.Uplink
	seen   []bool
	order  map[uint64]*tally
}

type numbered struct {
	index  int
	report vip.Report
}

// tally joins the results of one order.
type tally struct {
	left   int
	failed *vip.Result
	peer   bool
	vip    bool
}

func newAddresses(opts Options) (*addresses, error) {
	a := &addresses{peer: opts.peer().Address, name: opts.peer().Name, reports: make(chan numbered), order: map[uint64]*tally{}}
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
	a.held, a.uplink, a.seen = make([]vip.Held, len(a.all)), make([]vip.Uplink, len(a.all)), make([]bool, len(a.all))
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
	a.order[id] = &tally{left: len(a.all)}
	mode := map[scheduler.Look]vip.ProbeMode{
		scheduler.LookNone: vip.ProbeNone, scheduler.LookQuick: vip.ProbeLook, scheduler.LookFull: vip.ProbeFull,
	}[look]
	for _, v := range a.all {
		v.Claim(id, mode)
	}
}

func (a *addresses) drop(id uint64) {
	a.order[id] = &tally{left: len(a.all)}
	for _, v := range a.all {
		v.Release(id)
	}
}

func (a *addresses) probe(id uint64) {
	a.order[id] = &tally{left: 1}
	a.all[0].Probe(id, append([]netip.Addr{a.peer}, a.own...)...)
}

func (a *addresses) announce() {
	for _, v := range a.all {
		v.Announce()
	}
}

// events translates one report.
func (a *addresses) events(n numbered) []scheduler.Event {
	switch r := n.report.(type) {
	case vip.Result:
		return a.result(r)
	case vip.Held:
		a.held[n.index], a.seen[n.index] = r, true
		return []scheduler.Event{a.heldNow()}
	case vip.Uplink:
		a.uplink[n.index] = r
		return []scheduler.Event{a.uplinkNow()}
	case vip.Foreign:
		return []scheduler.Event{scheduler.VIPContested{MAC: r.MAC.String(), Peer: r.FromPeer}}
	}
	return nil
}

func (a *addresses) heldNow() scheduler.VIPState {
	any := slices.ContainsFunc(a.held, func(h vip.Held) bool { return h.Held })
	return scheduler.VIPState{Known: !slices.Contains(a.seen, false), Held: any}
}

func (a *addresses) uplinkNow() scheduler.Uplink {
	u := scheduler.Uplink{Carrier: true, Reference: true}
	for _, one := range a.uplink {
		u.Carrier, u.Reference = u.Carrier && one.Carrier, u.Reference && one.Reference
	}
	return u
}

func (a *addresses) result(r vip.Result) []scheduler.Event {
	t := a.order[r.ID]
	if t == nil {
		return nil
	}
	t.left--
	if r.Outcome != vip.Done && (t.failed == nil || !t.failed.FromPeer) {
		t.failed = &r
	}
	for _, answer := range r.Answers {
		t.peer = t.peer || answer.Address == a.peer
		t.vip = t.vip || slices.Contains(a.own, answer.Address)
	}
	if t.left > 0 {
		return nil
	}
	delete(a.order, r.ID)
	if r.Order == vip.OrderProbe {
		return []scheduler.Event{scheduler.Probed{ID: r.ID, OK: t.failed == nil, Peer: t.peer, VIP: t.vip}}
	}
	done := scheduler.VIPDone{ID: r.ID, OK: t.failed == nil}
	if f := t.failed; f != nil {
		if f.Outcome == vip.Superseded {
			return nil
		}
		done.Code, done.Why = a.failure(f)
		done.Peer = f.FromPeer
	}
	return []scheduler.Event{done}
}

func (a *addresses) failure(r *vip.Result) (code, why string) {
	err := errors.Join(r.Err)
	switch r.Outcome {
	case vip.ForeignHolder:
		who := "the device " + r.MAC.String()
		if r.FromPeer {
			who = a.name + " (" + r.MAC.String() + ")"
		}
		return scheduler.CodeVIPForeign, who + " answers for it"
	case vip.NoCarrier:
		return scheduler.CodeNoUplink, "its interface " + r.Interface + " has no carrier"
	case vip.NoInterface, vip.Failed, vip.Done, vip.Superseded:
	}
	if err == nil {
		return scheduler.CodeVIP, "the kernel refused"
	}
	return scheduler.CodeVIP, err.Error()
}
