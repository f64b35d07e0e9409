package vip

import "time"

const (
	// spacing is over a second because Linux ignores a changed neighbour within
	// its locktime of one second: of two announcements one falls outside.
	spacing       = 1100 * time.Millisecond
	spacedCount   = 7
	refreshPeriod = 45 * time.Second
	sendRetry     = 25 * time.Millisecond

	// defendInterval is DEFEND_INTERVAL of RFC 5227 section 1.1.
	defendInterval = 10 * time.Second
)

// quick are the times of the first announcements after the claim: a lost frame
// or a switch port that just woke is met by the second or third.
var quick = []time.Duration{0, 25 * time.Millisecond, 100 * time.Millisecond}

// announcer is the calendar of announcements; sending is the loop's work.
type announcer struct {
	next  time.Time // Zero: nothing to announce.
	start time.Time
	sent  int
}

// begin starts from the first quick announcement, due now.
func (a *announcer) begin(now time.Time) { *a = announcer{next: now, start: now} }

// stop forgets the calendar.
func (a *announcer) stop() { *a = announcer{} }

// due says whether one is to be sent.
func (a *announcer) due(now time.Time) bool { return !a.next.IsZero() && !now.Before(a.next) }

// hasty says whether the next announcement is still one of the quick ones.
func (a *announcer) hasty() bool { return a.sent < len(quick) }

// done moves on after an announcement that went out.
func (a *announcer) done(now time.Time) {
	a.sent++
	switch {
	case a.sent < len(quick):
		a.next = a.start.Add(quick[a.sent])
	case a.sent < len(quick)+spacedCount:
		a.next = now.Add(spacing)
	default:
		a.next = now.Add(refreshPeriod)
	}
}

// failed tries the same one again, soon.
func (a *announcer) failed(now time.Time) { a.next = now.Add(sendRetry) }

// calm sends nothing for the defend interval, so that two claimants do not shout
// at each other (RFC 5227 section 2.4). The next one also finds out whether the
// rival is still there: a kernel answers it.
func (a *announcer) calm(now time.Time) {
	a.sent = len(quick) + spacedCount
	a.next = now.Add(defendInterval)
}
