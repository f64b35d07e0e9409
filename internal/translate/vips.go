package translate

import (
	"net/netip"
	"slices"

	"github.com/futago-ha/futago/scheduler"
	"github.com/futago-ha/futago/vip"
)

// VIPs are the service's one or two addresses (IPv4, IPv6), which the machine
// knows as one: claimed when all are, held while any is.
type VIPs struct {
	Held []vip.Held // of each, the last

	peer   netip.Addr
	name   string // of the peer
	own    []netip.Addr
	uplink []vip.Uplink
	seen   []bool
	order  map[uint64]*tally
}

// tally joins the results of one order.
type tally struct {
	left   int
	failed *vip.Result
	peer   bool
	vip    bool
}

// NewVIPs is for a peer of that address and name, and these VIPs.
func NewVIPs(peer netip.Addr, name string, own ...netip.Addr) *VIPs {
	return &VIPs{
		peer: peer, name: name, own: own, order: map[uint64]*tally{},
		Held: make([]vip.Held, len(own)), uplink: make([]vip.Uplink, len(own)), seen: make([]bool, len(own)),
	}
}

// Ordered says that so many results will come for an order.
func (a *VIPs) Ordered(id uint64, results int) { a.order[id] = &tally{left: results} }

// Events translates one report of the VIP with that index.
func (a *VIPs) Events(index int, r vip.Report) []scheduler.Event {
	switch r := r.(type) {
	case vip.Result:
		return a.result(r)
	case vip.Held:
		a.Held[index], a.seen[index] = r, true
		return []scheduler.Event{a.heldNow()}
	case vip.Uplink:
		a.uplink[index] = r
		return []scheduler.Event{a.uplinkNow()}
	case vip.Foreign:
		return []scheduler.Event{scheduler.VIPContested{MAC: r.MAC.String(), Peer: r.FromPeer}}
	}
	return nil
}

func (a *VIPs) heldNow() scheduler.VIPState {
	any := slices.ContainsFunc(a.Held, func(h vip.Held) bool { return h.Held })
	return scheduler.VIPState{Known: !slices.Contains(a.seen, false), Held: any}
}

func (a *VIPs) uplinkNow() scheduler.Uplink {
	u := scheduler.Uplink{Carrier: true, Reference: true}
	for _, one := range a.uplink {
		u.Carrier, u.Reference = u.Carrier && one.Carrier, u.Reference && one.Reference
	}
	return u
}

func (a *VIPs) result(r vip.Result) []scheduler.Event {
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

func (a *VIPs) failure(r *vip.Result) (code, why string) {
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
	if r.Err == nil {
		return scheduler.CodeVIP, "the kernel refused"
	}
	return scheduler.CodeVIP, r.Err.Error()
}
