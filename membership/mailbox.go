package membership

import (
	"context"
	"sync"
)

// kind groups the events that share one limit in the mailbox.
type kind int

const (
	kindPresence kind = iota
	kindMessage
	kindSlept
	kindTrouble
)

func kindOf(e Event) kind {
	switch e.(type) {
	case Message:
		return kindMessage
	case Slept:
		return kindSlept
	case Trouble:
		return kindTrouble
	default:
		return kindPresence
	}
}

// limitOf is how many events of a kind may wait. Only the oldest of the same
// kind gives way: the latest word about the peer is never lost, and no flood of
// messages can push it out.
func limitOf(k kind) int {
	switch k {
	case kindMessage:
		return 256
	case kindTrouble:
		return 32
	case kindPresence, kindSlept:
		return 16
	}
	return 0
}

// A mailbox keeps events in order for a slow reader without ever making the
// writer wait.
type mailbox struct {
	mu      sync.Mutex
	queue   []Event
	dropped uint64 // messages that gave way
	filled  chan struct{}
}

func newMailbox() *mailbox {
	return &mailbox{filled: make(chan struct{}, 1)}
}

func (b *mailbox) put(e Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.makeRoom(kindOf(e))
	b.queue = append(b.queue, e)
	select {
	case b.filled <- struct{}{}:
	default: // the reader has been told already
	}
}

func (b *mailbox) makeRoom(k kind) {
	count, oldest := 0, 0
	for i := len(b.queue) - 1; i >= 0; i-- {
		if kindOf(b.queue[i]) == k {
			count, oldest = count+1, i
		}
	}
	if count < limitOf(k) {
		return
	}
	b.queue = append(b.queue[:oldest], b.queue[oldest+1:]...)
	if k == kindMessage {
		b.dropped++
	}
}

// take waits for the oldest event; ok is false when ctx ended first.
func (b *mailbox) take(ctx context.Context) (e Event, ok bool) {
	for {
		if e, ok := b.poll(); ok {
			return e, true
		}
		select {
		case <-b.filled:
		case <-ctx.Done():
			return nil, false
		}
	}
}

func (b *mailbox) poll() (Event, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.queue) == 0 {
		return nil, false
	}
	e := b.queue[0]
	b.queue[0] = nil
	b.queue = b.queue[1:]
	return e, true
}

func (b *mailbox) droppedMessages() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.dropped
}

// pump hands the events to a reader one by one until ctx ends.
func (b *mailbox) pump(ctx context.Context, to chan<- Event) {
	for {
		e, ok := b.take(ctx)
		if !ok {
			return
		}
		select {
		case to <- e:
		case <-ctx.Done():
			return
		}
	}
}
