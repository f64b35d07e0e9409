package sleepi3_test

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/futago-ha/futago/fencing/sleepi3"
	"github.com/futago-ha/futago/internal/board"
)

// A transcript proves the bytes; the simulated board proves the sense.

func onBoard(t *testing.T, o board.Options, body func(*board.Live, *sleepi3.Dev)) {
	synctest.Test(t, func(t *testing.T) {
		live := board.NewLive(o, board.Options{}, func(board.Event) {})
		live.Supply(0, true)
		live.Supply(1, true)
		d, err := sleepi3.New(board.LocalBus{Live: live, Node: 0}, sleepi3.DefaultOpts)
		if err != nil {
			t.Fatal(err)
		}
		body(live, d)
	})
}

// virtually lets time of the bubble pass.
func virtually(d time.Duration) { time.Sleep(d) }

func TestOutReachesTheOtherBoard(t *testing.T) {
	onBoard(t, board.Options{}, func(live *board.Live, d *sleepi3.Dev) {
		for _, high := range []bool{true, false} {
			if err := d.SetOut(high); err != nil {
				t.Fatal(err)
			}
			if out, _, err := d.ReadLines(); out != high || err != nil {
				t.Errorf("EXTOUT %t, %v; want %t", out, err, high)
			}
			if live.Status()[1].In != high {
				t.Errorf("the other EXTIN does not follow to %t", high)
			}
		}
	})
}

func TestArmOnBoard(t *testing.T) {
	onBoard(t, board.Options{}, func(live *board.Live, d *sleepi3.Dev) {
		if err := d.Arm(); err != nil || !live.Status()[0].Armed {
			t.Errorf("arm: %v, %+v", err, live.Status()[0])
		}
		if armed, err := d.Armed(); !armed || err != nil {
			t.Errorf("armed %t, %v", armed, err)
		}
		if err := d.Disarm(); err != nil || live.Status()[0].Armed {
			t.Errorf("disarm: %v", err)
		}
	})
}

func TestStatusOnBoard(t *testing.T) {
	onBoard(t, board.Options{}, func(live *board.Live, d *sleepi3.Dev) {
		cn1, _, err := d.Voltages()
		if cn1 != 12000 || err != nil {
			t.Errorf("CN1 %d mV, %v", cn1, err)
		}
		names, err := d.WakeReasons()
		if !slices.Equal(names, []string{"poweron"}) || err != nil {
			t.Errorf("wake %q, %v", names, err)
		}
		if err := d.SetRestart(true); err != nil {
			t.Error(err)
		}
		if err := d.SetWatchdogTimeout(42 * time.Second); err != nil || live.Status()[0].Watchdog != 42*time.Second {
			t.Errorf("watchdog: %v, %+v", err, live.Status()[0])
		}
	})
}

func TestRetries(t *testing.T) {
	onBoard(t, board.Options{NAKRate: 0.2, Seed: 3}, func(_ *board.Live, d *sleepi3.Dev) {
		failed := 0
		for range 1000 {
			if _, err := d.Lines(); err != nil {
				failed++
			}
		}
		// 0.2 cubed is 8 of 1000; without retries it would be 200.
		if failed == 0 || failed > 30 {
			t.Errorf("%d of 1000 reads failed, want about 8", failed)
		}
	})
	onBoard(t, board.Options{NAKRate: 1}, func(_ *board.Live, d *sleepi3.Dev) {
		if _, err := d.Lines(); !errors.Is(err, board.ErrNAK) {
			t.Errorf("dead bus: %v", err)
		}
	})
}
