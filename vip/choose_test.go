package vip

import (
	"net/netip"
	"strings"
	"testing"
)

func TestChooseInterface(t *testing.T) {
	links := []link{
		{index: 1, name: "lo", carrier: true},
		{index: 2, name: "eth0", carrier: true},
		{index: 3, name: "wlan0", carrier: true},
	}
	darkEth := []link{links[0], {index: 2, name: "eth0"}, links[2]}
	at := func(index int, cidr string) address { return address{index, netip.MustParsePrefix(cidr)} }
	eth, wlan, self := at(2, nodeOne4), at(3, "192.0.2.212/24"), at(2, vip4+"/24")
	for _, c := range []struct {
		name    string
		s       snapshot
		named   string
		current int
		want    string // Empty: refused.
		alone   bool
	}{
		{name: "the one in the subnet", s: snapshot{links, []address{at(3, "198.51.100.1/24"), eth}}, want: "eth0"},
		{name: "lowest index of two", s: snapshot{links, []address{wlan, eth}}, want: "eth0"},
		{name: "the current of two", s: snapshot{links, []address{wlan, eth}}, current: 3, want: "wlan0"},
		{name: "carrier before the current", s: snapshot{darkEth, []address{wlan, eth}}, current: 2, want: "wlan0"},
		{name: "without carrier if it is the only one", s: snapshot{darkEth, []address{eth}}, want: "eth0"},
		{name: "a wider prefix contains it too", s: snapshot{links, []address{at(3, "192.0.0.1/16")}}, want: "wlan0"},
		{name: "the virtual address itself does not count", s: snapshot{links, []address{self}}, want: ""},
		{name: "but it holds the current", s: snapshot{links, []address{self}}, current: 2, want: "eth0"},
		{name: "nothing in the subnet", s: snapshot{links, []address{at(2, "198.51.100.1/24")}}, want: ""},
		{name: "nothing at all", want: ""},
		{name: "named", s: snapshot{links, []address{eth, wlan}}, named: "wlan0", want: "wlan0"},
		{name: "named without address", s: snapshot{links, []address{eth}}, named: "wlan0", want: "wlan0", alone: true},
		{name: "named and missing", s: snapshot{links, []address{eth}}, named: "eth9", want: ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := config(vip4Net)
			cfg.Interface = c.named
			got, err := c.s.choose(cfg, c.current)
			if got.name != c.want || got.alone != c.alone || (err == nil) != (c.want != "") {
				t.Errorf("%+v, %v; want %q alone %v", got, err, c.want, c.alone)
			}
			if err != nil && !strings.Contains(err.Error(), vip4) {
				t.Errorf("%q does not name the address", err)
			}
		})
	}
}

func TestDescribeIsBounded(t *testing.T) {
	s := snapshot{links: make([]link, 100)}
	if got := s.describe(netip.Addr{}); strings.Count(got, ",") != maxListed {
		t.Errorf("%d interfaces listed", strings.Count(got, ",")+1)
	}
	if got := (snapshot{}).describe(netip.Addr{}); got != "no interface at all" {
		t.Errorf("%q", got)
	}
}
