package vip

import (
	"net/netip"
	"testing"
	"time"

	"github.com/mdlayher/packet"
)

func TestDeletedAddressComesBack(t *testing.T) {
	eachFamily(t, func(t *testing.T, f family) {
		l := newLAN(t)
		client := l.host(f.client)
		one := l.host(f.one).run(config(f.vipNet)).ready()
		one.mustClaim(1, ProbeNone)
		cidr := one.addresses("eth0", f.vip)[0].IPNet.String()

		client.believe(f.vip, ethernetBroadcast)
		at := time.Now()
		one.deleteAddress("eth0", cidr)
		got := await(one, func(PutBack) bool { return true })
		took := time.Since(at)
		if got.Times != 1 || got.Interface != "eth0" || took > 500*time.Millisecond {
			t.Errorf("%+v, %v after the deletion", got, took)
		}
		if len(one.addresses("eth0", f.vip)) != 1 {
			t.Error("reported, but not there")
		}
		eventually(t, "it is announced again", func() bool { return client.neighbour(f.vip) == one.mac("eth0").String() })
	})
}

func TestFightOverTheAddressIsBounded(t *testing.T) {
	l := newLAN(t)
	one := l.host(nodeOne4).run(config(vip4Net)).ready()
	one.mustClaim(1, ProbeNone)
	const rounds = 4
	at := time.Now()
	for times := 0; times < rounds; {
		one.deleteAddress("eth0", vip4+"/32")
		times += await(one, func(PutBack) bool { return true }).Times
	}
	if took := time.Since(at); took < (rounds-1)*restoreSpacing {
		t.Errorf("put back %d times in %v", rounds, took)
	}
}

func TestReleasedAddressIsNotPutBack(t *testing.T) {
	l := newLAN(t)
	one := l.host(nodeOne4).run(config(vip4Net)).ready()
	one.mustClaim(1, ProbeNone)
	one.Release(2)
	one.result(2)
	one.addAddress("eth0", vip4Net) // Somebody else's doing, seen and left alone.
	await(one, func(h Held) bool { return h.Held })
	one.deleteAddress("eth0", vip4Net)
	await(one, func(h Held) bool { return !h.Held })
	one.Probe(3, netip.MustParseAddr("192.0.2.1"))
	one.result(3)
	if got := one.addresses("eth0", vip4); len(got) != 0 {
		t.Errorf("put back: %v", got)
	}
}

func TestForeignClaimIsReportedAndDefendedOnce(t *testing.T) {
	eachFamily(t, func(t *testing.T, f family) {
		l := newLAN(t)
		one := l.host(f.one).run(config(f.vipNet)).ready()
		one.mustClaim(1, ProbeFull)
		stranger := l.host(f.vipNet)
		w, err := openWire(stranger.do, link{
			index: stranger.get("eth0").Attrs().Index, name: "eth0", mac: stranger.mac("eth0"),
		}, netip.MustParseAddr(f.vip))
		must(t, err)
		defer w.close()

		ticker := time.NewTicker(10 * time.Millisecond)
		defer ticker.Stop()
		stop := make(chan struct{})
		ended := make(chan struct{})
		go func() { // It shouts for as long as the test looks.
			defer close(ended)
			for {
				select {
				case <-ticker.C:
					_ = w.announce() // One more comes.
				case <-stop:
					return
				}
			}
		}()
		defer func() { close(stop); <-ended }()

		var frames <-chan heard
		if f.name == "IPv4" {
			frames = l.host(client4).sniff(vip4)
		}
		first := await(one, func(Foreign) bool { return true })
		if first.MAC.String() != stranger.mac("eth0").String() || !first.Defended {
			t.Errorf("first report: %+v, want %v defended", first, stranger.mac("eth0"))
		}
		at := time.Now()
		second := await(one, func(Foreign) bool { return true })
		if second.Defended || second.Count < 5 {
			t.Errorf("second report: %+v, want many claims and no defence", second)
		}
		if got := time.Since(at); got < rivalInterval/2 {
			t.Errorf("reported again after %v", got)
		}
		for len(frames) > 0 {
			if g := <-frames; g.SenderHardwareAddr.String() == one.mac("eth0").String() && g.at.After(at.Add(50*time.Millisecond)) {
				t.Errorf("announced %v after the defence", g.at.Sub(at))
			}
		}
		one.Release(2)
		if r := one.result(2); r.Outcome != Done {
			t.Errorf("yielding: %v", r.Outcome)
		}
	})
}

func TestQuietSecondHolderIsFound(t *testing.T) {
	l := newLAN(t)
	stranger := l.host(vip4Net)
	one := l.host(nodeOne4).run(config(vip4Net)).ready()
	one.mustClaim(1, ProbeNone) // Without a look; it is asked for later.
	got := await(one, func(Foreign) bool { return true })
	if got.MAC.String() != stranger.mac("eth0").String() {
		t.Errorf("%+v, want %v", got, stranger.mac("eth0"))
	}
}

// One frame that was on the way when the former holder released is no holder.
func TestOneLateAnnouncementDoesNotStopAClaim(t *testing.T) {
	for _, mode := range []ProbeMode{ProbeLook, ProbeFull} {
		t.Run(mode.String(), func(t *testing.T) {
			l := newLAN(t)
			former := l.host(nodeTwo4)
			w := former.openWire(t)
			defer w.close()
			question := former.sniff("0.0.0.0")
			one := l.host(nodeOne4).run(config(vip4Net)).ready()
			one.Claim(1, mode)
			next(t, question)
			must(t, w.announce())
			if r := one.result(1); r.Outcome != Done {
				t.Errorf("claim: %v held by %v", r.Outcome, r.MAC)
			}
		})
	}
}

func TestReturnedInterfaceAsksBeforeItTakesTheAddress(t *testing.T) {
	l := newLAN(t)
	h := l.host(nodeOne4)
	one := h.run(config(vip4Net)).ready()
	one.mustClaim(1, ProbeNone)
	must(t, h.link.LinkDel(h.get("eth0")))
	await(one, func(h Held) bool { return !h.Held })

	stranger := l.host(vip4Net) // Took it in the meantime.
	l.plug(h, "eth0", nodeOne4)
	got := await(one, func(Foreign) bool { return true })
	if got.MAC.String() != stranger.mac("eth0").String() {
		t.Errorf("%+v, want %v", got, stranger.mac("eth0"))
	}
	if got := h.addresses("eth0", vip4); len(got) != 0 {
		t.Errorf("took what answers: %v", got)
	}
	stranger.deleteAddress("eth0", vip4Net)
	if got := await(one, func(PutBack) bool { return true }); got.Absent < fullTime {
		t.Errorf("put back %v after the loss, without asking", got.Absent)
	}
}

func TestNewInterfaceOfTheNameIsTakenUp(t *testing.T) {
	eachFamily(t, func(t *testing.T, f family) {
		l := newLAN(t)
		client := l.host(f.client)
		h := l.host(f.one)
		one := h.run(config(f.vipNet)).ready()
		one.mustClaim(1, ProbeNone)
		must(t, h.link.LinkDel(h.get("eth0")))
		lost := await(one, func(u Uplink) bool { return !u.Carrier })
		if lost.Problem == "" || lost.Since.IsZero() {
			t.Errorf("%+v, want a problem and a time", lost)
		}
		client.believe(f.vip, ethernetBroadcast)
		l.plug(h, "eth0", f.one)
		await(one, func(PutBack) bool { return true })
		eventually(t, "the client knows the new hardware address", func() bool {
			return client.neighbour(f.vip) == h.mac("eth0").String()
		})
	})
}

func TestInterfaceDownAndUp(t *testing.T) {
	eachFamily(t, func(t *testing.T, f family) {
		l := newLAN(t)
		client := l.host(f.client)
		cfg := config(f.vipNet)
		cfg.Interface = "eth0" // Going down takes all IPv6 addresses with it.
		h := l.host(f.one)
		one := h.run(cfg).ready()
		one.mustClaim(1, ProbeNone)
		must(t, h.link.LinkSetDown(h.get("eth0")))
		await(one, func(u Uplink) bool { return !u.Carrier && u.Interface == "eth0" })
		client.believe(f.vip, ethernetBroadcast)
		must(t, h.link.LinkSetUp(h.get("eth0")))
		await(one, func(u Uplink) bool { return u.Carrier })
		eventually(t, "it is there and announced", func() bool {
			return len(h.addresses("eth0", f.vip)) == 1 && client.neighbour(f.vip) == h.mac("eth0").String()
		})
	})
}

func TestChangedHardwareAddressIsAnnounced(t *testing.T) {
	l := newLAN(t)
	client := l.host(client4)
	h := l.host(nodeOne4)
	one := h.run(config(vip4Net)).ready()
	one.mustClaim(1, ProbeNone)
	client.believe(vip4, h.mac("eth0"))
	mac := packet.Addr{HardwareAddr: []byte{2, 0, 0, 0, 0, 42}}.HardwareAddr
	must(t, h.link.LinkSetHardwareAddr(h.get("eth0"), mac))
	eventually(t, "the client knows it", func() bool { return client.neighbour(vip4) == mac.String() })
}
