package fencing

import "time"

// tally is what one hold, contest or pulse has seen. Pure.
type tally struct {
	id       uint64
	began    time.Time
	since    time.Time // end of the first high reading of the run without a break
	lastOK   time.Time // end of the last answered reading, at first began
	readings int
	highs    int
	inSeen   bool
	last     reading
}

func newTally(id uint64, now time.Time) tally { return tally{id: id, began: now, lastOK: now} }

// note counts a reading. It returns when a gap without readings grew too long,
// zero if there is none.
func (t *tally) note(r reading) (gap time.Time) {
	t.last = r
	if r.end.Sub(t.lastOK) > maxGap {
		gap = t.lastOK.Add(maxGap)
		t.since = time.Time{}
	}
	if r.err != nil {
		return gap
	}
	t.lastOK = r.end
	t.readings++
	t.inSeen = t.inSeen || r.in
	if !r.out {
		t.since = time.Time{}
		return gap
	}
	t.highs++
	if t.since.IsZero() {
		t.since = r.end
	}
	return gap
}

// move is what a hold has to do after a reading.
type move int

const (
	stay     move = iota
	raiseIt       // the line is down: raise it, the time starts anew
	breakOff      // too long without a reading while the other node cannot have been cut
	held          // up without a break for the whole time
	tooLong       // cannot get its time any more
)

// judge says what a hold of that length does after a reading. before is what
// was known of the line until then.
func (t *tally) judge(r reading, gap time.Time, before lineState, length time.Duration) move {
	if !gap.IsZero() && before.upFor(gap) < NoReturn {
		return breakOff
	}
	start := t.since
	if start.IsZero() {
		start = r.end
	} else if r.err == nil && r.start.Sub(start) >= length {
		return held
	}
	if start.Add(length).Sub(t.began) > HoldLimit {
		return tooLong
	}
	if r.err == nil && !r.out {
		return raiseIt
	}
	return stay
}

func (t *tally) progress(s lineState, now time.Time, givingUp bool) Progress {
	return Progress{
		ID: t.id, At: now, LowUntil: s.lowUntil, HighSince: t.since, Stood: s.upFor(now),
		Readings: t.readings, Highs: t.highs, In: t.last.in && t.last.err == nil, InSeen: t.inSeen,
		GivingUp: givingUp, Err: t.last.err,
	}
}
