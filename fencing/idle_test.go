package fencing_test

import (
	"testing"
	"time"

	"github.com/futago-ha/futago/fencing"
	"github.com/futago-ha/futago/fencing/sleepi3"
	"github.com/futago-ha/futago/internal/board"
)

func TestFirstThingIsToLower(t *testing.T) {
	o := benchOptions{prepare: func(b *bench) {
		check(b.t, newDev(b.t, b.live, 0).SetOut(true))
		if !b.out() {
			b.t.Fatal("the board did not raise")
		}
	}}
	inBubble(t, o, func(b *bench) {
		if b.out() {
			t.Error("a line left up was not lowered at the start")
		}
	})
}

func TestIdleLinesEverySecondAndOnChange(t *testing.T) {
	inBubble(t, benchOptions{}, func(b *bench) {
		before := len(each[fencing.Lines](b))
		b.wait(10 * time.Second)
		if n := len(each[fencing.Lines](b)) - before; n < 8 || n > 12 {
			t.Errorf("%d reports in 10 quiet seconds, want one a second", n)
		}
		check(t, newDev(t, b.live, 1).SetOut(true))
		b.wait(500 * time.Millisecond)
		if l := last[fencing.Lines](b); !l.In || l.Out || l.Seconds != 0 || l.Err != nil {
			t.Errorf("lines = %+v, want EXTIN up", l)
		}
		before = len(each[fencing.Lines](b))
		b.wait(4 * time.Second)
		if n := len(each[fencing.Lines](b)) - before; n < 18 {
			t.Errorf("%d reports in 4 s under fire, want 5 a second", n)
		}
		if l := last[fencing.Lines](b); l.Seconds != 4 {
			t.Errorf("EXTIN stands %d s, want 4", l.Seconds)
		}
		check(t, newDev(t, b.live, 1).SetOut(false))
		b.wait(500 * time.Millisecond)
		if l := last[fencing.Lines](b); l.In || l.Seconds != -1 {
			t.Errorf("lines = %+v, want EXTIN down", l)
		}
	})
}

// TestIdleLooksWhenTheLoopSpeaks: the process is awake then anyway. While the
// loop is silent the lines are looked at all the same.
func TestIdleLooksWhenTheLoopSpeaks(t *testing.T) {
	inBubble(t, benchOptions{}, func(b *bench) {
		b.wait(loopEvery / 3) // a hold begins and ends between two of its words
		check(t, b.f.Hold(1, twelve))
		b.wait(loopEvery / 7)
		b.f.Lower()
		b.wait(time.Second)
		looks := len(b.bus.looks())
		b.wait(10 * time.Second)
		ten := b.bus.looks()[looks:]
		if n := len(ten); n < 45 || n > 55 {
			t.Errorf("%d looks in 10 s, want 5 a second", n)
		}
		for _, at := range ten {
			if since := at.Sub(b.start) % loopEvery; since != 0 {
				t.Fatalf("a look %s after the loop's word: the process was woken for it", since)
			}
		}
		b.setMute(true)
		looks = len(b.bus.looks())
		b.wait(10 * time.Second)
		if n := len(b.bus.looks()) - looks; n < 30 {
			t.Errorf("%d looks in 10 s while the loop is silent, want 3 a second at least", n)
		}
	})
}

func TestIdleLowersWhatOthersRaise(t *testing.T) {
	inBubble(t, benchOptions{}, func(b *bench) {
		check(t, newDev(t, b.live, 0).SetOut(true))
		b.wantDown()
	})
}

func TestLinesReportErrors(t *testing.T) {
	inBubble(t, benchOptions{}, func(b *bench) {
		check(t, b.live.SetOptions(0, board.Options{NAKRate: 1}))
		b.wait(time.Second)
		if l := last[fencing.Lines](b); l.Err == nil {
			t.Errorf("lines = %+v, want an error", l)
		}
		check(t, b.live.SetOptions(0, board.Options{}))
		b.wait(time.Second)
		check(t, last[fencing.Lines](b).Err)
	})
}

func TestArmDisarmBoard(t *testing.T) {
	inBubble(t, benchOptions{}, func(b *bench) {
		check(t, b.f.Arm(1))
		b.wait(100 * time.Millisecond)
		if a := last[fencing.ArmDone](b); a.ID != 1 || !a.Armed || a.Err != nil || !b.live.Status()[0].Armed {
			t.Errorf("arm = %+v", a)
		}
		check(t, b.f.Board(2))
		b.wait(100 * time.Millisecond)
		i := last[fencing.BoardInfo](b)
		if i.ID != 2 || !i.Armed || i.Err != nil || len(i.Wake) != 1 || i.Wake[0] != "poweron" || i.Version == 0 {
			t.Errorf("board = %+v", i)
		}
		check(t, b.f.Disarm(3))
		b.wait(100 * time.Millisecond)
		if a := last[fencing.ArmDone](b); a.ID != 3 || a.Armed || a.Err != nil || b.live.Status()[0].Armed {
			t.Errorf("disarm = %+v", a)
		}
	})
}

// TestBoardLateOnce: a busy machine makes a transfer late, and a bus loses one.
// A node whose board counts as silent serves no more than it has to and cannot
// be fenced, so one such transfer must not say so.
func TestBoardLateOnce(t *testing.T) {
	for name, fault := range map[string]board.Fault{
		"late":             {Hang: 400 * time.Millisecond, Acts: board.ActsNever},
		"not acknowledged": {NAK: true},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, benchOptions{}, func(b *bench) {
				b.live.FailNext(0, fault)
				check(t, b.f.Board(1))
				b.wait(2 * time.Second)
				if i := last[fencing.BoardInfo](b); i.ID != 1 || i.Version == 0 || i.Err != nil {
					t.Errorf("board = %+v", i)
				}
			})
		})
	}
}

func TestArmInPassingOfAHold(t *testing.T) {
	inBubble(t, benchOptions{}, func(b *bench) {
		check(t, b.f.Hold(1, twelve))
		b.wait(3 * time.Second)
		check(t, b.f.Arm(2))
		b.wait(100 * time.Millisecond)
		if a := last[fencing.ArmDone](b); !a.Armed {
			t.Errorf("arm = %+v", a)
		}
		b.wantEnd(1, 20*time.Second, fencing.Held, "")
	})
}

func TestWatchdogTightWhileUp(t *testing.T) {
	o := benchOptions{
		fencer:  fencing.Options{HeartbeatFed: func() bool { return true }},
		prepare: func(b *bench) { setWatchdog(b, time.Minute) },
	}
	inBubble(t, o, func(b *bench) {
		if h := last[fencing.Health](b); h.Watchdog != fencing.WatchdogFed || !h.Guard {
			t.Errorf("health = %+v", h)
		}
		check(t, b.f.Hold(1, twelve))
		b.wait(2 * time.Second)
		if got := b.live.Status()[0].Watchdog; got != fencing.TightWatchdog {
			t.Errorf("watchdog %s during the hold, want %s", got, fencing.TightWatchdog)
		}
		b.f.Lower()
		b.wantEnd(1, time.Second, fencing.Lowered, "")
		b.wait(time.Second)
		if got := b.live.Status()[0].Watchdog; got != time.Minute {
			t.Errorf("watchdog %s after the hold, want 1m", got)
		}
	})
}

// TestWatchdogAtRestAfterTheEnd: a daemon that is started anew in the middle of a
// pulse feeds nothing for as long as that takes, and a short time-out would cut
// the node meanwhile.
func TestWatchdogAtRestAfterTheEnd(t *testing.T) {
	o := benchOptions{
		fencer:  fencing.Options{HeartbeatFed: func() bool { return true }},
		prepare: func(b *bench) { setWatchdog(b, time.Minute) },
	}
	inBubble(t, o, func(b *bench) {
		check(t, b.f.Pulse(1, time.Second))
		b.wait(300 * time.Millisecond)
		if got := b.live.Status()[0].Watchdog; got != fencing.TightWatchdog {
			t.Fatalf("watchdog %s during the pulse, want %s", got, fencing.TightWatchdog)
		}
		b.stop()
		if s := b.live.Status()[0]; s.Out || s.Watchdog != time.Minute {
			t.Errorf("EXTOUT %t and watchdog %s after the end, want it low and 1m", s.Out, s.Watchdog)
		}
	})
}

func TestWatchdogNeverTight(t *testing.T) {
	o := benchOptions{
		fencer:  fencing.Options{HeartbeatFed: func() bool { return true }, WatchdogTight: fencing.NeverTight},
		prepare: func(b *bench) { setWatchdog(b, time.Minute) },
	}
	inBubble(t, o, func(b *bench) {
		check(t, b.f.Hold(1, twelve))
		b.wait(2 * time.Second)
		if got := b.live.Status()[0].Watchdog; got != time.Minute {
			t.Errorf("watchdog %s during the hold, want it left at 1m", got)
		}
		b.f.Lower()
		b.wantEnd(1, time.Second, fencing.Lowered, "")
	})
	if _, err := fencing.New(nil, fencing.Options{WatchdogTight: 11 * time.Second, StartGuard: func() (*fencing.GuardPipe, error) { return nil, nil }}); err == nil {
		t.Error("11 s were taken")
	}
}

func TestWatchdogOfAKilledDaemonIsPutBack(t *testing.T) {
	o := benchOptions{
		fencer:  fencing.Options{WatchdogRest: time.Minute},
		prepare: func(b *bench) { setWatchdog(b, 10*time.Second) },
	}
	inBubble(t, o, func(b *bench) {
		if got := b.live.Status()[0].Watchdog; got != time.Minute {
			t.Errorf("watchdog %s, want 1m", got)
		}
	})
}

func TestWatchdogLeftAlone(t *testing.T) {
	fed := fencing.Options{HeartbeatFed: func() bool { return true }}
	for name, tt := range map[string]struct {
		opts fencing.Options
		set  time.Duration
		want fencing.WatchdogState
	}{
		"off":   {fed, 0, fencing.WatchdogOff},
		"unfed": {fencing.Options{}, time.Minute, fencing.WatchdogUnfed},
		"short": {fed, 5 * time.Second, fencing.WatchdogFed},
	} {
		t.Run(name, func(t *testing.T) {
			o := benchOptions{fencer: tt.opts, prepare: func(b *bench) { setWatchdog(b, tt.set) }}
			inBubble(t, o, func(b *bench) {
				if got := last[fencing.Health](b).Watchdog; got != tt.want {
					t.Errorf("watchdog state %q, want %q", got, tt.want)
				}
				check(t, b.f.Pulse(1, time.Second))
				b.wait(500 * time.Millisecond)
				if got := b.live.Status()[0].Watchdog; got != tt.set {
					t.Errorf("watchdog %s while up, want it left at %s", got, tt.set)
				}
				b.wantEnd(1, 3*time.Second, fencing.Pulsed, "")
			})
		})
	}
}

// A watchdog that cuts and leaves the node off would be worse than none.
func TestWatchdogRestartsTheNode(t *testing.T) {
	for name, tt := range map[string]struct {
		set  time.Duration
		want bool
	}{"in use": {time.Minute, true}, "off": {0, false}} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, benchOptions{prepare: func(b *bench) { setWatchdog(b, tt.set) }}, func(b *bench) {
				b.wait(2 * time.Second)
				on, err := newDev(t, b.live, 0).Restart()
				if check(t, err); on != tt.want {
					t.Errorf("the watchdog restarts the node: %t, want %t", on, tt.want)
				}
			})
		})
	}
}

func setWatchdog(b *bench, d time.Duration) {
	dev, err := sleepi3.New(board.LocalBus{Live: b.live, Node: 0}, sleepi3.DefaultOpts)
	check(b.t, err)
	check(b.t, dev.SetWatchdogTimeout(d))
}
