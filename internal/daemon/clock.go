package daemon

import (
	"fmt"
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

const (
	stepLeast = time.Second // what a time daemon corrects slowly is less from one tick to the next
	stepPause = time.Minute // between two lines about it
)

// bothClocks reads both clocks at one moment. A process that is stopped between
// the two would call that a step.
func bothClocks() (now scheduler.Instant, wall time.Time) {
	for range 3 {
		now, wall = bootClock(), wallClock()
		if time.Duration(bootClock()-now) < stepLeast/10 {
			break
		}
	}
	return now, wall
}

// clockWatch compares the wall clock with the kernel's from tick to tick.
type clockWatch struct {
	now  scheduler.Instant
	wall time.Time
	off  time.Duration // stepped and not said yet
	said scheduler.Instant
}

// watchClock says that the wall clock was set: nothing waits by it, but whoever
// reads the history does.
func (d *Daemon) watchClock(now scheduler.Instant, wall time.Time) {
	c := &d.clocks
	if c.now != 0 {
		if step := wall.Sub(c.wall) - time.Duration(now-c.now); step.Abs() >= stepLeast {
			c.off += step
		}
	}
	c.now, c.wall = now, wall
	if c.off.Abs() < stepLeast || c.said != 0 && time.Duration(now-c.said) < stepPause {
		return
	}
	way := "forward"
	if c.off < 0 {
		way = "back"
	}
	d.journal.write(scheduler.Note{
		Level: scheduler.Info, Code: "CLOCK_STEPPED",
		Text: fmt.Sprintf("%s saw its clock go %s by %s, because something set it; no wait is longer or shorter for it",
			d.opts.node().Name, way, c.off.Abs().Round(time.Second)),
	})
	c.off, c.said = 0, now
}
