package scheduler_test

import (
	"testing"
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// TestReadingFromBefore: the loop was held up by a slow disk, and a reading of
// EXTIN low waited for it. The line counts from when it was read, not from when
// the decision came to know: this node writes down in time that it may be cut.
func TestReadingFromBefore(t *testing.T) {
	now := scheduler.Instant(time.Second)
	m := scheduler.New(scheduler.Config{
		Self: "pi1", Peer: "pi2", First: true, Preferred: true, Hold: 12 * time.Second, Pulse: time.Second,
		StartWait: time.Minute, ExtinWait: time.Hour, StartTimeout: time.Minute, StopTimeout: time.Minute, BackWithin: time.Minute,
	}, scheduler.Disk{}, scheduler.Boot{ID: "b", Session: 17, Now: now, Wall: time.Unix(1e9, 0), Uptime: 24 * time.Hour})
	var noted scheduler.Instant
	step := func(e scheduler.Event) {
		now = now.Add(10 * time.Millisecond)
		for _, a := range m.Step(now, e) {
			if p, is := a.(scheduler.Persist); is && p.Disk.Fenced == "b" && noted == 0 {
				noted = now
			}
		}
	}
	for _, e := range []scheduler.Event{
		scheduler.Board{OK: true, Armed: true},
		scheduler.Lines{OK: true},
		scheduler.ContainersState{Known: true, Usable: true},
		scheduler.VIPState{Known: true},
		scheduler.Uplink{Carrier: true, Reference: true},
	} {
		step(e)
	}
	read := now
	now = now.Add(2500 * time.Millisecond)
	step(scheduler.Lines{OK: true, At: read})
	step(scheduler.Lines{OK: true, In: true, Count: 2, At: now})
	for end := read.Add(12 * time.Second); now < end; {
		step(scheduler.Tick{})
	}
	if stood := noted.Since(read); noted == 0 || stood < 8*time.Second || stood > 8100*time.Millisecond {
		t.Errorf("noted %s after the last reading that showed EXTIN low, want 8 s", stood)
	}
}
