package vip

import (
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// keeper returns the loop's state on h, with sockets open but no loop running:
// the test is the loop.
func (h *host) keeper(cfg Config) *keeper {
	h.t.Helper()
	v, err := New(cfg)
	must(h.t, err)
	v.enter = h.do
	group := new(errgroup.Group)
	k := newKeeper(v, h.kernel(), group)
	h.t.Cleanup(func() {
		k.closeWire()
		must(h.t, group.Wait())
	})
	eventually(h.t, "the interface is usable", func() bool {
		k.relist(time.Now())
		return k.usable()
	})
	drain(v.out)
	return k
}

// reports of kind T that the keeper has put out.
func reports[T Report](k *keeper) (found []T) {
	for _, r := range drain(k.vip.out) {
		if is, ok := r.(T); ok {
			found = append(found, is)
		}
	}
	return found
}

func TestDefenceIsOnceInTenSeconds(t *testing.T) {
	l := newLAN(t)
	k := l.host(nodeOne4).keeper(config(vip4Net))
	k.take(order{id: 1, kind: OrderClaim}, time.Now())
	drain(k.vip.out)
	mac := net.HardwareAddr{2, 0, 0, 0, 0, 9}

	start := k.keep.since
	k.meetRival(mac, start.Add(rivalGrace-1))
	if got := reports[Foreign](k); len(got) != 0 {
		t.Errorf("what was on the way was reported: %+v", got)
	}
	var defended, reported []time.Duration
	claims := 0
	for at := rivalGrace; at <= 25*time.Second; at += 100 * time.Millisecond {
		k.meetRival(mac, start.Add(at))
		claims++
		for _, r := range reports[Foreign](k) {
			claims -= r.Count
			reported = append(reported, at)
			if r.Defended {
				defended = append(defended, at)
			}
		}
	}
	if len(defended) != 3 {
		t.Errorf("defended at %v, want three times in 25 s", defended)
	}
	for i := 1; i < len(defended); i++ {
		if gap := defended[i] - defended[i-1]; gap < defendInterval {
			t.Errorf("defended again after %v", gap)
		}
	}
	if len(reported) > 30 || claims > 10 {
		t.Errorf("%d reports, %d claims not counted", len(reported), claims)
	}
}

func TestBrokenSocketIsOpenedAgain(t *testing.T) {
	l := newLAN(t)
	k := l.host(nodeOne4).keeper(config(vip4Net))
	k.startProbe(order{id: 1, kind: OrderProbe, addrs: []netip.Addr{netip.MustParseAddr("192.0.2.1")}})
	broken := k.wire
	k.see(sighting{wire: broken, at: time.Now(), err: errors.New("read: no buffer space")})
	if k.wire != nil || k.usable() {
		t.Fatal("the broken socket is still in use")
	}
	var result *Result
	var uplink *Uplink
	for _, r := range drain(k.vip.out) {
		switch r := r.(type) {
		case Result:
			result = &r
		case Uplink:
			uplink = &r
		}
	}
	if result == nil || result.Outcome != NoInterface || result.Err == nil || result.Err.Error() == "" {
		t.Errorf("probe through it: %+v", result)
	}
	if uplink == nil || uplink.Good() || uplink.Problem == "" {
		t.Errorf("uplink: %+v", uplink)
	}
	if wait := time.Until(k.next()); wait > retryPause {
		t.Errorf("tried again in %v only", wait)
	}
	k.tick(k.listAt)
	if !k.usable() {
		t.Error("not opened again")
	}
	k.see(sighting{wire: broken, at: time.Now(), err: errors.New("late word of the old one")})
	if !k.usable() {
		t.Error("the old socket closed the new one")
	}
}

func TestAnnouncementIsHeldBackWhenTheAddressIsGone(t *testing.T) {
	l := newLAN(t)
	h := l.host(nodeOne4)
	frames := l.host(client4).sniff(vip4)
	k := h.keeper(config(vip4Net))
	k.take(order{id: 1, kind: OrderClaim}, time.Now())
	next(t, frames)
	next(t, frames)

	h.deleteAddress("eth0", vip4+"/32")
	before := k.announce.sent
	k.sendAnnouncement(time.Now())
	if k.announce.sent != before || len(k.changed) != 1 {
		t.Errorf("announced what is not here: sent %d, token %d", k.announce.sent, len(k.changed))
	}
	k.relist(time.Now())
	if got := reports[PutBack](k); len(got) != 1 {
		t.Errorf("put back: %+v", got)
	}
	request := next(t, frames)
	if request.SenderIP.String() != vip4 {
		t.Errorf("after the return came %+v", request)
	}
}

func TestLoopSleepsWhenThereIsNothingToDo(t *testing.T) {
	l := newLAN(t)
	h := l.host(nodeOne4)
	k := h.keeper(config(vip4Net))
	now := time.Now()
	k.tick(now)
	if wait := k.next().Sub(now); wait < listPeriod/2 {
		t.Errorf("idle, it looks again in %v", wait)
	}
	k.take(order{id: 1, kind: OrderClaim}, now)
	l.setPort(h, false)
	eventually(t, "no carrier", func() bool { k.relist(time.Now()); return !k.usable() })
	h.deleteAddress("eth0", vip4+"/32")
	k.relist(time.Now())
	now = k.announce.next // The announcement that was due finds no carrier and is given up.
	k.tick(now)
	if wait := k.next().Sub(now); wait < listPeriod/2 {
		t.Errorf("address lost, no carrier: it looks again in %v, for nothing", wait)
	}
	if got := reports[PutBack](k); len(got) != 0 {
		t.Errorf("put back without carrier: %+v", got)
	}
}

func TestOwnSecondInterfaceIsNoRival(t *testing.T) {
	l := newLAN(t)
	h := l.host(nodeOne4)
	l.plug(h, "eth1") // Linux answers on every interface for every address.
	k := h.keeper(config(vip4Net))
	k.take(order{id: 1, kind: OrderClaim}, time.Now())
	drain(k.vip.out)
	later := k.keep.since.Add(time.Second)
	k.see(sighting{wire: k.wire, addr: k.ip, mac: h.mac("eth1"), at: later})
	if got := reports[Foreign](k); len(got) != 0 {
		t.Errorf("this node is a stranger to itself: %+v", got)
	}
	k.see(sighting{wire: k.wire, addr: k.ip, mac: net.HardwareAddr{2, 0, 0, 0, 0, 9}, at: later})
	if got := reports[Foreign](k); len(got) != 1 {
		t.Errorf("a stranger was missed: %+v", got)
	}
}

func TestReferenceIsAskedFromTheInterfacesOwnAddress(t *testing.T) {
	l := newLAN(t)
	cfg := config(vip4Net)
	cfg.References = []netip.Addr{netip.MustParseAddr("192.0.2.254")}
	asked := l.host(client4).sniff("192.0.2.211")
	l.host(nodeOne4).run(cfg)
	if f := next(t, asked); f.TargetIP != cfg.References[0] {
		t.Errorf("asked for %v", f.TargetIP)
	}
}

func TestAnnouncementThatDidNotGoOutIsSentAgain(t *testing.T) {
	l := newLAN(t)
	h := l.host(nodeOne4)
	k := h.keeper(config(vip4Net))
	must(t, h.link.LinkSetDown(h.get("eth0"))) // Not seen yet: the loop has not listed.
	now := time.Now()
	k.announce.begin(now)
	k.sendUnchecked(now)
	if k.announce.sent != 0 || k.announce.next.Sub(now) != sendRetry {
		t.Errorf("sent %d, next in %v", k.announce.sent, k.announce.next.Sub(now))
	}
}

func TestClaimOnAnInterfaceThatJustVanished(t *testing.T) {
	l := newLAN(t)
	h := l.host(nodeOne4)
	k := h.keeper(config(vip4Net))
	must(t, h.link.LinkDel(h.get("eth0"))) // Not seen yet.
	k.startClaim(order{id: 1, kind: OrderClaim, at: time.Now()})
	got := reports[Result](k)
	if len(got) != 1 || got[0].Outcome != NoInterface || got[0].Err == nil {
		t.Errorf("results: %+v", got)
	}
	if k.keep.on || k.usable() {
		t.Error("it believes to keep an address on nothing")
	}
}

func TestQuestionsThatCannotBeSentFailTheClaim(t *testing.T) {
	l := newLAN(t)
	h := l.host(nodeOne4)
	k := h.keeper(config(vip4Net))
	must(t, h.link.LinkSetDown(h.get("eth0"))) // Not seen yet: every question is refused.
	now := time.Now()
	k.startClaim(order{id: 1, kind: OrderClaim, probe: ProbeLook, at: now})
	for k.claim != nil {
		now = k.claim.inquiry.next()
		k.tickClaim(now)
	}
	got := reports[Result](k)
	if len(got) != 1 || got[0].Outcome != Failed || got[0].Err == nil {
		t.Errorf("results: %+v; silence was taken for proof", got)
	}
}
