package board

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// onLive runs body with boards that have supply, in virtual time.
func onLive(t *testing.T, body func(l *Live, events func() []Event)) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var events []Event
		l := NewLive(Options{}, Options{}, func(e Event) {
			mu.Lock()
			defer mu.Unlock()
			events = append(events, e)
		})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- l.Run(ctx) }()
		l.Supply(0, true)
		l.Supply(1, true)
		body(l, func() []Event {
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			return slices.Clone(events[2:]) // without the two of power on
		})
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func tx(t *testing.T, l *Live, node int, w ...byte) {
	t.Helper()
	if err := l.Tx(node, defaultAddr, w, nil); err != nil {
		t.Fatal(err)
	}
}

func TestLiveReportsInTime(t *testing.T) {
	onLive(t, func(l *Live, events func() []Event) {
		tx(t, l, 1, regInput, bitArmed)
		began := l.now()
		tx(t, l, 0, regIO, bitOut)
		time.Sleep(9999 * time.Millisecond)
		want(t, events())
		time.Sleep(time.Millisecond)
		want(t, events(), Event{At: began + 10*s, Node: 1, Kind: PowerCut, Reason: ReasonExtin})
		if err := l.Tx(1, defaultAddr, []byte{regIO}, make([]byte, 1)); !errors.Is(err, ErrUnpowered) {
			t.Errorf("a transfer without power: %v", err)
		}
		if st := l.Status(); !st[0].Out || !st[1].In || st[1].Powered || !st[1].Supply {
			t.Errorf("status %+v", st)
		}
	})
}

func TestLiveThingsThatHappenToAPi(t *testing.T) {
	onLive(t, func(l *Live, events func() []Event) {
		kinds := func() (k []Reason) {
			for _, e := range events() {
				k = append(k, e.Reason)
			}
			return k
		}
		tx(t, l, 0, regSleep, 1)
		l.Halt(0)
		time.Sleep(2 * s)
		l.Push(0)
		tx(t, l, 0, regIO, bitOut)
		l.Panic(0)
		tx(t, l, 0, regIO, bitOut)
		l.Reboot(0)
		if l.Status()[0].Out {
			t.Error("EXTOUT outlived its Pi")
		}
		tx(t, l, 0, regWatchdog, 5)
		time.Sleep(4 * s)
		l.Heartbeat(0)
		time.Sleep(4 * s)
		l.Alarm(0, 10*s)
		time.Sleep(20 * s)
		want := []Reason{ReasonSleep, ReasonSwitch, ReasonWatchdog, ReasonAlarm}
		if got := kinds(); !slices.Equal(got[:min(4, len(got))], want) {
			t.Errorf("events %v, want %v first", events(), want)
		}
		if err := l.SetOptions(0, Options{Threshold: 1}); err == nil {
			t.Error("SetOptions took a bad threshold")
		}
	})
}

func TestHangs(t *testing.T) {
	for name, tt := range map[string]struct {
		acts   HangEffect
		during bool
		after  bool
		err    error
	}{
		"acts first": {ActsFirst, true, true, nil},
		"acts last":  {ActsLast, false, true, nil},
		"acts never": {ActsNever, false, false, ErrHung},
	} {
		t.Run(name, func(t *testing.T) {
			onLive(t, func(l *Live, _ func() []Event) {
				l.FailNext(0, Fault{Hang: 3 * s, Acts: tt.acts})
				done := make(chan error, 1)
				go func() { done <- l.Tx(0, defaultAddr, []byte{regIO, bitOut}, nil) }()
				time.Sleep(1 * s)
				if got := l.Status()[0].Out; got != tt.during {
					t.Errorf("EXTOUT %t while it hangs, want %t", got, tt.during)
				}
				began := time.Now()
				_ = l.Tx(0, defaultAddr, []byte{regVersion}, make([]byte, 1)) // only waits its turn
				if waited := time.Since(began); waited != 2*s {
					t.Errorf("the next transfer waited %s, want 2 s", waited)
				}
				if err := <-done; !errors.Is(err, tt.err) {
					t.Errorf("came back with %v, want %v", err, tt.err)
				}
				if got := l.Status()[0].Out; got != tt.after {
					t.Errorf("EXTOUT %t afterwards, want %t", got, tt.after)
				}
			})
		})
	}
}

func TestUnhangAndClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLive(Options{}, Options{}, func(Event) {})
		ctx, cancel := context.WithCancel(t.Context())
		ran := make(chan error, 1)
		go func() { ran <- l.Run(ctx) }()
		l.Supply(0, true)
		done := make(chan error, 1)
		hang := func() {
			l.FailNext(0, Fault{Hang: Forever})
			go func() { done <- l.Tx(0, defaultAddr, []byte{regVersion}, make([]byte, 1)) }()
			time.Sleep(time.Hour)
		}
		hang()
		l.Unhang(0)
		if err := <-done; err != nil {
			t.Errorf("released: %v", err)
		}
		hang()
		cancel()
		if err := <-done; !errors.Is(err, ErrClosed) {
			t.Errorf("boards stopped: %v", err)
		}
		if err := <-ran; err != nil {
			t.Error(err)
		}
	})
}
