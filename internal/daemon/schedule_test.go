package daemon

import (
	"testing"
	"time"

	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/scheduler"
	"github.com/futago-ha/futago/scheduler/calendar"
)

func planWith(t *testing.T, text string) *calendar.Calendar {
	t.Helper()
	c, err := calendar.Parse(text, jst)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestScheduleOfBoth: the own times are the machine's, the other node's are its
// words, and a node never heard is reckoned from the same file.
func TestScheduleOfBoth(t *testing.T) {
	s := well(t, 0, clock("14:03:20.0"))
	s.d.opts.Config.Reboot.Calendars = [2]*calendar.Calendar{planWith(t, "0 3 * * *"), planWith(t, "0 4 * * *")}
	three, four := clock("03:00:00.0").Add(24*time.Hour), clock("04:00:00.0").Add(24*time.Hour)
	s.v.State.Next, s.v.PeerState.Next, s.v.ClockSynced = three.UTC(), four.UTC(), true
	s.v.State.Reboot = scheduler.Outcome{At: three.Add(-24 * time.Hour), Result: scheduler.RebootDone}
	s.v.PeerReboot = scheduler.Outcome{At: four.Add(-24 * time.Hour), Result: scheduler.RebootSkipped, Code: "STANDBY", Why: "on\x1b standby"}
	st := s.status()
	if n := st.Next; n == nil || !n.Time.Equal(three) || n.Text != "planned reboot of "+one {
		t.Errorf("next %+v", n)
	}
	if a, b := st.Schedule[0], st.Schedule[1]; a.Node != one || a.Cron != "0 3 * * *" || !a.Next.Equal(three) || a.Last.Result != "done" || a.Note != "" ||
		b.Node != two || !b.Next.Equal(four) || b.Last.Code != "STANDBY" || b.Last.Why != "on? standby" || b.Last.Result != "skipped" {
		t.Errorf("%+v\n%+v", a, b)
	}
	s.v.PeerAt, s.v.PeerState, s.v.PeerHeard, s.v.ClockSynced = 0, scheduler.State{}, false, false
	st = s.status()
	if !st.Schedule[1].Next.Equal(four) || st.Schedule[0].Note == "" {
		t.Errorf("%+v", st.Schedule)
	}
	// What a node said before it went silent may be over.
	s.v.PeerAt, s.v.PeerState.Next = s.at(clock("03:59:00.0")), four.Add(-24*time.Hour)
	if next := s.status().Schedule[1].Next; !next.Equal(four) {
		t.Errorf("a silent node is to reboot at %s", next)
	}
	s = well(t, 1, clock("14:03:20.0"))
	st = s.status()
	if st.Next != nil || st.Schedule[0].Node != one || st.Schedule[1].Node != two || st.Schedule[0].Last != nil || st.Schedule[1].Note != "" {
		t.Errorf("%+v, next %+v", st.Schedule, st.Next)
	}
}

// TestClockIsAsked compares with nothing: the kernel may say either. It must
// say the same twice, and reading must not need a right.
func TestClockIsAsked(t *testing.T) {
	if a, b := (Machine{}).ClockSynchronised(), (Machine{}).ClockSynchronised(); a != b {
		t.Errorf("the kernel said %t, then %t", a, b)
	}
}

func TestRebootNowReachesTheMachine(t *testing.T) {
	c := commandOf(control.Command{Verb: control.VerbReboot, Node: one, Args: map[string]string{control.ArgNow: "true"}})
	if !c.Now || c.Verb != scheduler.VerbReboot || commandOf(control.Command{Verb: control.VerbReboot, Node: one}).Now {
		t.Errorf("%+v", c)
	}
}
