package daemon

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/futago-ha/futago/fencing"
	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/scheduler"
	"go.uber.org/goleak"
)

// clockDir is the board's clock in a sysfs made for the test; its alarm is a
// FIFO, in which every value that was written follows the one before.
func clockDir(t *testing.T) (dir string, read func(n int) string) {
	t.Helper()
	path, read := device(t)
	dir = filepath.Dir(path)
	if err := os.Rename(path, filepath.Join(dir, "wakealarm")); err != nil {
		t.Fatal(err)
	}
	return dir, read
}

// TestAlarmIsKeptAhead runs a whole daemon: the alarm is set at once, and is not
// wanted while the other node cuts this one to stay off.
func TestAlarmIsKeptAhead(t *testing.T) {
	defer goleak.VerifyNone(t)
	dir, read := clockDir(t)
	d, cancel, done := runningWith(t, func(o *Options) { o.Config.Fence.RTC = dir })
	expect := func(want string) {
		t.Helper()
		if got := read(len(want)); got != want {
			t.Errorf("the clock got %q, want %q", got, want)
		}
	}
	expect("0\n+900\n")
	cancel()
	ended(t, done)
	cutting := scheduler.View{PeerHeard: true, PeerState: scheduler.State{TurnOff: true}}
	d.heedTurnOff(cutting)
	if d.wanted(time.Minute) != 0 || len(d.turned) != 1 {
		t.Error("the alarm of a node that is to stay off is kept")
	}
	<-d.turned
	cutting.PeerHeard = false // an old word
	d.heedTurnOff(cutting)
	if d.wanted(time.Minute) != time.Minute || len(d.turned) != 1 {
		t.Error("the alarm of a node that stays is not set again")
	}
}

func TestAlarmIsClearedByAWantedPowerOffOnly(t *testing.T) {
	for name, c := range map[string]struct {
		how    scheduler.StopRequested
		exited bool
		want   string
	}{
		"power-off": {how: scheduler.StopRequested{Off: true}, exited: true, want: "0\n"},
		"reboot":    {how: scheduler.StopRequested{Reboot: true}, exited: true},
		"stop":      {exited: true},
		"failure":   {how: scheduler.StopRequested{Off: true}},
	} {
		t.Run(name, func(t *testing.T) {
			dir, read := clockDir(t)
			d := newDaemon(t)
			d.opts.Config.Fence.RTC, d.how, d.exited = dir, c.how, c.exited
			d.quitWatchdogs()
			if err := fencing.NewRTC(dir).Set(time.Minute); err != nil { // ends what there is to read
				t.Fatal(err)
			}
			if got := strings.TrimSuffix(read(len(c.want+"0\n+60\n")), "0\n+60\n"); got != c.want {
				t.Errorf("wrote %q, want %q", got, c.want)
			}
		})
	}
}

// TestAlarmIsTriedAgainSoon: the driver of the clock may be loaded after the
// daemon has started.
func TestAlarmIsTriedAgainSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		d := newDaemon(t)
		d.opts.Config.Fence.RTC = dir
		ctx, cancel := context.WithCancel(t.Context())
		over := make(chan error, 1)
		go func() { over <- d.alarmLoop(ctx) }()
		if err := <-d.alarm; err == nil {
			t.Error("a clock that is not there was set")
		}
		wakealarm := filepath.Join(dir, "wakealarm")
		if err := os.WriteFile(wakealarm, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if err := <-d.alarm; err != nil || time.Since(began) > alarmRetry {
			t.Errorf("after %s: %v", time.Since(began), err)
		}
		cancel()
		if err := <-over; err != nil {
			t.Error(err)
		}
	})
}

func TestAlarmThatCannotBeSetIsSaid(t *testing.T) {
	defer goleak.VerifyNone(t)
	d, cancel, done := runningWith(t, func(o *Options) { o.Config.Fence.RTC = "/nonexistent/rtc0" })
	limit := time.Now().Add(stepLimit)
	var found *control.Entry
	for found == nil && time.Now().Before(limit) {
		entries, err := control.NewClient(d.opts.Socket).History(t.Context(), 20)
		if err != nil {
			t.Fatal(err)
		}
		for i := range entries {
			if entries[i].Code == codeAlarm {
				found = &entries[i]
			}
		}
	}
	if found == nil || found.Level != control.EntryWarning || found.Do == "" {
		t.Errorf("the history has %+v", found)
	}
	cancel()
	ended(t, done)
}
