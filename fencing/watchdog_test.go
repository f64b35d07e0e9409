package fencing_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/futago-ha/futago/fencing"
	"github.com/futago-ha/futago/internal/board"
)

// What sets the watchdog at boot tries once. A watchdog that is to be on and is
// found off is switched on, once this daemon feeds it, and stays so.
func TestWatchdogFoundOffIsSwitchedOn(t *testing.T) {
	var fed atomic.Bool
	o := benchOptions{fencer: fencing.Options{
		HeartbeatFed: func() bool { return fed.Load() }, WatchdogRest: time.Minute, WatchdogOn: true,
	}}
	inBubble(t, o, func(b *bench) {
		b.wait(2 * time.Second)
		if h, got := last[fencing.Health](b), b.live.Status()[0].Watchdog; h.Watchdog != fencing.WatchdogOff || h.SwitchedOn != 0 || got != 0 {
			t.Errorf("health = %+v, time-out %s: switched on though nobody feeds it", h, got)
		}
		fed.Store(true)
		b.wait(2 * time.Second)
		restarts, err := newDev(t, b.live, 0).Restart()
		check(t, err)
		if h, got := last[fencing.Health](b), b.live.Status()[0].Watchdog; h.Watchdog != fencing.WatchdogFed || h.SwitchedOn != 1 || got != time.Minute || !restarts {
			t.Errorf("health = %+v, time-out %s, restarts the node: %t", h, got, restarts)
		}
		setWatchdog(b, 0)
		b.wait(2 * time.Minute)
		if h, got := last[fencing.Health](b), b.live.Status()[0].Watchdog; h.Watchdog != fencing.WatchdogFed || h.SwitchedOn != 2 || got != time.Minute {
			t.Errorf("health = %+v, time-out %s after somebody switched it off", h, got)
		}
	})
}

// A bus that fails just then is no reason to leave it off.
func TestWatchdogIsSwitchedOnWhenTheBusAnswers(t *testing.T) {
	o := benchOptions{fencer: fencing.Options{
		HeartbeatFed: func() bool { return true }, WatchdogRest: time.Minute, WatchdogOn: true,
	}, prepare: func(b *bench) { check(b.t, b.live.SetOptions(0, board.Options{NAKRate: 1})) }}
	inBubble(t, o, func(b *bench) {
		b.wait(5 * time.Second)
		check(t, b.live.SetOptions(0, board.Options{}))
		b.wait(3 * time.Second)
		if h, got := last[fencing.Health](b), b.live.Status()[0].Watchdog; h.Watchdog != fencing.WatchdogFed || got != time.Minute {
			t.Errorf("health = %+v, time-out %s", h, got)
		}
	})
	if _, err := fencing.New(nil, fencing.Options{WatchdogOn: true, StartGuard: func() (*fencing.GuardPipe, error) { return nil, nil }}); err == nil {
		t.Error("on without a time-out was taken")
	}
}

// A raise at which the watchdog could not be shortened is not the last chance:
// a kernel that dies later in the hold must not keep the line up for a minute.
func TestWatchdogIsTightenedLaterInAHold(t *testing.T) {
	for name, raise := range map[string]func(*bench) error{
		"hold":    func(b *bench) error { return b.f.Hold(1, twelve) },
		"contest": func(b *bench) error { return b.f.Contest(1) },
	} {
		t.Run(name, func(t *testing.T) {
			var fed atomic.Bool
			o := benchOptions{
				fencer:  fencing.Options{HeartbeatFed: func() bool { return fed.Load() }},
				prepare: func(b *bench) { setWatchdog(b, time.Minute) },
			}
			inBubble(t, o, func(b *bench) {
				check(t, raise(b))
				b.wait(time.Second)
				if got := b.live.Status()[0].Watchdog; !b.out() || got != time.Minute {
					t.Fatalf("line up: %t, watchdog %s though nobody feeds it", b.out(), got)
				}
				fed.Store(true)
				b.wait(2 * time.Second)
				if got := b.live.Status()[0].Watchdog; got != fencing.TightWatchdog {
					t.Errorf("watchdog %s, want %s", got, fencing.TightWatchdog)
				}
				b.f.Lower()
				b.wait(2 * time.Second)
				if got := b.live.Status()[0].Watchdog; got != time.Minute {
					t.Errorf("watchdog %s afterwards, want it back at 1m", got)
				}
			})
		})
	}
}
