package fencing_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/futago-ha/futago/fencing"
	"github.com/futago-ha/futago/internal/board"
)

func TestNothingIsRaisedWithoutAGuard(t *testing.T) {
	o := benchOptions{prepare: func(b *bench) { b.noGuard = true }}
	inBubble(t, o, func(b *bench) {
		check(t, b.f.Hold(1, twelve))
		b.wantEnd(1, time.Second, fencing.Refused, fencing.ReasonNoGuard)
		check(t, b.f.Contest(2))
		b.wantEnd(2, time.Second, fencing.Refused, fencing.ReasonNoGuard)
		check(t, b.f.Pulse(3, time.Second))
		b.wantEnd(3, time.Second, fencing.Refused, fencing.ReasonNoGuard)
		if b.out() {
			t.Error("EXTOUT is up")
		}
		b.mu.Lock()
		b.noGuard = false
		b.mu.Unlock()
		b.wait(3 * time.Second)
		check(t, b.f.Pulse(4, time.Second))
		b.wantEnd(4, 3*time.Second, fencing.Pulsed, "")
	})
}

// killGuard ends the newest guard as a death would: its answers end. It lowers
// the line, too, as every guard does at its end.
func killGuard(b *bench) {
	b.mu.Lock()
	defer b.mu.Unlock()
	check(b.t, b.pipes[len(b.pipes)-1].W.Close())
	b.noGuard = true
}

func TestGuardDiesEarlyInAHold(t *testing.T) {
	inBubble(t, benchOptions{}, func(b *bench) {
		check(t, b.f.Hold(1, twelve))
		b.wait(3 * time.Second)
		killGuard(b)
		b.wantEnd(1, time.Second, fencing.BrokenEarly, fencing.ReasonNoGuard)
		b.wantDown()
		if last[fencing.Health](b).Guard {
			t.Error("the guard is reported as living")
		}
	})
}

func TestLoopFallsSilentEarly(t *testing.T) {
	inBubble(t, benchOptions{}, func(b *bench) {
		check(t, b.f.Hold(1, twelve))
		b.wait(3 * time.Second)
		b.setMute(true)
		b.wait(1300 * time.Millisecond)
		if b.out() {
			t.Error("EXTOUT is up 1.3 s after the loop's last word")
		}
		b.wantEnd(1, time.Second, fencing.BrokenEarly, fencing.ReasonSilent)
	})
}

func TestLoopFallsSilentLateAndSpeaksAgain(t *testing.T) {
	inBubble(t, benchOptions{}, func(b *bench) {
		check(t, b.f.Hold(1, twelve))
		b.wait(9 * time.Second)
		b.setMute(true)
		b.wait(1500 * time.Millisecond)
		if b.out() {
			t.Error("EXTOUT is up 1.5 s after the loop's last word")
		}
		b.setMute(false)
		e := b.wantEnd(1, 30*time.Second, fencing.Held, "")
		if at := e.At.Sub(b.start); at < 23*time.Second {
			t.Errorf("held at %s: the time was not started anew", at)
		}
	})
}

func TestLoopFallsSilentInAContest(t *testing.T) {
	inBubble(t, benchOptions{}, func(b *bench) {
		check(t, b.f.Contest(1))
		b.wait(3 * time.Second)
		b.setMute(true)
		b.wait(1500 * time.Millisecond)
		if b.out() {
			t.Error("EXTOUT is up 1.5 s after the loop's last word")
		}
		b.setMute(false)
		b.wait(500 * time.Millisecond)
		if !b.out() {
			t.Error("the contest does not go on")
		}
		b.f.Lower()
		b.wantEnd(1, time.Second, fencing.Lowered, "")
	})
}

// A transfer that hangs stops neither the loop's words nor the guard.
func TestHangForGoodIsReportedAtTheEnd(t *testing.T) {
	inBubble(t, benchOptions{}, func(b *bench) {
		b.live.FailNext(0, board.Fault{Hang: board.Forever})
		b.wait(5 * time.Second)
		h := last[fencing.Health](b)
		if h.HungSince.IsZero() {
			t.Errorf("health = %+v, want a hanging transfer", h)
		}
		check(t, b.f.Hold(1, twelve))
		e := b.wantEnd(1, 15*time.Second, fencing.BrokenEarly, fencing.ReasonGap)
		if e.Readings != 0 || e.Err == nil {
			t.Errorf("end = %+v", e)
		}
		b.live.Unhang(0)
		b.wait(time.Second)
		if !last[fencing.Health](b).HungSince.IsZero() {
			t.Error("the transfer is still reported as hanging")
		}
	})
}

func TestTransferThatNeverComesBackIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		live := board.NewLive(board.Options{}, board.Options{}, func(board.Event) {})
		liveCtx, stopLive := context.WithCancel(t.Context())
		lived := make(chan error, 1)
		go func() { lived <- live.Run(liveCtx) }()
		live.Supply(0, true)
		live.FailNext(0, board.Fault{Hang: board.Forever})
		f, err := fencing.New(newDev(t, live, 0), fencing.Options{
			StartGuard: func() (*fencing.GuardPipe, error) { return nil, io.ErrClosedPipe },
		})
		check(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		if err := f.Run(ctx); !errors.Is(err, fencing.ErrLost) {
			t.Errorf("Run = %v, want ErrLost", err)
		}
		stopLive() // lets the transfer go
		check(t, <-lived)
		time.Sleep(time.Second) // and its retries are over
	})
}
