package membership

import (
	"time"

	"golang.org/x/sys/unix"
)

const (
	// BeatInterval is how often Beat is to be called: a tenth of a second.
	BeatInterval = 100 * time.Millisecond
	// starvedAfter is half the suspicion time: with less than the other half
	// left, a refutation of the peer may have come too late to be read.
	starvedAfter = suspicionMult * probeInterval / 2
)

// bootTime is the time since boot with the time in suspend (CLOCK_BOOTTIME,
// clock_gettime(2)); Go's own monotonic time stands still there.
func bootTime() time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts); err != nil {
		panic("clock_gettime(CLOCK_BOOTTIME): " + err.Error()) // in Linux since 2.6.39
	}
	return time.Duration(ts.Nano())
}

// lateness knows from a regular beat whether this node has been awake. All
// times are boot times.
type lateness struct {
	window time.Duration // how long after a sleep nothing is believed
	last   time.Duration // the latest beat
	until  time.Duration // end of the latest window
}

// beat notes that this node runs and returns how long it did not, or 0.
func (l *lateness) beat(now time.Duration) (slept time.Duration) {
	if l.late(now) {
		slept = now - l.last
		l.until = now + l.window
	}
	l.last = now
	return slept
}

// doubtful tells whether a verdict reached now may come from this node's own
// sleep. On waking, a verdict may be quicker than the beat, hence both.
func (l *lateness) doubtful(now time.Duration) bool {
	return now < l.until || l.late(now)
}

func (l *lateness) late(now time.Duration) bool {
	return now-l.last >= BeatInterval+starvedAfter
}
