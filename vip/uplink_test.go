package vip

import (
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestCarrierLossIsReportedAtOnce(t *testing.T) {
	l := newLAN(t)
	h := l.host(nodeOne4)
	one := h.run(config(vip4Net)).ready()
	at := time.Now()
	l.setPort(h, false)
	lost := await(one, func(u Uplink) bool { return !u.Carrier })
	if took := time.Since(at); took > 2*time.Second {
		t.Errorf("noticed after %v", took)
	}
	if lost.Interface != "eth0" || lost.Good() || !lost.Since.After(at) {
		t.Errorf("%+v", lost)
	}

	one.Claim(1, ProbeNone)
	if r := one.result(1); r.Outcome != NoCarrier || r.Err == nil {
		t.Errorf("claim without carrier: %v %v", r.Outcome, r.Err)
	}
	one.Probe(2, netip.MustParseAddr(vip4))
	if r := one.result(2); r.Outcome != NoCarrier {
		t.Errorf("probe without carrier: %v; silence would be taken for proof", r.Outcome)
	}
	one.Release(3)
	if r := one.result(3); r.Outcome != Done {
		t.Errorf("release without carrier: %v %v", r.Outcome, r.Err)
	}
	l.setPort(h, true)
	one.ready()
	one.mustClaim(4, ProbeLook)
}

func TestCarrierLostDuringAProbeIsNoSilence(t *testing.T) {
	l := newLAN(t)
	h := l.host(nodeOne4)
	one := h.run(config(vip4Net)).ready()
	question := l.host(client4).sniff("0.0.0.0")
	one.Probe(1, netip.MustParseAddr(vip4))
	one.Claim(2, ProbeFull)
	next(t, question)
	l.setPort(h, false)
	got := map[uint64]Outcome{}
	for len(got) < 2 {
		r := await(one, func(Result) bool { return true })
		got[r.ID] = r.Outcome
	}
	if got[1] != NoCarrier || got[2] != NoCarrier {
		t.Errorf("probe %v, claim %v", got[1], got[2])
	}
	if a := h.addresses("eth0", vip4); len(a) != 0 {
		t.Errorf("claimed: %v", a)
	}
}

func TestInterfaceThatAppearsLater(t *testing.T) {
	l := newLAN(t)
	h := newHost(t)
	l.plug(h, "eth1", "198.51.100.1/24")
	one := h.run(config(vip4Net))
	missing := await(one, func(Uplink) bool { return true })
	for _, part := range []string{vip4, "192.0.2.0/24", "eth1 198.51.100.1/24"} {
		if !strings.Contains(missing.Problem, part) {
			t.Errorf("problem %q does not name %s", missing.Problem, part)
		}
	}
	one.Claim(1, ProbeNone)
	r := one.result(1)
	if r.Outcome != NoInterface || r.Err == nil || r.Err.Error() != missing.Problem {
		t.Errorf("claim: %v %v", r.Outcome, r.Err)
	}
	one.Probe(2, netip.MustParseAddr("192.0.2.1"))
	if r := one.result(2); r.Outcome != NoInterface {
		t.Errorf("probe: %v", r.Outcome)
	}
	l.plug(h, "eth0", nodeOne4)
	if got := await(one, func(u Uplink) bool { return u.Good() }); got.Interface != "eth0" || got.Problem != "" {
		t.Errorf("%+v", got)
	}
	one.mustClaim(3, ProbeFull)
}

func TestReferencesDecideTheUplink(t *testing.T) {
	for _, f := range []struct {
		family
		second string
	}{{families[0], "192.0.2.254"}, {families[1], "2001:db8::fe"}, {families[1], "192.0.2.254"}} {
		t.Run(f.name+" by "+f.second, func(t *testing.T) {
			l := newLAN(t)
			h := l.host(f.one, "192.0.2.7/25")
			cfg := config(f.vipNet)
			cfg.References = []netip.Addr{netip.MustParsePrefix(f.client).Addr(), netip.MustParseAddr(f.second)}
			cfg.ReferenceInterval = 20 * time.Millisecond
			one := h.run(cfg)
			silent := await(one, func(Uplink) bool { return true })
			if !silent.Carrier || silent.Reference || silent.Good() {
				t.Errorf("nobody answers: %+v", silent)
			}
			router := l.host(f.second + map[bool]string{true: "/64", false: "/24"}[strings.Contains(f.second, ":")])
			await(one, func(u Uplink) bool { return u.Good() })
			l.setPort(router, false) // This node keeps its carrier.
			if lost := await(one, func(u Uplink) bool { return !u.Reference }); !lost.Carrier {
				t.Errorf("%+v", lost)
			}
			l.setPort(router, true)
			await(one, func(u Uplink) bool { return u.Good() })
		})
	}
}

func TestReferencesRiseAndFall(t *testing.T) {
	const yes, no = true, false
	for _, c := range []struct {
		name   string
		rounds []bool // Answered or not, each a round.
		up     []bool // After each.
	}{
		{"the first answer decides", []bool{yes}, []bool{yes}},
		{"and so it does late", []bool{no, no, yes}, []bool{no, no, yes}},
		{"falls at three", []bool{yes, no, no, no}, []bool{yes, yes, yes, no}},
		{"two misses are forgiven", []bool{yes, no, no, yes, no, no, yes}, []bool{yes, yes, yes, yes, yes, yes, yes}},
		{"rises at two", []bool{no, no, no, yes, yes}, []bool{no, no, no, no, yes}},
		{"one answer between misses is nothing", []bool{no, no, no, yes, no, yes, no}, []bool{no, no, no, no, no, no, no}},
	} {
		t.Run(c.name, func(t *testing.T) {
			now := time.Unix(1000, 0)
			r := references{rise: 2, fall: 3, interval: time.Second}
			r.round(now)
			for i, answered := range c.rounds {
				if answered {
					r.answer()
					r.answer() // A second reference changes nothing.
				}
				now = r.next
				r.round(now)
				if r.up != c.up[i] {
					t.Errorf("after round %d: up %v", i, r.up)
				}
			}
		})
	}
}
