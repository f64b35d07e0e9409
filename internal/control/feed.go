package control

import (
	"context"
	"reflect"
	"sync"
	"time"
)

// pendingMax bounds what a slow reader of the stream may have waiting; more is dropped and counted.
const pendingMax = 256

// Feed keeps the newest snapshot and hands changes to any number of readers. Publish and Add never wait for a
// reader: of the status each reader gets the newest only, of the entries up to pendingMax. The zero value is ready.
type Feed struct {
	mu      sync.Mutex
	status  Status
	readers map[*reader]struct{}
}

// reader is what one Watch has not fetched yet.
type reader struct {
	status  *Status
	entries []Entry
	missed  int
	wake    chan struct{} // room for one: "look again"
}

// Publish makes st the snapshot. Readers are told only if more than its time changed.
func (f *Feed) Publish(st Status) {
	f.mu.Lock()
	defer f.mu.Unlock()
	changed := differs(f.status, st)
	f.status = st
	if !changed {
		return
	}
	for r := range f.readers {
		r.status = &st
		r.poke()
	}
}

func differs(a, b Status) bool {
	a.Time, b.Time = time.Time{}, time.Time{}
	return !reflect.DeepEqual(a, b)
}

// Add hands an entry of the history to the readers. It stores nothing.
func (f *Feed) Add(e Entry) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for r := range f.readers {
		if len(r.entries) == pendingMax {
			r.entries = r.entries[1:]
			r.missed++
		}
		r.entries = append(r.entries, e)
		r.poke()
	}
}

// Status is the newest snapshot.
func (f *Feed) Status() Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.status
}

// Watch hands one reader what happens until ctx ends, as Backend asks. Entries come before the status they led to.
func (f *Feed) Watch(ctx context.Context, to func(Event) error) error {
	r := f.join()
	defer f.leave(r)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-r.wake:
		}
		for _, e := range f.take(r) {
			if err := to(e); err != nil {
				return err
			}
		}
	}
}

func (f *Feed) join() *reader {
	r := &reader{wake: make(chan struct{}, 1)}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.readers == nil {
		f.readers = make(map[*reader]struct{})
	}
	f.readers[r] = struct{}{}
	st := f.status
	r.status = &st
	r.poke()
	return r
}

func (f *Feed) leave(r *reader) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.readers, r)
}

// take empties r.
func (f *Feed) take(r *reader) []Event {
	f.mu.Lock()
	defer f.mu.Unlock()
	events := make([]Event, 0, len(r.entries)+1)
	for i := range r.entries {
		events = append(events, Event{Entry: &r.entries[i]})
	}
	if r.status != nil {
		events = append(events, Event{Status: r.status})
	}
	if len(events) > 0 {
		events[0].Missed = r.missed
	}
	r.status, r.entries, r.missed = nil, nil, 0
	return events
}

func (r *reader) poke() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}
