package fencing_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/futago-ha/futago/fencing"
	"github.com/futago-ha/futago/fencing/sleepi3"
	"github.com/futago-ha/futago/internal/board"
)

// A look at the registers does not disturb a hold, nor a hold the look.
func TestInspectInTheMiddleOfAHold(t *testing.T) {
	inBubble(t, benchOptions{}, func(b *bench) {
		t := b.t
		dev := newDev(t, b.live, 0)
		check(t, b.f.Hold(1, 12*time.Second))
		looks := 0
		for range 100 {
			b.wait(100 * time.Millisecond)
			var r sleepi3.Registers
			check(t, b.f.Inspect(t.Context(), func() (err error) {
				r, err = dev.Registers()
				return err
			}))
			if r.Out() {
				looks++
			}
		}
		if looks < 90 {
			t.Errorf("%d of 100 looks saw EXTOUT high", looks)
		}
		if end := b.end(1, 20*time.Second); end.Result != fencing.Held {
			t.Errorf("the hold ended as %+v", end)
		}
	})
}

// A look that hangs gives its caller the deadline's error, and one that nobody
// has time for ends with its caller.
func TestInspectIsBounded(t *testing.T) {
	inBubble(t, benchOptions{}, func(b *bench) {
		t := b.t
		dev := newDev(t, b.live, 0)
		b.live.FailNext(0, board.Fault{Hang: board.Forever, Acts: board.ActsNever})
		look := func() error {
			_, err := dev.Registers()
			return err
		}
		if err := b.f.Inspect(t.Context(), look); !errors.Is(err, fencing.ErrDeadline) && !errors.Is(err, fencing.ErrHung) {
			t.Errorf("a hanging look: %v", err)
		}
		b.live.Unhang(0)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := b.f.Inspect(ctx, look); err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("a caller that is gone: %v", err)
		}
	})
}
