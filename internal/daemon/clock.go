package daemon

import (
	"time"

	"github.com/futago-ha/futago/scheduler"
	"golang.org/x/sys/unix"
)

// bootClock is the machine's clock: CLOCK_BOOTTIME, which counts suspended time
// and is never stepped (clock_gettime(2)).
func bootClock() scheduler.Instant {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts); err != nil {
		panic("the kernel has no CLOCK_BOOTTIME: " + err.Error())
	}
	return scheduler.Instant(ts.Nano())
}

// wallClock is the wall clock for the machine: UTC, so that equal times are
// equal values wherever they come from, and without the process's own monotonic
// reading, which no record of it could keep.
func wallClock() time.Time { return time.Now().UTC().Round(0) }

// instantOf places a time of this process on the machine's clock; zero stays
// never.
func instantOf(t time.Time) scheduler.Instant {
	if t.IsZero() {
		return 0
	}
	return bootClock().Add(-time.Since(t))
}

// wallOf is the wall-clock time of an instant, for display.
func wallOf(now scheduler.Instant, wall time.Time, at scheduler.Instant) time.Time {
	if at == 0 {
		return time.Time{}
	}
	return wall.Add(-time.Duration(now - at)).Round(0)
}
