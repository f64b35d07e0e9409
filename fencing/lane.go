package fencing

import (
	"errors"
	"time"
)

var (
	// ErrDeadline is a call of the device that did not come back in time. What
	// it was to do may still happen.
	ErrDeadline = errors.New("no answer from the fence device in time")
	// ErrHung is a call that was not made, because an earlier one still hangs.
	ErrHung = errors.New("an earlier transfer of the fence device still hangs")
	// ErrLost is reported by Run if a call never came back: its goroutine is
	// still there.
	ErrLost = errors.New("a transfer of the fence device never came back")
)

// lane makes the calls of one device, one at a time and each with a deadline.
// It belongs to one goroutine.
//
// A call runs in a goroutine of its own, because neither periph's Tx nor the
// kernel's ioctl can be interrupted. At most one exists; pending is closed when
// it is over.
type lane struct {
	timeout time.Duration
	pending chan struct{}
	since   time.Time // when the pending call began
}

type outcome[T any] struct {
	value T
	err   error
}

// call makes one call. If an earlier one hangs it waits for that first, up to
// the deadline, and does not begin this one if it is still not back.
func call[T any](l *lane, fn func() (T, error)) (T, error) {
	var none T
	timer := time.NewTimer(l.timeout)
	defer timer.Stop()
	if l.pending != nil {
		select {
		case <-l.pending:
			l.pending = nil
		case <-timer.C:
			return none, ErrHung
		}
	}
	result := make(chan outcome[T], 1) // a late result is dropped with it
	over := make(chan struct{})
	l.pending, l.since = over, time.Now()
	go func() {
		defer close(over)
		v, err := fn()
		result <- outcome[T]{v, err}
	}()
	select {
	case o := <-result:
		<-over
		l.pending = nil
		return o.value, o.err
	case <-timer.C:
		return none, ErrDeadline
	}
}

// do is call for a function without a value.
func (l *lane) do(fn func() error) error {
	_, err := call(l, func() (struct{}, error) { return struct{}{}, fn() })
	return err
}

// hungFrom is when a late call is said to hang: a busy machine makes calls late,
// and nobody has to go and look for that.
const hungFrom = 2 * time.Second

// hungSince is when a call began that hangs, zero if none does.
func (l *lane) hungSince() time.Time {
	if l.pending == nil {
		return time.Time{}
	}
	select {
	case <-l.pending:
		return time.Time{}
	default:
		if time.Since(l.since) < hungFrom {
			return time.Time{}
		}
		return l.since
	}
}

// settle waits for a hanging call at the end of Run.
func (l *lane) settle(limit time.Duration) error {
	if l.pending == nil {
		return nil
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-l.pending:
		return nil
	case <-timer.C:
		return ErrLost
	}
}
