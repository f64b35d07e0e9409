package translate

import (
	"errors"
	"net"
	"net/netip"
	"reflect"
	"testing"

	"github.com/futago-ha/futago/scheduler"
	"github.com/futago-ha/futago/vip"
)

// twoVIPs are an IPv4 and an IPv6 address that the machine knows as one.
func twoVIPs() *VIPs {
	return NewVIPs(netip.MustParseAddr("192.0.2.179"), "pi2", netip.MustParseAddr("192.0.2.215"), netip.MustParseAddr("2001:db8::215"))
}

func TestTwoVIPsAreOne(t *testing.T) {
	a := twoVIPs()
	for _, c := range []struct {
		index int
		in    vip.Report
		want  scheduler.Event
	}{
		{0, vip.Held{Held: true}, scheduler.VIPState{Known: false, Held: true}},
		{1, vip.Held{}, scheduler.VIPState{Known: true, Held: true}},
		{0, vip.Held{}, scheduler.VIPState{Known: true}},
		{0, vip.Uplink{Carrier: true, Reference: true}, scheduler.Uplink{}},
		{1, vip.Uplink{Carrier: true, Reference: false}, scheduler.Uplink{Carrier: true}},
		{1, vip.Uplink{Carrier: true, Reference: true}, scheduler.Uplink{Carrier: true, Reference: true}},
		{0, vip.Foreign{MAC: net.HardwareAddr{2, 0, 0, 0, 0, 9}}, scheduler.VIPContested{MAC: "02:00:00:00:00:09"}},
		{0, vip.Foreign{MAC: net.HardwareAddr{2, 0, 0, 0, 0, 9}, FromPeer: true}, scheduler.VIPContested{MAC: "02:00:00:00:00:09", Peer: true}},
	} {
		if got := a.Events(c.index, c.in); !reflect.DeepEqual(got, []scheduler.Event{c.want}) {
			t.Errorf("%+v became %+v, want %+v", c.in, got, c.want)
		}
	}
}

// TestResultsAreJoined: an order is done when both did it, and failed as soon
// as one could not.
func TestResultsAreJoined(t *testing.T) {
	mac := net.HardwareAddr{2, 0, 0, 0, 0, 9}
	for _, c := range []struct {
		name string
		in   [2]vip.Result
		want []scheduler.Event
	}{
		{"both", [2]vip.Result{{Outcome: vip.Done}, {Outcome: vip.Done}}, []scheduler.Event{scheduler.VIPDone{ID: 5, OK: true}}},
		{
			"foreign",
			[2]vip.Result{{Outcome: vip.ForeignHolder, MAC: mac}, {Outcome: vip.Done}},
			[]scheduler.Event{scheduler.VIPDone{ID: 5, Code: scheduler.CodeVIPForeign, Why: "the device 02:00:00:00:00:09 answers for it"}},
		},
		{
			"foreign, and it is the peer",
			[2]vip.Result{{Outcome: vip.ForeignHolder, MAC: mac, FromPeer: true}, {Outcome: vip.NoCarrier, Interface: "eth0"}},
			[]scheduler.Event{scheduler.VIPDone{ID: 5, Code: scheduler.CodeVIPForeign, Why: "pi2 (02:00:00:00:00:09) answers for it", Peer: true}},
		},
		{
			"no carrier",
			[2]vip.Result{{Outcome: vip.Done}, {Outcome: vip.NoCarrier, Interface: "eth0"}},
			[]scheduler.Event{scheduler.VIPDone{ID: 5, Code: scheduler.CodeNoUplink, Why: "its interface eth0 has no carrier"}},
		},
		{
			"refused",
			[2]vip.Result{{Outcome: vip.Failed, Err: errors.New("add address: no buffer")}, {Outcome: vip.Done}},
			[]scheduler.Event{scheduler.VIPDone{ID: 5, Code: scheduler.CodeVIP, Why: "add address: no buffer"}},
		},
		{"superseded", [2]vip.Result{{Outcome: vip.Superseded}, {Outcome: vip.Superseded}}, nil},
	} {
		a := twoVIPs()
		a.Ordered(5, 2)
		c.in[0].ID, c.in[1].ID = 5, 5
		if got := a.Events(0, c.in[0]); got != nil {
			t.Errorf("%s: half an order became %+v", c.name, got)
		}
		if got := a.Events(1, c.in[1]); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s became %+v, want %+v", c.name, got, c.want)
		}
		if got := a.Events(1, c.in[1]); got != nil || len(a.order) != 0 {
			t.Errorf("%s: a result without an order became %+v", c.name, got)
		}
	}
}

func TestProbeAnswers(t *testing.T) {
	a := twoVIPs()
	for _, c := range []struct {
		answers []vip.Answer
		outcome vip.Outcome
		want    scheduler.Probed
	}{
		{nil, vip.Done, scheduler.Probed{ID: 6, OK: true}},
		{nil, vip.NoCarrier, scheduler.Probed{ID: 6}},
		{[]vip.Answer{{Address: a.peer}}, vip.Done, scheduler.Probed{ID: 6, OK: true, Peer: true}},
		{[]vip.Answer{{Address: a.own[1]}}, vip.Done, scheduler.Probed{ID: 6, OK: true, VIP: true}},
	} {
		a.Ordered(6, 1)
		got := a.Events(0, vip.Result{ID: 6, Order: vip.OrderProbe, Outcome: c.outcome, Answers: c.answers})
		if !reflect.DeepEqual(got, []scheduler.Event{c.want}) {
			t.Errorf("%+v became %+v, want %+v", c.answers, got, c.want)
		}
	}
}
