package control

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

var errSeen = errors.New("seen enough")

// watchUntil reads the stream until see has seen enough.
func watchUntil(t *testing.T, socket string, see func(Event) error) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), giveUp)
	defer cancel()
	return NewClient(socket).Watch(ctx, see)
}

func TestStreamTellsChangesInOrder(t *testing.T) {
	b := newStandIn()
	r := start(t, b)
	var seen []string
	err := watchUntil(t, r.socket, func(e Event) error {
		switch {
		case e.Status != nil && len(seen) == 0:
			seen = append(seen, "first "+string(e.Status.Level))
			st := b.Status()
			st.Level = LevelFencing
			b.Add(Entry{Code: "FENCE_BEGUN"})
			b.Publish(st)
		case e.Entry != nil:
			seen = append(seen, e.Entry.Code)
		case e.Status != nil:
			seen = append(seen, string(e.Status.Level))
		}
		if len(seen) == 3 {
			return errSeen
		}
		return nil
	})
	if got := strings.Join(seen, ", "); !errors.Is(err, errSeen) || got != "first OK, FENCE_BEGUN, FENCING" {
		t.Errorf("saw %s, %v", got, err)
	}
}

func TestStreamGivesSignsOfLife(t *testing.T) {
	r := start(t, newStandIn(), func(s *Server) { s.aliveInterval, s.readTimeout = 5*time.Millisecond, 20*time.Millisecond })
	signs := 0
	err := watchUntil(t, r.socket, func(e Event) error {
		if e.Status == nil && e.Entry == nil {
			signs++
		}
		if signs == 10 { // well past the time a request may take
			return errSeen
		}
		return nil
	})
	if !errors.Is(err, errSeen) {
		t.Errorf("%d signs of life, then %v", signs, err)
	}
}

func TestWatchEndsWithItsContext(t *testing.T) {
	r := start(t, newStandIn())
	ctx, cancel := context.WithCancel(t.Context())
	err := NewClient(r.socket).Watch(ctx, func(Event) error { cancel(); return nil })
	if err != nil {
		t.Errorf("watch after its context ended: %v", err)
	}
}

// Watchers never keep a command out.
func TestStreamsAreLimited(t *testing.T) {
	r := start(t, newStandIn())
	ctx, cancel := context.WithCancel(t.Context())
	first := make(chan struct{}, streamsMax)
	ended := make(chan error, streamsMax)
	for range streamsMax {
		go func() {
			told := false
			ended <- NewClient(r.socket).Watch(ctx, func(Event) error {
				if !told {
					first <- struct{}{}
				}
				told = true
				return nil
			})
		}()
	}
	for range streamsMax {
		select {
		case <-first:
		case <-time.After(giveUp):
			t.Fatal("a stream did not begin")
		}
	}
	var e *Error
	if err := watchUntil(t, r.socket, func(Event) error { return nil }); !errors.As(err, &e) || e.Code != CodeBusy {
		t.Errorf("one stream too many: %v", err)
	}
	if _, err := NewClient(r.socket).Do(t.Context(), Command{Verb: VerbClear}); err != nil {
		t.Errorf("a command beside the watchers: %v", err)
	}
	cancel()
	for range streamsMax {
		if err := <-ended; err != nil {
			t.Errorf("watcher: %v", err)
		}
	}
}

func TestFeedTellsOnlyWhatChanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f Feed
		f.Publish(Status{Time: time.Now(), Level: LevelOK})
		ctx, cancel := context.WithCancel(t.Context())
		var got []Event
		ended := make(chan error)
		go func() { ended <- f.Watch(ctx, func(e Event) error { got = append(got, e); return nil }) }()
		synctest.Wait()
		f.Publish(Status{Time: time.Now().Add(time.Second), Level: LevelOK})
		synctest.Wait()
		if len(got) != 1 {
			t.Fatalf("%d events after a snapshot with nothing but a new time, want the first one alone", len(got))
		}
		f.Publish(Status{Time: time.Now(), Level: LevelBlocked})
		synctest.Wait()
		if len(got) != 2 || got[1].Status.Level != LevelBlocked {
			t.Errorf("events %+v", got)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Watch: %v", err)
		}
		if len(f.readers) != 0 {
			t.Error("the reader stayed behind")
		}
	})
}

// A reader that stands still costs the publisher nothing but bounded memory, and learns what it lost.
func TestFeedSlowReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f Feed
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		stand := make(chan struct{})
		var entries, missed int
		var level Level
		ended := make(chan error)
		go func() {
			ended <- f.Watch(ctx, func(e Event) error {
				<-stand
				missed += e.Missed
				if e.Entry != nil {
					entries++
				}
				if e.Status != nil {
					level = e.Status.Level
				}
				return nil
			})
		}()
		synctest.Wait()
		for i := range pendingMax + 10 {
			f.Add(Entry{Code: fmt.Sprint(i)})
			f.Publish(Status{Level: Level(fmt.Sprint(i))})
		}
		close(stand)
		synctest.Wait()
		if entries != pendingMax || missed != 10 || level != Level(fmt.Sprint(pendingMax+9)) {
			t.Errorf("%d entries, %d missed, newest status %s", entries, missed, level)
		}
		cancel()
		<-ended
	})
}

func TestFeedReaderThatFails(t *testing.T) {
	var f Feed
	if err := f.Watch(t.Context(), func(Event) error { return errSeen }); !errors.Is(err, errSeen) {
		t.Errorf("Watch: %v", err)
	}
}

// The daemon's end and its silence are told apart.
func TestWatchError(t *testing.T) {
	silent, cancel := context.WithCancelCause(t.Context())
	cancel(errSeen)
	if err := watchError(silent, http.ErrBodyReadAfterClose); !errors.Is(err, errSeen) {
		t.Errorf("silence: %v", err)
	}
	if err := watchError(t.Context(), http.ErrBodyReadAfterClose); !errors.Is(err, http.ErrBodyReadAfterClose) {
		t.Errorf("failure: %v", err)
	}
}
