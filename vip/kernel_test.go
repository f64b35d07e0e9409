package vip

import (
	"errors"
	"net/netip"
	"testing"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// kernel opens rtnetlink in h.
func (h *host) kernel() *kernel {
	h.t.Helper()
	k, err := openKernel(h.do)
	must(h.t, err)
	h.t.Cleanup(k.close)
	return k
}

func TestKernelAddsOnceAndRemovesEverything(t *testing.T) {
	eachFamily(t, func(t *testing.T, f family) {
		l := newLAN(t)
		h := l.host(f.one)
		k := h.kernel()
		vip := netip.MustParsePrefix(f.vipNet)
		index := h.get("eth0").Attrs().Index
		for range 2 {
			must(t, k.add(index, vip, false))
		}
		has, err := k.has(vip.Addr(), index)
		must(t, err)
		if !has || len(h.addresses("eth0", f.vip)) != 1 {
			t.Errorf("has %v, addresses %v", has, h.addresses("eth0", f.vip))
		}
		if f.name == "IPv4" {
			h.addAddress("eth0", f.vipNet) // The same with another prefix is another address for Linux.
		}
		h.addAddress("lo", f.vipNet)
		for range 2 {
			must(t, k.remove(vip.Addr()))
		}
		if holders, err := k.holders(vip.Addr()); err != nil || len(holders) != 0 {
			t.Errorf("left: %v %v", holders, err)
		}
		if has, err := k.has(vip.Addr(), index); has || err != nil {
			t.Errorf("has %v %v after the removal", has, err)
		}
	})
}

func TestKernelBringsTheSubnetToAnInterfaceWithoutOne(t *testing.T) {
	eachFamily(t, func(t *testing.T, f family) {
		l := newLAN(t)
		h := l.host()
		must(t, h.kernel().add(h.get("eth0").Attrs().Index, netip.MustParsePrefix(f.vipNet), true))
		got := h.addresses("eth0", f.vip)
		if len(got) != 1 || got[0].IPNet.String() != f.vipNet {
			t.Fatalf("%v, want %v", got, f.vipNet)
		}
		routes, err := h.link.RouteListFiltered(netlink.FAMILY_ALL, &netlink.Route{LinkIndex: h.get("eth0").Attrs().Index}, netlink.RT_FILTER_OIF)
		must(t, err)
		want := netip.MustParsePrefix(f.vipNet).Masked().String()
		for _, r := range routes {
			if r.Dst.String() == want {
				return
			}
		}
		t.Errorf("no route to %s in %v", want, routes)
	})
}

func TestKernelNamesWhatFailed(t *testing.T) {
	l := newLAN(t)
	k := l.host().kernel()
	const gone = 4711
	if err := k.add(gone, netip.MustParsePrefix(vip4Net), false); !errors.Is(err, unix.ENODEV) {
		t.Errorf("add to no interface: %v", err)
	}
	if err := k.delete(address{gone, netip.MustParsePrefix(vip4Net)}); err != nil {
		t.Errorf("delete where there is nothing: %v", err)
	}
}

func TestSnapshotTellsCarrierApart(t *testing.T) {
	l := newLAN(t)
	h := l.host(nodeOne4)
	k := h.kernel()
	carrier := func() bool {
		s, err := k.snapshot()
		must(t, err)
		p, err := s.choose(config(vip4Net), 0)
		must(t, err)
		return p.carrier
	}
	eventually(t, "carrier", carrier)
	l.setPort(h, false)
	eventually(t, "no carrier with the switch off", func() bool { return !carrier() })
	l.setPort(h, true)
	eventually(t, "carrier again", carrier)
	must(t, h.link.LinkSetDown(h.get("eth0")))
	eventually(t, "no carrier when down", func() bool { return !carrier() })
}

func TestDumpIsReadAgainWhenItChangedMeanwhile(t *testing.T) {
	for _, c := range []struct {
		changes int
		calls   int
		err     error
	}{{0, 1, nil}, {2, 3, nil}, {9, dumpTries, netlink.ErrDumpInterrupted}} {
		calls := 0
		_, err := dump(func() ([]int, error) {
			if calls++; calls <= c.changes {
				return nil, netlink.ErrDumpInterrupted
			}
			return nil, nil
		})
		if calls != c.calls || !errors.Is(err, c.err) {
			t.Errorf("%d changes: %d calls, %v", c.changes, calls, err)
		}
	}
}
