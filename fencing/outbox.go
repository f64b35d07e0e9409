package fencing

import (
	"context"
	"sync"
)

// outbox keeps reports until the reader takes them. Results (End, ArmDone,
// BoardInfo) are never dropped; their number is bounded by that of accepted
// commands. Of the other kinds only the latest of each is kept, so a slow reader
// never stops the conversation with the device.
type outbox struct {
	mu       sync.Mutex
	results  []Report
	lines    *Lines
	progress *Progress
	health   *Health
	accepted int           // commands whose result was not taken yet
	changed  chan struct{} // holds a token when there is something new
}

func newOutbox() *outbox { return &outbox{changed: make(chan struct{}, 1)} }

// accept counts a command in; false if too many wait for their results.
func (o *outbox) accept() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.accepted >= maxCommands {
		return false
	}
	o.accepted++
	return true
}

func (o *outbox) put(r Report) {
	o.mu.Lock()
	switch r := r.(type) {
	case Lines:
		o.lines = &r
	case Progress:
		o.progress = &r
	case Health:
		o.health = &r
	default:
		o.results = append(o.results, r)
	}
	if end, ok := r.(End); ok && o.progress != nil && o.progress.ID == end.ID {
		o.progress = nil // it would come after its end
	}
	o.mu.Unlock()
	select {
	case o.changed <- struct{}{}:
	default:
	}
}

// next is what to send now, nil if nothing waits, and how to mark it sent.
func (o *outbox) next() (Report, func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case len(o.results) > 0:
		return o.results[0], func() {
			o.results = o.results[1:]
			o.accepted--
		}
	case o.health != nil:
		h := o.health
		return *h, func() { forget(&o.health, h) }
	case o.lines != nil:
		l := o.lines
		return *l, func() { forget(&o.lines, l) }
	case o.progress != nil:
		p := o.progress
		return *p, func() { forget(&o.progress, p) }
	}
	return nil, nil
}

// forget clears a slot unless something newer came into it meanwhile.
func forget[T any](slot **T, sent *T) {
	if *slot == sent {
		*slot = nil
	}
}

// pump sends until ctx ends. While it waits for the reader it looks again at
// every change, so that what the reader gets is the latest.
func (o *outbox) pump(ctx context.Context, out chan<- Report) {
	for {
		r, sent := o.next()
		if r == nil {
			select {
			case <-ctx.Done():
				return
			case <-o.changed:
			}
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-o.changed:
		case out <- r:
			o.mu.Lock()
			sent()
			o.mu.Unlock()
		}
	}
}
