package fencing

import "time"

// reading is one look at both lines.
type reading struct {
	start, end time.Time
	out, in    bool
	err        error
}

// lineState is what is known of the own line. Pure: it reads no clock.
type lineState struct {
	lowUntil  time.Time // begin of the last reading that was low; zero: none yet
	highSince time.Time // end of the first high reading since; zero: none
	mayBeUp   bool      // raised, or read high, and not read low since
	stood     time.Duration
}

// raising is called before the line is raised: even a failed call may have
// done it.
func (s *lineState) raising() { s.mayBeUp = true }

func (s *lineState) note(r reading) {
	switch {
	case r.err != nil:
	case r.out:
		s.mayBeUp = true
		if s.highSince.IsZero() {
			s.highSince = r.end
		}
	default:
		s.stood = max(s.stood, s.upFor(r.end))
		s.lowUntil, s.highSince, s.mayBeUp = r.start, time.Time{}, false
	}
}

// upFor is the longest the line can have been up without a break at now. A line
// that was never read low can have been up for ever.
func (s *lineState) upFor(now time.Time) time.Duration {
	if !s.mayBeUp {
		return 0
	}
	return now.Sub(s.lowUntil)
}

// longest is the longest stretch since the last reset, the present one included.
func (s *lineState) longest(now time.Time) time.Duration { return max(s.stood, s.upFor(now)) }
