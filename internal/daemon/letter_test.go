package daemon

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/futago-ha/futago/membership"
	"github.com/futago-ha/futago/scheduler"
)

// most is the greatest number in a letter: sessions have 48 bits, and the
// numbers of tests are built on them.
const most = 1<<48 - 1

// largestLetter has every field at its greatest length, but for the texts that
// have none.
func largestLetter() scheduler.Letter {
	name := strings.Repeat("n", 63) // config's limit
	at := time.Date(2026, 11, 22, 14, 3, 10, 123456789, time.FixedZone("", 9*3600+30*60))
	code := "CONTAINER_CREATE_FAILED"
	return scheduler.Letter{
		From: name, Boot: strings.Repeat("b", 36), Session: most, To: most, Seq: most, Echo: most,
		State: scheduler.State{
			Known: true, Term: most, Own: most, Serving: true, Healthy: true, Released: most, Returned: most, Leading: most,
			StopFail: most, Offer: most, Why: strings.Repeat("w", 80), Ask: most, OnOffer: true, Refuse: code, NotReady: code,
			Ready: true, Standby: true, Maint: true, MaintMark: most, MaintUntil: at.Truncate(time.Second).UTC(), Quarantine: true, Uplink: true, Lacks: scheduler.LacksReference, Fenceable: true, Unarmed: "BOARD_SILENT",
			AckUnarm: true, Unwatched: true, Holding: true, TurnOff: true, Wire: scheduler.Wire{Result: scheduler.WireFailed, At: at, Fault: scheduler.FaultCrossed},
			TestAsk: most, TestOK: most, TestSaw: most, TestMissed: most, TestCross: most,
			Leaving: scheduler.Rebooting, Within: time.Hour, AckLeft: most, Trusts: true,
			Software: "v1.22.33-20261122140310-0123456789ab", Digest: strings.Repeat("d", 32), Started: at, Woken: "restoration",
			Next: at, Reboot: scheduler.Outcome{At: at, Result: scheduler.RebootSkipped, Code: code, Why: strings.Repeat("w", 80)},
		},
		Request: &scheduler.Request{ID: most, Verb: scheduler.VerbMaintenance, Node: name, Now: true, By: "uid 4294967295 (pid 4194304)"},
	}
}

// TestLargestLetterFits: a letter over the limit would never be sent, the pair
// would fall silent for it, and silence is answered with a fence.
func TestLargestLetterFits(t *testing.T) {
	for _, long := range []string{"", "short", strings.Repeat("a line that an engine wrote, ", 100), strings.Repeat("<\"\x01>", 500)} {
		l := largestLetter()
		l.State.Why, l.Request.By = long, long
		l.Reply = &scheduler.Reply{ID: most, OK: true, Text: long}
		data, err := encodeLetter(l)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("texts of %d bytes: %d of %d bytes", len(long), len(data), membership.MaxPayload)
		if len(data) > membership.MaxPayload {
			t.Errorf("with texts of %d bytes a letter takes %d, at most %d are sent", len(long), len(data), membership.MaxPayload)
		}
		if l.Reply.Text != long || l.Request.By != long {
			t.Error("the machine's own texts were cut")
		}
		got, err := decodeLetter(data)
		if err != nil {
			t.Fatal(err)
		}
		if got.State.Term != most || got.Request.ID != most || got.Reply.ID != most || !got.Reply.OK {
			t.Errorf("more than texts was cut: %+v", got)
		}
	}
}

// TestLargestLetterIsFull keeps the letter above honest when fields come.
func TestLargestLetterIsFull(t *testing.T) {
	l := largestLetter()
	for _, v := range []reflect.Value{reflect.ValueOf(l.State), reflect.ValueOf(*l.Request)} {
		for i := range v.NumField() {
			if v.Field(i).IsZero() {
				t.Errorf("%s.%s is empty: give it its greatest length", v.Type(), v.Type().Field(i).Name)
			}
		}
	}
}

func TestLetterComesBack(t *testing.T) {
	want := largestLetter()
	want.Boot, want.State.Why = "b", "raspberrypi-1 is on standby"
	want.State.Next, want.State.Reboot = time.Time{}, scheduler.Outcome{} // left out where all is at its longest
	data, err := encodeLetter(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := decodeLetter(data)
	if err != nil {
		t.Fatal(err)
	}
	if !got.State.Started.Equal(want.State.Started) || !got.State.Wire.At.Equal(want.State.Wire.At) {
		t.Error("times came back changed")
	}
	want.State.Started, got.State.Started = time.Time{}, time.Time{}
	want.State.Wire.At, got.State.Wire.At = time.Time{}, time.Time{}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// TestZoneOfALetterIsNoChange: a letter from a node in another time zone says
// the same each time. Were its times kept with their zone, no two letters would
// be equal, and the machine would write its state for each.
func TestZoneOfALetterIsNoChange(t *testing.T) {
	data, err := encodeLetter(largestLetter())
	if err != nil {
		t.Fatal(err)
	}
	one, err := decodeLetter(data)
	if err != nil {
		t.Fatal(err)
	}
	two, err := decodeLetter(data)
	if err != nil {
		t.Fatal(err)
	}
	if one.State != two.State {
		t.Errorf("the same letter was read as\n%+v and as\n%+v", one.State, two.State)
	}
}

// TestLetterTellsTheCalendar: an ordinary letter has room for it.
func TestLetterTellsTheCalendar(t *testing.T) {
	at := time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC)
	want := largestLetter()
	want.Request, want.State.Why, want.State.Offer = nil, "", 0
	want.From, want.State.Next = "raspberrypi-1", at
	want.State.Reboot = scheduler.Outcome{At: at.Add(-24 * time.Hour), Result: scheduler.RebootSkipped, Code: "STANDBY", Why: "raspberrypi-2 is not ready (STANDBY)"}
	data, err := encodeLetter(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := decodeLetter(data)
	if err != nil || got.State.Next != at || got.State.Reboot != want.State.Reboot {
		t.Errorf("%+v %+v, %v", got.State.Next, got.State.Reboot, err)
	}
}

// FuzzLetter: whatever comes under the key is decoded and taken by a machine
// without a panic, and what the machine then says still fits.
func FuzzLetter(f *testing.F) {
	data, err := encodeLetter(largestLetter())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"n":"raspberrypi-2","b":"x","s":2,"t":7,"q":1,"x":{"k":true}}`))
	f.Add([]byte(`{"n":"raspberrypi-2","s":18446744073709551615,"t":7,"q":18446744073709551615,"e":1,"x":{"T":18446744073709551615}}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := decodeLetter(data)
		if err != nil {
			return
		}
		m := scheduler.New(scheduler.Config{Self: one, Peer: two, First: true, Preferred: true, Hold: 12 * time.Second},
			scheduler.Disk{}, scheduler.Boot{ID: "b", Session: 7, Now: 1, Wall: time.Unix(1, 0)})
		for i, e := range []scheduler.Event{
			scheduler.Received{Letter: l}, scheduler.Tick{Wall: time.Unix(2, 0)}, scheduler.Received{Letter: l}, scheduler.Tick{},
		} {
			for _, a := range m.Step(scheduler.Instant(i+2)*scheduler.Instant(time.Second), e) {
				if s, ok := a.(scheduler.Send); ok {
					if _, err := encodeLetter(s.Letter); err != nil {
						t.Errorf("the answer cannot be encoded: %v", err)
					}
				}
			}
		}
		m.View()
	})
}

// TestLetterOfAnotherVersion: what a newer version adds is passed over, and
// what an older one does not say is as if it said no. A letter that could not be
// read would be silence, and silence is answered with a fence.
func TestLetterOfAnotherVersion(t *testing.T) {
	newer := `{"n":"raspberrypi-2","b":"boot","s":7,"t":9,"q":3,"e":2,"later":{"a":[1]},"x":{"k":true,"T":4,"O":4,"S":true,"another":"word"}}`
	l, err := decodeLetter([]byte(newer))
	if err != nil {
		t.Fatal(err)
	}
	if l.From != "raspberrypi-2" || l.To != 9 || l.State.Own != 4 || !l.State.Serving || l.State.Ready {
		t.Errorf("got %+v", l)
	}
}
