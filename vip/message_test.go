package vip

import (
	"bytes"
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/mdlayher/ndp"
	"golang.org/x/net/bpf"
)

var testMAC = net.HardwareAddr{2, 0, 0, 0, 0, 7}

func TestParsersReadWhatIsSent(t *testing.T) {
	ip4, ip6 := netip.MustParseAddr(vip4), netip.MustParseAddr(vip6)
	request, reply, err := arpAnnouncements(testMAC, ip4)
	must(t, err)
	advert, to, err := ndpAnnouncement(testMAC, ip6)
	must(t, err)
	if to.String() != "33:33:00:00:00:01" {
		t.Errorf("advertised to %v", to)
	}
	for _, c := range []struct {
		name  string
		parse parser
		b     []byte
		want  netip.Addr
	}{{"request", parseARP, request, ip4}, {"reply", parseARP, reply, ip4}, {"advertisement", parseNDP, advert, ip6}} {
		ip, mac, ok := c.parse(c.b, nil)
		if !ok || ip != c.want || !bytes.Equal(mac, testMAC) {
			t.Errorf("%s: %v %v %v", c.name, ip, mac, ok)
		}
	}
}

func TestQuestionsAreNoClaims(t *testing.T) {
	probe, err := arpQuestion(testMAC, netip.IPv4Unspecified(), netip.MustParseAddr(vip4))
	must(t, err)
	if ip, _, ok := parseARP(probe, nil); ok {
		t.Errorf("a probe claims %v", ip)
	}
	solicitation, to, err := ndpQuestion(netip.MustParseAddr(vip6))
	must(t, err)
	if ip, _, ok := parseNDP(solicitation, testMAC); ok {
		t.Errorf("a solicitation claims %v", ip)
	}
	if to.String() != "33:33:ff:00:02:15" {
		t.Errorf("asked at %v", to)
	}
}

func TestAdvertisementWithoutHardwareAddress(t *testing.T) {
	ip := netip.MustParseAddr(vip6)
	b, err := ndpMessage(&ndp.NeighborAdvertisement{TargetAddress: ip}, ip, netip.IPv6LinkLocalAllNodes())
	must(t, err)
	if _, mac, ok := parseNDP(b, testMAC); !ok || !bytes.Equal(mac, testMAC) {
		t.Errorf("%v %v, want that of the frame", mac, ok)
	}
	for name, spoil := range map[string]func([]byte){
		"crossed a router": func(b []byte) { b[7] = 254 },
		"not IPv6":         func(b []byte) { b[0] = 4 << 4 },
		"not ICMPv6":       func(b []byte) { b[6] = 17 },
		"too long":         func(b []byte) { b[4] = 0xff },
	} {
		spoilt := bytes.Clone(b)
		spoil(spoilt)
		if _, _, ok := parseNDP(spoilt, testMAC); ok {
			t.Errorf("accepted: %s", name)
		}
	}
}

func TestFilterPassesAdvertisementsAlone(t *testing.T) {
	vm, err := bpf.NewVM(advertOnly)
	must(t, err)
	advert, _, err := ndpAnnouncement(testMAC, netip.MustParseAddr(vip6))
	must(t, err)
	solicitation, _, err := ndpQuestion(netip.MustParseAddr(vip6))
	must(t, err)
	udp := bytes.Clone(advert)
	udp[6] = 17
	for _, c := range []struct {
		b    []byte
		pass bool
	}{{advert, true}, {solicitation, false}, {udp, false}, {advert[:headerLength], false}} {
		if n, err := vm.Run(c.b); err != nil || (n > 0) != c.pass {
			t.Errorf("%x: %d %v, want passed %v", c.b, n, err, c.pass)
		}
	}
}

func FuzzParsers(f *testing.F) {
	request, reply, _ := arpAnnouncements(testMAC, netip.MustParseAddr(vip4))
	advert, _, _ := ndpAnnouncement(testMAC, netip.MustParseAddr(vip6))
	for _, b := range [][]byte{nil, request, reply, advert, advert[:headerLength], {0, 1, 8, 0, 255, 255, 0, 1}} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, parse := range []parser{parseARP, parseNDP} {
			if ip, mac, ok := parse(b, testMAC); ok && (!ip.IsValid() || len(mac) != 6) {
				t.Errorf("%x: accepted as %v %v", b, ip, mac)
			}
		}
	})
}

func TestInquiryCalendar(t *testing.T) {
	start := time.Unix(1000, 0)
	one, two := netip.MustParseAddr(vip4), netip.MustParseAddr("192.0.2.1")
	q := newInquiry(start, ProbeFull, one, two)
	q.note(one, testMAC, start)
	if len(q.answers) != 0 {
		t.Error("an answer before the question")
	}
	var sent []netip.Addr
	now := start
	for !q.over(now) {
		if !q.due(now) {
			t.Fatalf("nothing to do at %v", now.Sub(start))
		}
		q.ask(now, func(a netip.Addr) error { sent = append(sent, a); return nil })
		now = q.next()
	}
	if len(sent) != 6 || now.Sub(start) != fullTime {
		t.Errorf("asked for %v in %v", sent, now.Sub(start))
	}
	for range 2 {
		q.note(one, testMAC, now)
		q.note(netip.MustParseAddr("192.0.2.9"), testMAC, now)
	}
	if len(q.answers) != 1 || q.answers[0].After != fullTime {
		t.Errorf("answers %+v, want one", q.answers)
	}
}

func TestInquiryCountsItsOwnLateness(t *testing.T) {
	start := time.Unix(1000, 0)
	ip := netip.MustParseAddr(vip4)
	nothing := func(netip.Addr) error { return nil }

	late := newInquiry(start, ProbeLook, ip)
	late.ask(start.Add(time.Second), nothing) // Asked late: the answer gets its time.
	if at := start.Add(time.Second + lookTime); late.over(at.Add(-1)) || !late.over(at) {
		t.Errorf("over at %v", late.end.Sub(start))
	}
	asleep := newInquiry(start, ProbeLook, ip)
	asleep.ask(start, nothing)
	woke := start.Add(time.Second)
	if asleep.over(woke) {
		t.Error("judged by what lay unread while this process slept")
	}
	if !asleep.over(woke.Add(time.Second)) {
		t.Error("put off twice")
	}
}

func TestSilenceAfterNoQuestionProvesNothing(t *testing.T) {
	start := time.Unix(1000, 0)
	broken := errors.New("network is down")
	q := newInquiry(start, ProbeFull, netip.MustParseAddr(vip4))
	q.ask(start, func(netip.Addr) error { return broken })
	if !errors.Is(q.unasked(), broken) {
		t.Errorf("unasked: %v", q.unasked())
	}
	q.ask(start, func(netip.Addr) error { return nil })
	if q.unasked() != nil {
		t.Errorf("unasked although one went out: %v", q.unasked())
	}
}

func TestAnswersAreBounded(t *testing.T) {
	start := time.Unix(1000, 0)
	ip := netip.MustParseAddr(vip4)
	q := newInquiry(start, ProbeFull, ip)
	q.ask(start, func(netip.Addr) error { return nil })
	for i := range 1000 {
		q.note(ip, net.HardwareAddr{2, 0, 0, 0, byte(i >> 8), byte(i)}, start)
	}
	if len(q.answers) != maxAnswers {
		t.Errorf("%d answers kept", len(q.answers))
	}
}
