package vip

import "time"

// references judges from rounds of questions whether the network behind the
// interface answers. A round is good at its first answer and bad at its end.
type references struct {
	rise, fall int
	interval   time.Duration

	up       bool
	judged   bool // False until the first judgement, which needs one answer only.
	answered bool // In the running round.
	good     int  // Good rounds on end.
	bad      int  // Bad rounds on end.
	next     time.Time
}

// answer notes that a reference answered.
func (r *references) answer() {
	if r.answered {
		return
	}
	r.answered = true
	r.bad = 0
	r.good++
	if r.good >= r.rise || !r.judged {
		r.up, r.judged = true, true
	}
}

// round closes the running round and opens the next one; the caller asks.
// Before the first round there is nothing to close.
func (r *references) round(now time.Time) {
	if !r.next.IsZero() && !r.answered {
		r.good = 0
		r.bad++
		if r.bad >= r.fall {
			r.up, r.judged = false, true
		}
	}
	r.answered = false
	r.next = now.Add(r.interval)
}
