package fencing_test

import (
	"testing"
	"time"

	"github.com/futago-ha/futago/fencing"
	"github.com/futago-ha/futago/internal/board"
)

func TestContestHoldsUntilLowered(t *testing.T) {
	inBubble(t, benchOptions{}, func(b *bench) {
		check(t, b.f.Contest(1))
		b.wait(50 * time.Millisecond)
		if !b.out() {
			t.Error("the line is not up at once")
		}
		b.wait(6 * time.Second)
		if !b.out() || len(b.ends(1)) != 0 {
			t.Errorf("the contest ended by itself: %+v", b.ends(1))
		}
		b.f.Lower()
		e := b.wantEnd(1, time.Second, fencing.Lowered, "")
		if e.Stood < 6*time.Second || e.Stood > 7*time.Second {
			t.Errorf("stood %s, want about 6 s", e.Stood)
		}
		b.wantDown()
	})
}

func TestContestRaisesAgain(t *testing.T) {
	inBubble(t, benchOptions{}, func(b *bench) {
		check(t, b.f.Contest(1))
		b.wait(time.Second)
		check(t, newDev(t, b.live, 0).SetOut(false))
		b.wait(500 * time.Millisecond)
		if !b.out() {
			t.Error("the line was not raised again")
		}
		b.f.Lower()
		b.wantEnd(1, time.Second, fencing.Lowered, "")
	})
}

func TestContestAndHoldGoOver(t *testing.T) {
	inBubble(t, benchOptions{}, func(b *bench) {
		check(t, b.f.Contest(1))
		b.wait(2 * time.Second)
		check(t, b.f.Hold(2, twelve))
		b.wantEnd(1, time.Second, fencing.Superseded, "")
		e := b.wantEnd(2, 20*time.Second, fencing.Held, "")
		if e.Stood < 14*time.Second {
			t.Errorf("stood %s: the contest's time is part of what the other node felt", e.Stood)
		}
		if cuts := b.cuts(); len(cuts) != 1 || cuts[0] > 11*time.Second {
			t.Errorf("cuts %v, want one 10 s after the contest began: the line must not fall", cuts)
		}
	})
}

func TestPulse(t *testing.T) {
	inBubble(t, benchOptions{}, func(b *bench) {
		check(t, b.f.Pulse(1, time.Second))
		e := b.wantEnd(1, 3*time.Second, fencing.Pulsed, "")
		if e.Stood < time.Second || e.Stood > 1300*time.Millisecond {
			t.Errorf("stood %s, want 1.0 to 1.3 s", e.Stood)
		}
		b.wantDown()
		if len(b.cuts()) != 0 {
			t.Errorf("a pulse cut node 1 at %v", b.cuts())
		}
	})
}

func TestPulseWakesWhatAHoldCut(t *testing.T) {
	inBubble(t, benchOptions{}, func(b *bench) {
		check(t, b.f.Hold(1, twelve))
		b.wantEnd(1, 20*time.Second, fencing.Held, "")
		b.wait(time.Second)
		if b.powered() {
			t.Fatal("node 1 has power after the hold")
		}
		check(t, b.f.Pulse(2, time.Second))
		b.wantEnd(2, 3*time.Second, fencing.Pulsed, "")
		if !b.powered() {
			t.Error("the pulse did not wake node 1")
		}
	})
}

func TestPulseRefusedWhileUp(t *testing.T) {
	inBubble(t, benchOptions{}, func(b *bench) {
		check(t, b.f.Hold(1, twelve))
		b.wait(time.Second)
		check(t, b.f.Pulse(2, time.Second))
		b.wantEnd(2, time.Second, fencing.Refused, fencing.ReasonBusy)
		if !b.out() {
			t.Error("the refused pulse lowered the hold")
		}
		b.f.Lower()
		b.wantEnd(1, time.Second, fencing.Lowered, "")
	})
}

func TestPulseOnDeadLine(t *testing.T) {
	o := benchOptions{
		boards:  [2]board.Options{{OutIsDriven: true}, {}},
		prepare: func(b *bench) { b.live.Wire(0, board.WireLow) },
	}
	inBubble(t, o, func(b *bench) {
		check(t, b.f.Pulse(1, time.Second))
		b.wantEnd(1, 4*time.Second, fencing.Unknown, fencing.ReasonNotHigh)
	})
}

func TestPulseWhoseLineSticks(t *testing.T) {
	o := benchOptions{boards: [2]board.Options{{OutIsDriven: true}, {}}}
	inBubble(t, o, func(b *bench) {
		check(t, b.f.Pulse(1, time.Second))
		b.wait(500 * time.Millisecond)
		b.live.Wire(0, board.WireHigh)
		b.wantEnd(1, 5*time.Second, fencing.Unknown, fencing.ReasonNotLow)
		if !last[fencing.Health](b).StuckHigh {
			t.Error("the stuck line is not reported")
		}
		b.live.Wire(0, board.WireOK)
		b.wantDown()
		if last[fencing.Health](b).StuckHigh {
			t.Error("the line is still reported as stuck")
		}
	})
}

func TestLowerDuringPulse(t *testing.T) {
	inBubble(t, benchOptions{}, func(b *bench) {
		check(t, b.f.Pulse(1, 2*time.Second))
		b.wait(500 * time.Millisecond)
		b.f.Lower()
		b.wantEnd(1, time.Second, fencing.Lowered, "")
		b.wantDown()
	})
}
