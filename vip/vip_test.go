package vip

import (
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

const (
	vip4     = "192.0.2.215"
	vip4Net  = vip4 + "/24"
	vip6     = "2001:db8::215"
	vip6Net  = vip6 + "/64"
	client4  = "192.0.2.100/24"
	client6  = "2001:db8::100/64"
	nodeOne4 = "192.0.2.211/24"
	nodeTwo4 = "192.0.2.179/24"
)

// family is one of the two address families, for tests that must hold in both.
type family struct {
	name, vip, vipNet, client, one, two string
}

var families = []family{
	{"IPv4", vip4, vip4Net, client4, nodeOne4, nodeTwo4},
	{"IPv6", vip6, vip6Net, client6, "2001:db8::211/64", "2001:db8::179/64"},
}

func eachFamily(t *testing.T, test func(*testing.T, family)) {
	for _, f := range families {
		t.Run(f.name, func(t *testing.T) { test(t, f) })
	}
}

func TestAddressMovesAndTheClientFollows(t *testing.T) {
	eachFamily(t, func(t *testing.T, f family) {
		l := newLAN(t)
		client := l.host(f.client)
		one := l.host(f.one).run(config(f.vipNet)).ready()
		two := l.host(f.two).run(config(f.vipNet)).ready()

		one.mustClaim(1, ProbeFull)
		client.believe(f.vip, one.mac("eth0")) // As if it had asked this moment: locktime runs.
		for id := uint64(2); id < 8; id += 2 {
			one.Release(id)
			if r := one.result(id); r.Outcome != Done {
				t.Fatalf("release: %v %v", r.Outcome, r.Err)
			}
			if got := one.addresses("eth0", f.vip); len(got) != 0 {
				t.Fatalf("after the release it still has %v", got)
			}
			two.mustClaim(id+1, ProbeLook)
			eventually(t, "the client knows the new node", func() bool {
				return client.neighbour(f.vip) == two.mac("eth0").String()
			})
			one, two = two, one
		}
	})
}

func TestAddressIsAddedAsOneOfItsOwn(t *testing.T) {
	eachFamily(t, func(t *testing.T, f family) {
		l := newLAN(t)
		one := l.host(f.one).run(config(f.vipNet)).ready()
		one.mustClaim(1, ProbeNone)

		got := one.addresses("eth0", f.vip)
		if len(got) != 1 {
			t.Fatalf("addresses: %v", got)
		}
		ones, bits := got[0].Mask.Size()
		if ones != bits || got[0].Flags&unix.IFA_F_NOPREFIXROUTE == 0 {
			t.Errorf("%v flags %#x, want a host address without a route", got[0], got[0].Flags)
		}
		if f.name == "IPv6" && got[0].Flags&unix.IFA_F_DEPRECATED == 0 {
			t.Errorf("flags %#x, want deprecated: it must not be a source address", got[0].Flags)
		}
		if got[0].Flags&unix.IFA_F_TENTATIVE != 0 {
			t.Error("tentative: the kernel does not answer for it yet")
		}
	})
}

func TestAddressSurvivesTheLossOfTheInterfacesOwn(t *testing.T) {
	l := newLAN(t)
	one := l.host(nodeOne4).run(config(vip4Net)).ready()
	one.mustClaim(1, ProbeNone)
	one.deleteAddress("eth0", nodeOne4)
	one.Claim(2, ProbeNone) // Its result comes after the change was seen.
	if r := one.result(2); r.Outcome != Done || r.Interface != "eth0" {
		t.Errorf("claim on the interface that has it: %+v", r)
	}
	if got := one.addresses("eth0", vip4); len(got) != 1 {
		t.Errorf("addresses: %v", got)
	}
}

func TestClaimYieldsToWhoAnswers(t *testing.T) {
	for _, mode := range []ProbeMode{ProbeLook, ProbeFull} {
		t.Run(mode.String(), func(t *testing.T) {
			eachFamily(t, func(t *testing.T, f family) {
				l := newLAN(t)
				stranger := l.host(f.vipNet)
				one := l.host(f.one).run(config(f.vipNet)).ready()
				one.Probe(1, netip.MustParseAddr(f.vip))
				if r := one.result(1); len(r.Answers) != 1 {
					// Linux joins the group of a new IPv6 address a moment after it
					// was added, and is deaf to questions until then.
					t.Fatalf("the stranger is not there: %+v", r)
				}
				one.Claim(7, mode)
				r := one.result(7)
				if r.Outcome != ForeignHolder || r.MAC.String() != stranger.mac("eth0").String() {
					t.Errorf("claim: %v held by %v, want FOREIGN held by %v", r.Outcome, r.MAC, stranger.mac("eth0"))
				}
				if got := one.addresses("eth0", f.vip); len(got) != 0 {
					t.Errorf("claimed what answers: %v", got)
				}
			})
		})
	}
}

// Whoever answers for the address is the peer if the kernel knows the peer under
// that MAC, and nobody in particular otherwise.
func TestForeignHolderMayBeThePeer(t *testing.T) {
	l := newLAN(t)
	peer := l.host(nodeTwo4, vip4Net)
	h := l.host(nodeOne4)
	cfg := config(vip4Net)
	cfg.Peer = netip.MustParsePrefix(nodeTwo4).Addr()
	one := h.run(cfg).ready()
	for i, c := range []struct {
		knows string
		mac   net.HardwareAddr
		state int
		want  bool
	}{
		{"nothing", nil, 0, false},
		{"the peer", peer.mac("eth0"), netlink.NUD_REACHABLE, true},
		{"the peer, heard a while ago", peer.mac("eth0"), netlink.NUD_STALE, true},
		{"another MAC", net.HardwareAddr{2, 0, 0, 0, 0, 9}, netlink.NUD_REACHABLE, false},
		{"a peer that was asked for in vain", peer.mac("eth0"), netlink.NUD_FAILED, false},
	} {
		if c.mac != nil {
			must(t, h.link.NeighSet(&netlink.Neigh{
				LinkIndex: h.get("eth0").Attrs().Index, IP: cfg.Peer.AsSlice(), HardwareAddr: c.mac, State: c.state,
			}))
		}
		one.Claim(uint64(i), ProbeLook)
		if r := one.result(uint64(i)); r.Outcome != ForeignHolder || r.FromPeer != c.want {
			t.Errorf("the kernel knows %s: %v, from the peer %t, want %t", c.knows, r.Outcome, r.FromPeer, c.want)
		}
	}
	h.believe(cfg.Peer.String(), peer.mac("eth0"))
	one.mustClaim(9, ProbeNone)
	if f := await(one, func(Foreign) bool { return true }); !f.FromPeer {
		t.Errorf("while it holds the address: %+v, want it to be from the peer", f)
	}
}

func TestProbeTellsWhoAnswers(t *testing.T) {
	eachFamily(t, func(t *testing.T, f family) {
		l := newLAN(t)
		peer := l.host(f.two)
		first, second := l.host(f.vipNet), l.host(f.vipNet)
		one := l.host(f.one).run(config(f.vipNet)).ready()

		at := func(cidr string) netip.Addr { return netip.MustParsePrefix(cidr).Addr() }
		one.Probe(1, at(f.two), at(f.vipNet), at(f.client), at(f.one))
		r := one.result(1)
		if r.Outcome != Done {
			t.Fatalf("probe: %v %v", r.Outcome, r.Err)
		}
		var got []string
		for _, a := range r.Answers {
			got = append(got, a.Address.String()+" "+a.MAC.String())
			if a.After > fullTime {
				t.Errorf("%v answered after %v", a.Address, a.After)
			}
		}
		want := []string{
			at(f.two).String() + " " + peer.mac("eth0").String(),
			f.vip + " " + first.mac("eth0").String(),
			f.vip + " " + second.mac("eth0").String(),
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("answers %q, want %q", got, want)
		}
		if own := peer.neighbour(at(f.one).String()); own != "" {
			t.Errorf("the probe entered %s into a neighbour's cache", own)
		}
	})
}

func TestProbeIsRefusedForWhatCannotBeAsked(t *testing.T) {
	l := newLAN(t)
	one := l.host(nodeOne4).run(config(vip4Net)).ready()
	many := slices.Repeat([]netip.Addr{netip.MustParseAddr("192.0.2.1")}, maxProbeTargets+1)
	for i, addrs := range [][]netip.Addr{nil, many, {netip.Addr{}}, {netip.MustParseAddr("224.0.0.1")}, {netip.MustParseAddr("fe80::1%eth0")}} {
		one.Probe(uint64(i), addrs...)
		if r := one.result(uint64(i)); r.Outcome != Failed || r.Err == nil {
			t.Errorf("probe %v: %v %v, want FAILED", addrs, r.Outcome, r.Err)
		}
	}
	for id := range uint64(maxProbes + 1) {
		one.Probe(100+id, netip.MustParseAddr("192.0.2.1"))
	}
	if r := one.result(100 + maxProbes); r.Outcome != Failed {
		t.Errorf("one probe too many: %v", r.Outcome)
	}
}

func TestLaterOrderTakesThePlaceOfAProbingClaim(t *testing.T) {
	l := newLAN(t)
	one := l.host(nodeOne4).run(config(vip4Net)).ready()
	one.Claim(1, ProbeFull)
	one.Claim(2, ProbeFull)
	one.Release(3)
	for i, want := range []Outcome{Superseded, Superseded, Done} {
		r := await(one, func(Result) bool { return true })
		if r.ID != uint64(i+1) || r.Outcome != want {
			t.Errorf("result %d: id %d %v, want %v", i, r.ID, r.Outcome, want)
		}
	}
	if r := one.mustClaim(4, ProbeFull); r.Took < fullTime {
		t.Errorf("the full probe took %v only", r.Took)
	}
}

func TestLeftoverIsReportedAtStartAndReleased(t *testing.T) {
	l := newLAN(t)
	h := l.host(nodeOne4)
	l.plug(h, "eth1", "198.51.100.1/24")
	h.addAddress("eth1", vip4Net)
	one := h.run(config(vip4Net))
	if got := await(one, func(Held) bool { return true }); got != (Held{true, "eth1"}) {
		t.Errorf("first report: %+v", got)
	}
	one.Claim(1, ProbeNone)
	if got := await(one, func(Held) bool { return true }); got != (Held{true, "eth0"}) {
		t.Errorf("after the claim: %+v", got)
	}
	one.result(1)
	one.Announce()
	one.Probe(9, netip.MustParseAddr("192.0.2.1"))
	one.result(9)
	if got := h.addresses("eth1", vip4); len(got) != 0 {
		t.Errorf("it is on two interfaces: %v", got)
	}
	h.addAddress("eth1", vip4Net)
	one.Release(2)
	await(one, func(held Held) bool { return held == Held{} })
	if r := one.result(2); r.Outcome != Done {
		t.Fatalf("release: %v %v", r.Outcome, r.Err)
	}
	if got := append(h.addresses("eth0", vip4), h.addresses("eth1", vip4)...); len(got) != 0 {
		t.Errorf("left after the release: %v", got)
	}
}

func TestEndOfRunLeavesTheAddressAndCleanupRemovesIt(t *testing.T) {
	eachFamily(t, func(t *testing.T, f family) {
		l := newLAN(t)
		h := l.host(f.one)
		one := h.run(config(f.vipNet)).ready()
		one.mustClaim(1, ProbeNone)
		one.stop()
		h.addAddress("lo", f.vipNet)
		if got := h.addresses("eth0", f.vip); len(got) != 1 {
			t.Fatalf("after Run: %v", got)
		}
		for range 2 { // The second time there is nothing to remove.
			if err := h.do(func() error { return Cleanup(t.Context(), config(f.vipNet)) }); err != nil {
				t.Fatal(err)
			}
		}
		if got := append(h.addresses("eth0", f.vip), h.addresses("lo", f.vip)...); len(got) != 0 {
			t.Errorf("after Cleanup: %v", got)
		}
		if len(h.addresses("eth0", strings.Split(f.one, "/")[0])) != 1 {
			t.Error("Cleanup removed the interface's own address")
		}
	})
}

func TestInterfaceWithoutAnyAddressServesWhenNamed(t *testing.T) {
	l := newLAN(t)
	client := l.host(client4)
	cfg := config(vip4Net)
	cfg.Interface = "eth0"
	one := l.host().run(cfg).ready()
	client.believe(vip4, ethernetBroadcast)
	one.mustClaim(1, ProbeFull)
	eventually(t, "the client knows the node", func() bool { return client.neighbour(vip4) == one.mac("eth0").String() })

	routes, err := one.link.RouteList(one.get("eth0"), netlink.FAMILY_V4)
	must(t, err)
	if len(routes) != 1 || routes[0].Dst.String() != "192.0.2.0/24" {
		t.Errorf("routes %v, want the subnet's: nothing else would lead to the clients", routes)
	}
}

func TestOrdersBeforeRunAreDoneInIt(t *testing.T) {
	l := newLAN(t)
	h := l.host(nodeOne4)
	v, err := New(config(vip4Net))
	must(t, err)
	v.Claim(5, ProbeNone)
	v.enter = h.do
	n := &node{VIP: v, host: h}
	done := make(chan struct{})
	t.Cleanup(func() { <-done })
	go func() {
		defer close(done)
		if err := v.Run(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	if r := n.result(5); r.Outcome != Done {
		t.Errorf("claim: %v %v", r.Outcome, r.Err)
	}
}

func TestRunFailsWithoutNetlink(t *testing.T) {
	v, err := New(config(vip4Net))
	must(t, err)
	v.enter = func(func() error) error { return unix.EPERM }
	if err := v.Run(t.Context()); err == nil {
		t.Error("Run went on without rtnetlink")
	}
	if _, open := <-v.Reports(); open {
		t.Error("reports are still open after Run")
	}
	if err := v.cleanup(t.Context()); err == nil {
		t.Error("cleanup succeeded without rtnetlink")
	}
}
