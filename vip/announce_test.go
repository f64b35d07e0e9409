package vip

import (
	"bytes"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/mdlayher/arp"
	"github.com/mdlayher/packet"
)

// heard is one ARP frame as it came off the wire.
type heard struct {
	to, from net.HardwareAddr // Of the Ethernet header.
	arp.Packet
	at time.Time
}

// sniff returns the ARP frames that reach eth0 of h, announcing who sends as ip.
func (h *host) sniff(ip string) <-chan heard {
	h.t.Helper()
	var conn *packet.Conn
	must(h.t, h.do(func() (err error) {
		ifi := &net.Interface{Index: h.get("eth0").Attrs().Index}
		conn, err = packet.Listen(ifi, packet.Raw, etherTypeARP, nil)
		return err
	}))
	out := make(chan heard, 1024)
	ended := make(chan struct{})
	h.t.Cleanup(func() { conn.Close(); <-ended })
	go func() {
		defer close(ended)
		b := make([]byte, frameSize)
		for {
			n, _, err := conn.ReadFrom(b)
			if err != nil {
				return
			}
			f := heard{to: bytes.Clone(b[:6]), from: bytes.Clone(b[6:12]), at: time.Now()}
			if f.UnmarshalBinary(b[14:n]) == nil && f.SenderIP.String() == ip {
				out <- f
			}
		}
	}()
	return out
}

func next(t *testing.T, frames <-chan heard) heard {
	t.Helper()
	select {
	case f := <-frames:
		return f
	case <-time.After(giveUp):
		t.Fatal("no frame came")
		return heard{}
	}
}

func TestAnnouncementsOnTheWire(t *testing.T) {
	l := newLAN(t)
	frames := l.host(client4).sniff(vip4)
	one := l.host(nodeOne4).run(config(vip4Net)).ready()
	mac := one.mac("eth0")
	one.mustClaim(1, ProbeNone)

	var first time.Time
	for i := range len(quick) + 1 {
		request, reply := next(t, frames), next(t, frames)
		for _, f := range []heard{request, reply} {
			if !bytes.Equal(f.to, ethernetBroadcast) || !bytes.Equal(f.from, mac) || !bytes.Equal(f.SenderHardwareAddr, mac) {
				t.Errorf("%v from %v to %v by %v, want a broadcast from %v", f.Operation, f.from, f.to, f.SenderHardwareAddr, mac)
			}
			if f.TargetIP.String() != vip4 {
				t.Errorf("%v: target %v, want %v itself", f.Operation, f.TargetIP, vip4)
			}
		}
		if request.Operation != arp.OperationRequest || !bytes.Equal(request.TargetHardwareAddr, ethernetZero) {
			t.Errorf("first form: %+v", request)
		}
		if reply.Operation != arp.OperationReply || !bytes.Equal(reply.TargetHardwareAddr, mac) {
			t.Errorf("second form: %+v", reply)
		}
		switch i { // The exact calendar is another test's; a busy machine stamps late.
		case 0:
			first = request.at
		case len(quick):
			if got := request.at.Sub(first); got < time.Second {
				t.Errorf("the first spaced one came %v after the first: within its locktime", got)
			}
		}
	}
}

func TestAnnounceStartsAgain(t *testing.T) {
	l := newLAN(t)
	frames := l.host(client4).sniff(vip4)
	one := l.host(nodeOne4).run(config(vip4Net)).ready()
	one.Announce() // Not held: nothing may go out.
	one.mustClaim(1, ProbeNone)
	for range 2 * len(quick) {
		next(t, frames)
	}
	at := time.Now()
	one.Announce()
	if got := next(t, frames).at.Sub(at); got > spacing/2 {
		t.Errorf("came %v after Announce: that was the calendar's", got)
	}
	one.Release(2)
	one.result(2)
	one.Announce()
	one.Probe(3, netip.MustParseAddr("192.0.2.1")) // Takes 300 ms: a stray announcement would come.
	one.result(3)
	for len(frames) > 0 {
		if f := <-frames; f.at.Sub(at) > 250*time.Millisecond {
			t.Errorf("announced after the release: %+v", f)
		}
	}
}

// A neighbour that was just learnt is locked for a second in Linux. Each form
// must get past that alone, or half of the clients would wait for the second
// announcement; the form with a broadcast target does not, which is why it is
// not used.
func TestEachFormGetsPastTheLocktime(t *testing.T) {
	l := newLAN(t)
	client := l.host(client4)
	h := l.host(nodeOne4)
	mac, old := h.mac("eth0"), net.HardwareAddr{2, 0, 0, 0, 0, 1}
	ip := netip.MustParseAddr(vip4)
	request, reply, err := arpAnnouncements(mac, ip)
	must(t, err)
	broadcastTarget, err := arpMessage(arp.OperationReply, mac, ip, ethernetBroadcast, ip)
	must(t, err)
	frames := client.sniff(vip4)
	for _, form := range []struct {
		name    string
		payload []byte
		taken   bool
	}{{"request", request, true}, {"reply", reply, true}, {"reply with broadcast target", broadcastTarget, false}} {
		client.believe(vip4, old)
		w := h.openWire(t)
		must(t, w.send(&frame{w.arp, packet.Addr{HardwareAddr: ethernetBroadcast}, form.payload}))
		next(t, frames)
		if form.taken {
			eventually(t, form.name+" is taken", func() bool { return client.neighbour(vip4) == mac.String() })
		} else if got := client.neighbour(vip4); got != old.String() {
			t.Errorf("%s: taken at once by %s; the reason not to use it is gone", form.name, got)
		}
		w.close()
	}
}

// openWire opens sockets on eth0 for a test that speaks itself.
func (h *host) openWire(t testing.TB) *wire {
	t.Helper()
	l := link{index: h.get("eth0").Attrs().Index, name: "eth0", mac: h.mac("eth0")}
	w, err := openWire(h.do, l, netip.MustParseAddr(vip4))
	must(t, err)
	return w
}

func TestWireNeedsEthernet(t *testing.T) {
	l := newLAN(t)
	h := l.host()
	for _, bad := range []link{
		{index: h.get("lo").Attrs().Index, name: "lo"},                       // No hardware address.
		{index: 4711, name: "gone", mac: net.HardwareAddr{2, 0, 0, 0, 0, 1}}, // No interface.
	} {
		if w, err := openWire(h.do, bad, netip.MustParseAddr(vip4)); err == nil {
			w.close()
			t.Errorf("opened %s", bad.name)
		}
	}
}

func TestAnnouncerCalendar(t *testing.T) {
	start := time.Unix(1000, 0)
	var a announcer
	if a.due(start) {
		t.Error("due without a claim")
	}
	a.begin(start)
	var gaps []time.Duration
	now := start
	for range len(quick) + spacedCount {
		if !a.due(a.next) || a.due(a.next.Add(-1)) {
			t.Errorf("not due at %v alone", a.next)
		}
		gaps = append(gaps, a.next.Sub(now))
		now = a.next
		a.done(now)
	}
	sum := time.Duration(0)
	for i, gap := range gaps[1:] {
		if i < len(quick)+spacedCount-1 {
			sum += gap
		}
		if i >= len(quick)-1 && gap <= time.Second {
			t.Errorf("gap %d is %v: within the locktime", i, gap)
		}
	}
	if sum < 5*time.Second || sum > 10*time.Second {
		t.Errorf("the announcements after the claim take %v, want 5 to 10 s", sum)
	}
	if a.next.Sub(now) != refreshPeriod {
		t.Errorf("then %v, want the refresh", a.next.Sub(now))
	}
	a.failed(now)
	if a.next.Sub(now) != sendRetry {
		t.Errorf("retry after %v", a.next.Sub(now))
	}
	a.calm(now)
	if a.next.Sub(now) != defendInterval {
		t.Errorf("calm for %v", a.next.Sub(now))
	}
	a.done(now)
	if a.next.Sub(now) != refreshPeriod {
		t.Errorf("after the calm %v", a.next.Sub(now))
	}
	a.stop()
	if a.due(now.Add(time.Hour)) {
		t.Error("due after stop")
	}
}
