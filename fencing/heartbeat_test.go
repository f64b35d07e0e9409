package fencing_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/futago-ha/futago/fencing"
	"github.com/futago-ha/futago/internal/board"
)

// pin records toggles.
type pin struct {
	levels []bool
	at     []time.Time
	err    error
}

func (p *pin) toggle(high bool) error {
	if p.err != nil {
		return p.err
	}
	p.levels = append(p.levels, high)
	p.at = append(p.at, time.Now())
	return nil
}

func withHeartbeat(t *testing.T, body func(*fencing.Heartbeat, *pin)) {
	synctest.Test(t, func(t *testing.T) {
		p := &pin{}
		h := fencing.NewHeartbeat(p.toggle)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- h.Run(ctx) }()
		body(h, p)
		cancel()
		check(t, <-done)
	})
}

func TestHeartbeatTogglesOnlyWhenTold(t *testing.T) {
	withHeartbeat(t, func(h *fencing.Heartbeat, p *pin) {
		if h.Fed() {
			t.Error("fed before the first beat")
		}
		for range 4 {
			h.Beat()
			time.Sleep(100 * time.Millisecond)
		}
		synctest.Wait()
		if want := []bool{true, false, true, false, true}; !slices.Equal(p.levels, want) {
			t.Errorf("levels %v, want %v", p.levels, want)
		}
		if !h.Fed() || h.Err() != nil {
			t.Errorf("fed %t, err %v", h.Fed(), h.Err())
		}
		time.Sleep(time.Minute)
		if len(p.levels) != 5 || h.Fed() {
			t.Errorf("%d toggles, fed %t after a silent minute", len(p.levels), h.Fed())
		}
	})
}

// TestHeartbeatFirstBeatIsAnEdge: the daemon before this one may have left the pin
// as the first toggle sets it. A node that takes itself for fed then shortens the
// board's time-out, and is switched off by it.
func TestHeartbeatFirstBeatIsAnEdge(t *testing.T) {
	withHeartbeat(t, func(h *fencing.Heartbeat, p *pin) {
		h.Beat()
		synctest.Wait()
		if h.Fed() {
			t.Errorf("fed after %v, which may have moved nothing", p.levels)
		}
		time.Sleep(10 * time.Millisecond)
		synctest.Wait()
		if want := []bool{true, false}; !slices.Equal(p.levels, want) || !h.Fed() {
			t.Errorf("levels %v, fed %t; want both levels and fed", p.levels, h.Fed())
		}
	})
}

func TestHeartbeatIsNoFasterThanThePin(t *testing.T) {
	withHeartbeat(t, func(h *fencing.Heartbeat, p *pin) {
		for range 1000 {
			h.Beat()
			time.Sleep(10 * time.Microsecond)
		}
		synctest.Wait()
		for i := 1; i < len(p.at); i++ {
			if d := p.at[i].Sub(p.at[i-1]); d < fencing.MinToggle {
				t.Fatalf("toggles %s apart", d)
			}
		}
		if len(p.at) < 5 {
			t.Errorf("only %d toggles in 10 ms", len(p.at))
		}
	})
}

func TestHeartbeatError(t *testing.T) {
	withHeartbeat(t, func(h *fencing.Heartbeat, p *pin) {
		p.err = errors.New("no LED")
		h.Beat()
		synctest.Wait()
		if !errors.Is(h.Err(), p.err) || h.Fed() {
			t.Errorf("err %v, fed %t", h.Err(), h.Fed())
		}
		p.err = nil
		time.Sleep(time.Second)
		h.Beat()
		time.Sleep(10 * time.Millisecond)
		synctest.Wait()
		if h.Err() != nil || !h.Fed() {
			t.Errorf("err %v, fed %t after it works again", h.Err(), h.Fed())
		}
	})
}

func TestLED(t *testing.T) {
	dir := t.TempDir()
	toggle := fencing.LED(dir)
	if err := toggle(true); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without an LED: %v", err)
	}
	path := filepath.Join(dir, "brightness")
	check(t, os.WriteFile(path, []byte("0\n"), 0o600))
	check(t, toggle(true))
	got, err := os.ReadFile(path)
	if err != nil || string(got) != "255\n" {
		t.Errorf("brightness %q, %v", got, err)
	}
}

func TestReleaseRetriesUntilTheBusAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		live := board.NewLive(board.Options{}, board.Options{}, func(board.Event) {})
		live.Supply(0, true)
		dev := newDev(t, live, 0)
		check(t, dev.SetOut(true))
		check(t, live.SetOptions(0, board.Options{NAKRate: 1}))
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if err := fencing.Release(ctx, dev); !errors.Is(err, board.ErrNAK) {
			t.Errorf("release on a silent bus: %v", err)
		}
		check(t, live.SetOptions(0, board.Options{NAKRate: 0.3, Seed: 1}))
		ctx, cancel = context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		check(t, fencing.Release(ctx, dev))
		if live.Status()[0].Out {
			t.Error("EXTOUT is up")
		}
	})
}

func TestReleaseOfAStuckLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		live := board.NewLive(board.Options{OutIsDriven: true}, board.Options{}, func(board.Event) {})
		live.Supply(0, true)
		live.Wire(0, board.WireHigh)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := fencing.Release(ctx, newDev(t, live, 0)); !errors.Is(err, fencing.ErrStuckHigh) {
			t.Errorf("release of a stuck line: %v", err)
		}
	})
}
