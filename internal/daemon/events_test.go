package daemon

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/futago-ha/futago/fencing"
	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/membership"
	"github.com/futago-ha/futago/resources"
	"github.com/futago-ha/futago/scheduler"
)

func TestMemberEvents(t *testing.T) {
	d := newDaemon(t)
	for _, c := range []struct {
		in   membership.Event
		want []scheduler.Event
	}{
		{membership.Alive{}, []scheduler.Event{scheduler.Link{Up: true}}},
		{membership.Lost{}, []scheduler.Event{scheduler.Link{Up: false}}},
		{membership.Slept{For: time.Second}, []scheduler.Event{scheduler.Slept{For: time.Second}}},
		{membership.Message{Payload: []byte(`{"n":"x","q":3}`)}, []scheduler.Event{scheduler.Received{Letter: scheduler.Letter{From: "x", Seq: 3}}}},
		{membership.Message{Payload: []byte(`{`)}, nil},
	} {
		if got := d.fromMember(c.in); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%T became %+v, want %+v", c.in, got, c.want)
		}
	}
}

// TestTroublesAreClear: each trouble becomes one entry that names this node and
// says what to do.
func TestTroublesAreClear(t *testing.T) {
	d := newDaemon(t)
	for text, code := range map[string]membership.Code{
		"An unknown node (192.0.2.50) was refused because it talked without encryption.":                  membership.NotEncrypted,
		"raspberrypi-2 (192.0.2.179) was refused because it used a key that raspberrypi-1 does not have.": membership.KeyMismatch,
		"raspberrypi-1 could not listen on 192.0.2.211:7946 because no interface had that address.":       membership.AddressMissing,
		"raspberrypi-2 was met at [2001:db8::1]:7946 although the configuration says [2001:db8::2]:7946.": membership.PeerMoved,
		"raspberrypi-1 could not listen because \u2026 was open.":                                         membership.AddressInUse,
	} {
		d.fromMember(membership.Trouble{Code: code, Text: text})
		e := d.journal.last
		if e.Code != string(code) || e.Do == "" || !strings.Contains(e.Text, "raspberrypi-") || strings.HasSuffix(e.Text, ".") || e.Text != ascii(e.Text) {
			t.Errorf("%s became %+v", code, e)
		}
	}
	d.fromMember(membership.Trouble{Code: membership.OtherCluster, Text: "An unknown node (192.0.2.50) was refused because it belongs to cluster \"b\"."})
	if want := one + ` refused an unknown node (192.0.2.50), because it belongs to cluster "b"`; d.journal.last.Text != want {
		t.Errorf("got  %q\nwant %q", d.journal.last.Text, want)
	}
}

// TestBoardThatFallsSilent writes one entry when it begins and one at its end.
func TestBoardThatFallsSilent(t *testing.T) {
	d := newDaemon(t)
	d.fromFencer(fencing.BoardInfo{Armed: true, Wake: []string{"poweron"}})
	if d.journal.last != nil {
		t.Fatalf("a board that answers is no news: %+v", d.journal.last)
	}
	silent := fencing.BoardInfo{Err: errors.Join(errors.New("no acknowledge"), errors.New("again"))}
	events := d.fromFencer(silent)
	if b := events[0].(scheduler.Board); b.OK || b.Why == "" {
		t.Errorf("a silent board became %+v", b)
	}
	first := *d.journal.last
	if first.Code != scheduler.CodeBoardSilent || first.Level != control.EntryCritical || !strings.HasSuffix(first.Text, "no acknowledge") {
		t.Errorf("a silent board is told as %+v", first)
	}
	d.fromFencer(silent)
	if d.journal.last.Time != first.Time {
		t.Error("the same silence was told twice")
	}
	d.fromFencer(fencing.BoardInfo{Armed: true})
	if d.journal.last.Level != control.EntryInfo {
		t.Errorf("its end is told as %+v", d.journal.last)
	}
	d.fromFencer(fencing.Health{SwitchedOn: 1})
	if e := d.journal.last; e.Code != codeWatchdog || e.Level != control.EntryInfo || !strings.HasPrefix(e.Text, one+" switched on the watchdog") {
		t.Errorf("a watchdog that was switched on is told as %+v", e)
	}
	d.fromFencer(fencing.Health{HungSince: time.Now(), SwitchedOn: 1})
	d.fromFencer(fencing.Health{StuckHigh: true, HungSince: time.Now()})
	if d.journal.last.Code != "EXTOUT_STUCK" {
		t.Errorf("a line that stays high is told as %+v", d.journal.last)
	}
}

func TestGroupReports(t *testing.T) {
	d := newDaemon(t)
	problem := resources.Problem{Code: resources.ImageMissing, Text: "the image httpd was not on this node", Do: "sudo docker pull httpd"}
	for _, c := range []struct {
		in   resources.Report
		want []scheduler.Event
	}{
		{resources.Result{ID: 4, Outcome: resources.Done}, []scheduler.Event{scheduler.ContainersDone{ID: 4, OK: true}}},
		{resources.Result{ID: 4, Outcome: resources.Superseded}, nil},
		{resources.Result{ID: 4, Outcome: resources.Refused, Problem: problem}, []scheduler.Event{scheduler.ContainersDone{ID: 4, Code: "IMAGE_MISSING", Why: problem.Text}}},
		{resources.Failed{Problem: problem}, []scheduler.Event{scheduler.ContainersFailed{Code: "IMAGE_MISSING", Why: problem.Text}}},
		{resources.Trouble{Problem: problem}, nil},
	} {
		if got := d.fromGroup(c.in); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%+v became %+v, want %+v", c.in, got, c.want)
		}
	}
	if e := d.journal.last; e == nil || e.Text != one+" found that the image httpd was not on this node" || e.Do != problem.Do {
		t.Errorf("the trouble was told as %+v", e)
	}
}
