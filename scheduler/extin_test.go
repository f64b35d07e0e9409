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
	var noted scheduler.Instant
	l := startLone(func(now scheduler.Instant, a scheduler.Action) {
		if p, is := a.(scheduler.Persist); is && p.Disk.Fenced == "b" && noted == 0 {
			noted = now
		}
	})
	read := l.now
	l.now = l.now.Add(2500 * time.Millisecond)
	l.step(scheduler.Lines{OK: true, At: read})
	l.step(scheduler.Lines{OK: true, In: true, Count: 2, At: l.now})
	for end := read.Add(12 * time.Second); l.now < end; {
		l.step(scheduler.Tick{})
	}
	if stood := noted.Since(read); noted == 0 || stood < 8*time.Second || stood > 8100*time.Millisecond {
		t.Errorf("noted %s after the last reading that showed EXTIN low, want 8 s", stood)
	}
}
