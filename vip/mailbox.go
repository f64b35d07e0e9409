package vip

import (
	"context"
	"slices"
	"sync"
)

// mailbox joins the loop, which must never wait, to a reader of reports, who
// may. It holds at most one report of each level kind, and the results of the
// orders given, so its size is in the hands of the caller.
type mailbox struct {
	mu    sync.Mutex
	queue []Report
	wake  chan struct{} // Holds one token while the queue may be filled.
}

func newMailbox() *mailbox {
	return &mailbox{wake: make(chan struct{}, 1)}
}

// put appends r. A level takes the place of its unread predecessor, and goes to
// the end: what is read last is always the newest.
func (m *mailbox) put(r Report) {
	m.mu.Lock()
	for i, old := range m.queue {
		if merged, ok := r.coalesce(old); ok {
			r = merged
			m.queue = slices.Delete(m.queue, i, i+1)
			break
		}
	}
	m.queue = append(m.queue, r)
	m.mu.Unlock()
	signal(m.wake)
}

// take removes the oldest report.
func (m *mailbox) take() (Report, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.queue) == 0 {
		return nil, false
	}
	r := m.queue[0]
	m.queue = slices.Delete(m.queue, 0, 1)
	return r, true
}

// pump hands the reports to out, one by one, until ctx ends.
func (m *mailbox) pump(ctx context.Context, out chan<- Report) error {
	for {
		r, ok := m.take()
		if !ok {
			select {
			case <-m.wake:
				continue
			case <-ctx.Done():
				return nil
			}
		}
		select {
		case out <- r:
		case <-ctx.Done():
			return nil
		}
	}
}

// signal puts a token into a channel of capacity one, unless it has one.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
