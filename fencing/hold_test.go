package fencing_test

import (
	"testing"
	"time"

	"github.com/futago-ha/futago/fencing"
	"github.com/futago-ha/futago/internal/board"
)

const twelve = 12 * time.Second

func TestHoldCutsAndIsHeld(t *testing.T) {
	for name, o := range map[string]benchOptions{
		"kind board":      {},
		"cuts at 11 s":    {boards: [2]board.Options{{}, {Threshold: 11 * time.Second}}},
		"driven read-out": {boards: [2]board.Options{{OutIsDriven: true}, {}}},
		"busy board":      {boards: [2]board.Options{{NAKRate: 0.05, Seed: 7}, {}}},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, o, func(b *bench) {
				check(t, b.f.Hold(1, twelve))
				e := b.wantEnd(1, 20*time.Second, fencing.Held, "")
				if len(b.cuts()) != 1 {
					t.Errorf("node 1 cut at %v, want one cut", b.cuts())
				}
				if e.Stood < twelve || e.Stood > 13*time.Second {
					t.Errorf("stood %s, want 12 to 13 s", e.Stood)
				}
				if e.Readings < 48 || e.Highs != e.Readings-1 {
					t.Errorf("%d readings, %d high: want 4 per s and all but the first high", e.Readings, e.Highs)
				}
				b.wantDown()
			})
		})
	}
}

func TestHoldReportsProgressWithCautiousClocks(t *testing.T) {
	inBubble(t, benchOptions{}, func(b *bench) {
		check(t, b.f.Hold(1, twelve))
		b.wait(5 * time.Second)
		p := last[fencing.Progress](b)
		if p.ID != 1 || p.Err != nil || p.Highs < 20 {
			t.Errorf("progress = %+v", p)
		}
		if p.LowUntil.After(p.HighSince) {
			t.Errorf("low until %s is after high since %s", p.LowUntil, p.HighSince)
		}
		if p.Stood < p.At.Sub(p.HighSince) {
			t.Errorf("stood %s is less than since high %s", p.Stood, p.At.Sub(p.HighSince))
		}
		b.wantEnd(1, 20*time.Second, fencing.Held, "")
	})
}

func TestLowerEndsHold(t *testing.T) {
	inBubble(t, benchOptions{}, func(b *bench) {
		check(t, b.f.Hold(1, twelve))
		b.wait(4 * time.Second)
		b.f.Lower()
		e := b.wantEnd(1, time.Second, fencing.Lowered, "")
		if e.Stood < 3*time.Second || e.Stood > 4500*time.Millisecond {
			t.Errorf("stood %s, want about 4 s", e.Stood)
		}
		b.wantDown()
		if len(b.cuts()) != 0 {
			t.Errorf("node 1 was cut at %v", b.cuts())
		}
	})
}

func TestGiveUp(t *testing.T) {
	t.Run("before second 8", func(t *testing.T) {
		inBubble(t, benchOptions{}, func(b *bench) {
			check(t, b.f.Hold(1, twelve))
			b.wait(7500 * time.Millisecond)
			b.f.GiveUp()
			if e := b.wantEnd(1, time.Second, fencing.Lowered, ""); e.Stood >= fencing.CutOff {
				t.Errorf("stood %s, want less than %s", e.Stood, fencing.CutOff)
			}
		})
	})
	t.Run("too late", func(t *testing.T) {
		inBubble(t, benchOptions{}, func(b *bench) {
			check(t, b.f.Hold(1, twelve))
			b.wait(8100 * time.Millisecond)
			b.f.GiveUp()
			b.wantEnd(1, 20*time.Second, fencing.Held, "")
		})
	})
	t.Run("not read back low in time", func(t *testing.T) {
		inBubble(t, benchOptions{}, func(b *bench) {
			check(t, b.f.Hold(1, twelve))
			b.wait(7600 * time.Millisecond)
			b.live.FailNext(0, board.Fault{Hang: 1200 * time.Millisecond, Acts: board.ActsNever})
			b.f.GiveUp()
			e := b.wantEnd(1, 40*time.Second, fencing.Held, "")
			if e.Stood < twelve {
				t.Errorf("stood %s: the hold should have run to its end", e.Stood)
			}
			if len(b.cuts()) != 1 {
				t.Errorf("cuts %v, want one", b.cuts())
			}
		})
	})
	// The word to give up came too late, and then the line is found low, by the
	// guard's hand or another's: nobody wants it up again.
	t.Run("too late, and lowered in time", func(t *testing.T) {
		inBubble(t, benchOptions{}, func(b *bench) {
			check(t, b.f.Hold(1, twelve))
			b.wait(8100 * time.Millisecond)
			b.f.GiveUp()
			b.wait(50 * time.Millisecond)
			check(t, newDev(t, b.live, 0).SetOut(false))
			b.wantEnd(1, time.Second, fencing.Lowered, "")
			b.wantDown()
			if len(b.cuts()) != 0 {
				t.Errorf("node 1 was cut at %v", b.cuts())
			}
		})
	})
}

func TestGapEarlyBreaksOff(t *testing.T) {
	inBubble(t, benchOptions{}, func(b *bench) {
		check(t, b.f.Hold(1, twelve))
		b.wait(4 * time.Second)
		b.live.FailNext(0, board.Fault{Hang: 2 * time.Second, Acts: board.ActsFirst})
		b.wantEnd(1, 5*time.Second, fencing.BrokenEarly, fencing.ReasonGap)
		b.wantDown()
		if len(b.cuts()) != 0 {
			t.Errorf("node 1 was cut at %v", b.cuts())
		}
	})
}

func TestGapEarlyThatLastsIsUnknown(t *testing.T) {
	inBubble(t, benchOptions{}, func(b *bench) {
		check(t, b.f.Hold(1, twelve))
		b.wait(4 * time.Second)
		b.live.FailNext(0, board.Fault{Hang: 10 * time.Second, Acts: board.ActsFirst})
		e := b.wantEnd(1, 6*time.Second, fencing.Unknown, fencing.ReasonGap)
		if e.Err == nil || e.Stood < fencing.CutOff {
			t.Errorf("end = %+v, want an error and a stood past the cut-off", e)
		}
		if last[fencing.Health](b).HungSince.IsZero() {
			t.Error("the hanging transfer is not reported")
		}
		b.wait(6 * time.Second) // the bus answers again
		b.wantDown()
		if !last[fencing.Health](b).HungSince.IsZero() {
			t.Error("the transfer is still reported as hanging")
		}
	})
}

func TestGapLateRestartsTheTime(t *testing.T) {
	inBubble(t, benchOptions{}, func(b *bench) {
		check(t, b.f.Hold(1, twelve))
		b.wait(9 * time.Second)
		b.live.FailNext(0, board.Fault{Hang: 2 * time.Second, Acts: board.ActsFirst})
		e := b.wantEnd(1, 30*time.Second, fencing.Held, "")
		if e.Stood < 23*time.Second || e.Stood > 25*time.Second {
			t.Errorf("stood %s, want 11 s before and 12 s after the gap", e.Stood)
		}
	})
}

func TestShortGapDoesNotMatter(t *testing.T) {
	inBubble(t, benchOptions{}, func(b *bench) {
		check(t, b.f.Hold(1, twelve))
		b.wait(4 * time.Second)
		b.live.FailNext(0, board.Fault{Hang: 700 * time.Millisecond, Acts: board.ActsFirst})
		if e := b.wantEnd(1, 20*time.Second, fencing.Held, ""); e.Stood > 13*time.Second {
			t.Errorf("stood %s: the time was restarted", e.Stood)
		}
	})
}

func TestZeroReadRestartsTheTime(t *testing.T) {
	inBubble(t, benchOptions{}, func(b *bench) {
		check(t, b.f.Hold(1, twelve))
		b.wait(6 * time.Second)
		check(t, newDev(t, b.live, 0).SetOut(false)) // somebody else lowers it
		e := b.wantEnd(1, 30*time.Second, fencing.Held, "")
		if e.Highs == e.Readings-1 {
			t.Error("the low reading was not counted")
		}
		if cuts := b.cuts(); len(cuts) != 1 || cuts[0] < 16*time.Second {
			t.Errorf("cuts %v, want one, 10 s after the line was raised again", cuts)
		}
	})
}

func TestLineThatNeverReadsHighIsUnknown(t *testing.T) {
	o := benchOptions{
		boards:  [2]board.Options{{OutIsDriven: true}, {}},
		prepare: func(b *bench) { b.live.Wire(0, board.WireLow) },
	}
	inBubble(t, o, func(b *bench) {
		check(t, b.f.Hold(1, twelve))
		e := b.wantEnd(1, fencing.HoldLimit, fencing.Unknown, fencing.ReasonNotHigh)
		if e.Highs != 0 || e.Readings == 0 {
			t.Errorf("end = %+v", e)
		}
		if len(b.cuts()) != 0 {
			t.Errorf("cuts %v", b.cuts())
		}
	})
}

func TestBusDownFromTheStart(t *testing.T) {
	inBubble(t, benchOptions{}, func(b *bench) {
		check(t, b.live.SetOptions(0, board.Options{NAKRate: 1}))
		check(t, b.f.Hold(1, twelve))
		b.wantEnd(1, 15*time.Second, fencing.BrokenEarly, fencing.ReasonGap)
		check(t, b.live.SetOptions(0, board.Options{}))
		b.wantDown()
	})
}

func TestRaiseThatActsLate(t *testing.T) {
	inBubble(t, benchOptions{}, func(b *bench) {
		b.onRaise(board.Fault{Hang: 20 * time.Second, Acts: board.ActsLast})
		check(t, b.f.Hold(1, twelve))
		b.wantEnd(1, 15*time.Second, fencing.Unknown, fencing.ReasonGap)
		b.wait(15 * time.Second)
		b.wantDown()
		if len(b.cuts()) != 0 {
			t.Errorf("cuts %v", b.cuts())
		}
	})
}

func TestHoldRefused(t *testing.T) {
	inBubble(t, benchOptions{}, func(b *bench) {
		check(t, b.f.Hold(1, 0))
		b.wantEnd(1, time.Second, fencing.Refused, fencing.ReasonBadLength)
		check(t, b.f.Hold(2, time.Hour))
		b.wantEnd(2, time.Second, fencing.Refused, fencing.ReasonBadLength)
		b.setMute(true)
		b.wait(2 * time.Second)
		check(t, b.f.Hold(3, twelve))
		b.wantEnd(3, time.Second, fencing.Refused, fencing.ReasonSilent)
		check(t, b.f.Contest(4))
		b.wantEnd(4, time.Second, fencing.Refused, fencing.ReasonSilent)
		check(t, b.f.Pulse(5, time.Second))
		b.wantEnd(5, time.Second, fencing.Refused, fencing.ReasonSilent)
	})
}
