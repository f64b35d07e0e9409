package vip

import (
	"bytes"
	"errors"
	"net"
	"net/netip"
	"slices"
	"time"
)

const (
	// lookTime is all that clients wait for in a handoff, nearly. What they have
	// under way ends meanwhile: with 4 ms more of it was still open at the switch,
	// and the longest gaps of 100 moves were 25 ms instead of 10.
	lookTime = 7 * time.Millisecond
	fullTime = 300 * time.Millisecond

	// doubtPause is waited before a first answer is tried again: long enough for
	// what was on the way when the former holder released to have passed.
	doubtPause = 5 * time.Millisecond

	// lateness of this process at the end of an inquiry makes it wait as long again.
	lateness = 5 * time.Millisecond

	// maxAnswers bounds what one inquiry remembers, whoever answers.
	maxAnswers = 64
)

var (
	lookQuestions = []time.Duration{0}
	fullQuestions = []time.Duration{0, 100 * time.Millisecond, 200 * time.Millisecond}
)

// inquiry asks who answers for some addresses. It is a calendar and a list of
// answers; sending is the loop's work.
type inquiry struct {
	targets   []netip.Addr
	questions []time.Duration // When to ask, from start.
	asked     int
	start     time.Time
	end       time.Time
	answers   []Answer
	sendErr   error // Of the last question that did not go out.
	sent      int   // Questions that went out to every target.
	graced    bool  // The end was put off for this process's own lateness.
}

func newInquiry(now time.Time, mode ProbeMode, targets ...netip.Addr) *inquiry {
	q := &inquiry{targets: targets, start: now, questions: fullQuestions, end: now.Add(fullTime)}
	if mode == ProbeLook {
		q.questions, q.end = lookQuestions, now.Add(lookTime)
	}
	return q
}

// newDoubt asks once more, a little later: the answer may have been an
// announcement that was on the way.
func newDoubt(now time.Time, targets ...netip.Addr) *inquiry {
	q := newInquiry(now, ProbeLook, targets...)
	q.questions, q.end = []time.Duration{doubtPause}, q.end.Add(doubtPause)
	return q
}

// next is when the loop must look at it again.
func (q *inquiry) next() time.Time {
	if q.asked < len(q.questions) {
		return q.start.Add(q.questions[q.asked])
	}
	return q.end
}

// due says whether a question is to be sent.
func (q *inquiry) due(now time.Time) bool {
	return q.asked < len(q.questions) && !now.Before(q.next())
}

// over says whether the time for answers has passed. If this process itself was
// not running when it did, the answers may lie unread in the socket: the readers
// get their time then, once.
func (q *inquiry) over(now time.Time) bool {
	if q.asked < len(q.questions) || now.Before(q.end) {
		return false
	}
	if now.Sub(q.end) > lateness && !q.graced {
		q.graced, q.end = true, now.Add(lateness)
		return false
	}
	return true
}

// ask sends one question for every target by send. A question that was late
// moves the end, for the answer needs its time.
func (q *inquiry) ask(now time.Time, send func(netip.Addr) error) {
	late := now.Sub(q.next())
	q.asked++
	q.end = q.end.Add(max(late, 0))
	var errs []error
	for _, target := range q.targets {
		errs = append(errs, send(target))
	}
	if err := errors.Join(errs...); err != nil {
		q.sendErr = err
		return
	}
	q.sent++
}

// note remembers an answer, each address and MAC once. What comes before the
// first question is no answer.
func (q *inquiry) note(addr netip.Addr, mac net.HardwareAddr, now time.Time) {
	if q.asked == 0 || !slices.Contains(q.targets, addr) || len(q.answers) == maxAnswers {
		return
	}
	for _, a := range q.answers {
		if a.Address == addr && bytes.Equal(a.MAC, mac) {
			return
		}
	}
	q.answers = append(q.answers, Answer{Address: addr, MAC: mac, After: now.Sub(q.start)})
}

// unasked returns why silence proves nothing: not one question went out. With
// no error silence means that nobody answered.
func (q *inquiry) unasked() error {
	if q.sent > 0 {
		return nil
	}
	return q.sendErr
}
