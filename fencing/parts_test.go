package fencing

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestKernelWatchdogIsAskedAgain: a time-out that it did not take at first is
// asked for until it does, and it is fed all the while.
func TestKernelWatchdogIsAskedAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "watchdog")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	asked, busy := 0, true
	k := NewKernelWatchdog(path)
	k.ask = func(*os.File) error {
		asked++
		if busy {
			return errors.New("device or resource busy")
		}
		return nil
	}
	for range 2 {
		if err := k.Feed(true); err == nil {
			t.Error("a watchdog with another time-out counts as fed")
		}
	}
	busy = false
	for range 3 {
		if err := k.Feed(true); err != nil {
			t.Error(err)
		}
	}
	if err := k.Close(false); err != nil {
		t.Error(err)
	}
	if fed, err := os.ReadFile(path); err != nil || len(fed) != 5 || asked != 3 {
		t.Errorf("fed %d times, asked %d times, %v", len(fed), asked, err)
	}
}

func TestLane(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &lane{timeout: 250 * time.Millisecond}
		if v, err := call(l, func() (int, error) { return 7, nil }); v != 7 || err != nil {
			t.Errorf("call = %d, %v", v, err)
		}
		var calls atomic.Int32
		slow := func() error {
			calls.Add(1)
			time.Sleep(3 * time.Second)
			return nil
		}
		began := time.Now()
		if err := l.do(slow); !errors.Is(err, ErrDeadline) || time.Since(began) != l.timeout {
			t.Errorf("slow call: %v after %s", err, time.Since(began))
		}
		if !l.hungSince().IsZero() {
			t.Error("a call that is only late is said to hang")
		}
		time.Sleep(hungFrom)
		if !l.hungSince().Equal(began) {
			t.Errorf("hung since %s, want %s", l.hungSince(), began)
		}
		if err := l.do(slow); !errors.Is(err, ErrHung) || calls.Load() != 1 {
			t.Errorf("second call: %v, %d begun", err, calls.Load())
		}
		if err := l.settle(100 * time.Millisecond); !errors.Is(err, ErrLost) {
			t.Errorf("settle while it hangs: %v", err)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if !l.hungSince().IsZero() {
			t.Error("still hung after it came back")
		}
		if err := l.do(func() error { calls.Add(1); return nil }); err != nil || calls.Load() != 2 {
			t.Errorf("call after a hang: %v, %d begun", err, calls.Load())
		}
		if err := l.settle(0); err != nil {
			t.Errorf("settle: %v", err)
		}
	})
}

func TestOutboxKeepsResultsAndTheLatest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, out := newOutbox(), make(chan Report)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go o.pump(ctx, out)
		for i := range maxCommands {
			if !o.accept() {
				t.Fatalf("command %d not accepted", i)
			}
			o.put(Lines{Seconds: i})
			o.put(Progress{ID: uint64(i)})
			o.put(End{ID: uint64(i)})
			synctest.Wait()
		}
		if o.accept() {
			t.Error("accepted more than can wait")
		}
		for i := range maxCommands {
			if e, ok := (<-out).(End); !ok || e.ID != uint64(i) {
				t.Fatalf("report %d is %+v", i, e)
			}
		}
		if l, ok := (<-out).(Lines); !ok || l.Seconds != maxCommands-1 {
			t.Errorf("lines = %+v, want the latest only", l)
		}
		synctest.Wait()
		select {
		case r := <-out:
			t.Errorf("%+v came after the end it belongs to", r)
		default:
		}
		if !o.accept() {
			t.Error("not accepted though all results are read")
		}
	})
}

func TestOptionsRefused(t *testing.T) {
	start := func() (*GuardPipe, error) { return nil, errNoGuard }
	for name, o := range map[string]Options{
		"no guard":        {},
		"slow calls":      {StartGuard: start, CallTimeout: time.Second},
		"negative":        {StartGuard: start, CallTimeout: -1},
		"watchdog":        {StartGuard: start, WatchdogRest: time.Hour},
		"watchdog not in": {StartGuard: start, WatchdogRest: time.Millisecond},
	} {
		if _, err := New(nil, o); err == nil {
			t.Errorf("%s: New took it", name)
		}
	}
	f, err := New(nil, Options{StartGuard: start})
	if err != nil {
		t.Fatal(err)
	}
	for i := range maxCommands {
		if err := f.Board(uint64(i)); err != nil {
			t.Fatalf("command %d: %v", i, err)
		}
	}
	if err := f.Hold(99, time.Second); !errors.Is(err, ErrBusy) {
		t.Errorf("one more: %v, want ErrBusy", err)
	}
	f.Lower()
	f.Lower()
	if n := len(f.commands); n != maxCommands+1 {
		t.Errorf("%d commands wait: two Lower in a row are one", n)
	}
}
