package vip

import (
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestConfigDefaults(t *testing.T) {
	v, err := New(config(vip4Net))
	must(t, err)
	if c := v.cfg; c.Rise != 2 || c.Fall != 3 || c.ReferenceInterval != time.Second || c.Logger == nil {
		t.Errorf("defaults: %+v", c)
	}
}

func TestConfigNamesEveryFault(t *testing.T) {
	addr := netip.MustParseAddr
	for _, c := range []struct {
		name string
		cfg  Config
		want []string
	}{
		{"nothing", Config{}, []string{"address: none given"}},
		{"network", config("192.0.2.0/24"), []string{"network's own"}},
		{"broadcast", config("192.0.2.255/24"), []string{"broadcast"}},
		{"broadcast of a /29", config("192.0.2.15/29"), []string{"broadcast"}},
		{"multicast", config("224.0.0.5/24"), []string{"not a unicast"}},
		{"loopback", config("127.0.0.2/8"), []string{"not a unicast"}},
		{"link-local", config("fe80::5/64"), []string{"not a unicast"}},
		{"mapped", config("::ffff:192.0.2.5/120"), []string{"write an IPv4 address as such"}},
		{"no prefix", config("192.0.2.5/0"), []string{"at least 1"}},
		{"name", Config{Address: netip.MustParsePrefix(vip4Net), Interface: "a/b"}, []string{`interface "a/b"`}},
		{"long name", Config{Address: netip.MustParsePrefix(vip4Net), Interface: "sixteen-letters!"}, []string{"longer than 15"}},
		{"counts", Config{Address: netip.MustParsePrefix(vip4Net), Rise: -1, Fall: 101}, []string{"rise -1", "fall 101"}},
		{"interval", Config{Address: netip.MustParsePrefix(vip4Net), ReferenceInterval: time.Microsecond}, []string{"reference interval 1µs"}},
		{
			"references",
			Config{Address: netip.MustParsePrefix(vip4Net), References: []netip.Addr{
				addr("198.51.100.1"), addr(vip4), addr("fe80::1%eth0"), addr("::"), {},
			}},
			[]string{"198.51.100.1: outside 192.0.2.0/24", "the virtual address itself", "leave out the zone", "reference ::", "reference invalid IP"},
		},
		{
			"many references",
			Config{Address: netip.MustParsePrefix(vip4Net), References: make([]netip.Addr, 9)},
			[]string{"9 given, at most 8"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := New(c.cfg)
			if err == nil {
				t.Fatal("accepted")
			}
			for _, part := range c.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
			if Cleanup(t.Context(), c.cfg) == nil {
				t.Error("Cleanup accepted it")
			}
		})
	}
}

func TestConfigAccepts(t *testing.T) {
	addr := netip.MustParseAddr
	for _, c := range []Config{
		config("192.0.2.0/31"), config("192.0.2.5/32"), config("2001:db8::/64"),
		{Address: netip.MustParsePrefix(vip4Net), References: []netip.Addr{addr("192.0.2.1"), addr("fe80::1"), addr("2001:db8::1")}},
		{Address: netip.MustParsePrefix(vip6Net), Interface: "eth0.100", References: []netip.Addr{addr("2001:db8::1")}},
	} {
		if _, err := New(c); err != nil {
			t.Errorf("%v: %v", c.Address, err)
		}
	}
}
