package vip

import (
	"context"
	"net"
	"reflect"
	"testing"
	"testing/synctest"
	"time"
)

func drain(m *mailbox) (all []Report) {
	for r, ok := m.take(); ok; r, ok = m.take() {
		all = append(all, r)
	}
	return all
}

func TestMailboxKeepsResultsAndTheNewestLevels(t *testing.T) {
	m := newMailbox()
	mac := net.HardwareAddr{2, 0, 0, 0, 0, 1}
	for id := range uint64(1000) {
		m.put(Held{Held: id%2 == 0})
		m.put(Uplink{Carrier: id%2 == 0})
		m.put(PutBack{Times: 1, Absent: time.Duration(1000 - id)})
		m.put(Foreign{Count: 1, Defended: id == 5})
		m.put(Result{ID: id})
	}
	m.put(Foreign{MAC: mac, Count: 2})
	got := drain(m)
	if len(got) != 1004 {
		t.Fatalf("%d reports, want 1000 results and 4 levels", len(got))
	}
	last := got[len(got)-1]
	if want := (Foreign{MAC: mac, Count: 1002, Defended: true}); !reflect.DeepEqual(last, want) {
		t.Errorf("last %+v, want %+v", last, want)
	}
	id := uint64(0)
	for _, r := range got {
		switch r := r.(type) {
		case Result:
			if r.ID != id {
				t.Fatalf("result %d, want %d", r.ID, id)
			}
			id++
		case PutBack:
			if r.Times != 1000 || r.Absent != 1000 {
				t.Errorf("%+v", r)
			}
		case Held:
			if r.Held {
				t.Errorf("%+v is not the newest", r)
			}
		case Uplink:
			if r.Carrier {
				t.Errorf("%+v is not the newest", r)
			}
		}
	}
}

func TestPumpDeliversInOrderAndEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMailbox()
		ctx, cancel := context.WithCancel(t.Context())
		out := make(chan Report)
		ended := make(chan error)
		go func() { ended <- m.pump(ctx, out) }()
		synctest.Wait() // It waits for something to deliver.
		m.put(Result{ID: 1})
		synctest.Wait() // It waits for a reader.
		m.put(Result{ID: 2})
		for id := uint64(1); id <= 2; id++ {
			if r := (<-out).(Result); r.ID != id {
				t.Errorf("result %d, want %d", r.ID, id)
			}
		}
		m.put(Result{ID: 3})
		synctest.Wait()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestAnnounceOrdersDoNotPileUp(t *testing.T) {
	v, err := New(config(vip4Net))
	must(t, err)
	for range 1000 {
		v.Announce()
	}
	v.Release(1)
	v.Announce()
	if got := v.takeOrders(); len(got) != 3 {
		t.Errorf("%d orders wait, want announce, release, announce", len(got))
	}
}

func TestCodesAreStable(t *testing.T) {
	for o, want := range map[Outcome]string{
		Done: "DONE", ForeignHolder: "FOREIGN", NoCarrier: "NO_CARRIER", NoInterface: "NO_INTERFACE",
		Failed: "FAILED", Superseded: "SUPERSEDED", 0: "Outcome(0)",
	} {
		if o.String() != want {
			t.Errorf("%d: %s, want %s", o, o, want)
		}
	}
	for o, want := range map[Order]string{OrderClaim: "claim", OrderRelease: "release", OrderProbe: "probe", orderAnnounce: "announce", 9: "Order(9)"} {
		if o.String() != want {
			t.Errorf("%d: %s, want %s", o, o, want)
		}
	}
	for m, want := range map[ProbeMode]string{ProbeNone: "none", ProbeLook: "look", ProbeFull: "full", 9: "ProbeMode(9)"} {
		if m.String() != want {
			t.Errorf("%d: %s, want %s", m, m, want)
		}
	}
}
