package sleepi3_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/futago-ha/futago/fencing/sleepi3"
	"github.com/futago-ha/futago/internal/board"
)

// words are the rows of a board as one text.
func words(t *testing.T, d *sleepi3.Dev) string {
	t.Helper()
	r, err := d.Registers()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, row := range r.Rows() {
		b.WriteString(row.Name + " " + row.Value + " " + row.Words + "\n")
	}
	return b.String()
}

func TestRegistersInWords(t *testing.T) {
	onBoard(t, board.Options{}, func(live *board.Live, d *sleepi3.Dev) {
		text := words(t, d)
		for _, want := range []string{
			"voltage1 12000 CN1 12.00 V\n", "restore_voltage 0 off\n", "watchdog_timeout 0 off\n",
			"watchdog_control 0x00 a time-out leaves the Pi off\n",
			"input_control 0x00 EXTIN does not cut the power (not armed); wakes by an edge\n",
			"io_status 0x00 EXTOUT low; EXTIN low\n", "wakeup_status 0x01 power came on by poweron\n",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("%q is not in\n%s", want, text)
			}
		}
		if err := errors.Join(d.Arm(), d.SetOut(true), d.SetRestart(true), d.SetWatchdogTimeout(60*time.Second), d.SetSleepTimeout(10*time.Second)); err != nil {
			t.Fatal(err)
		}
		if err := onOther(live).SetOut(true); err != nil {
			t.Fatal(err)
		}
		virtually(3 * time.Second)
		text = words(t, d)
		for _, want := range []string{
			"external_input_count 3 EXTIN has been held for 3 s\n", "watchdog_timeout 60 acts after 60 s without a heartbeat\n",
			"sleep_timeout 10 power goes 10 s after a shutdown\n", "watchdog_control 0x01 a time-out powers the Pi off and on\n",
			"input_control 0x01 EXTIN held 10 s cuts the power (armed); wakes by an edge\n", "io_status 0x03 EXTOUT high; EXTIN high\n",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("%q is not in\n%s", want, text)
			}
		}
		r, err := d.Registers()
		if err != nil || !r.Armed() || !r.Forced() || !r.Out() || !r.In() {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

func onOther(live *board.Live) *sleepi3.Dev {
	d, err := sleepi3.New(board.LocalBus{Live: live, Node: 1}, sleepi3.DefaultOpts)
	if err != nil {
		panic(err)
	}
	return d
}

func TestRegistersOfADeadBus(t *testing.T) {
	onBoard(t, board.Options{NAKRate: 1}, func(_ *board.Live, d *sleepi3.Dev) {
		if _, err := d.Registers(); !errors.Is(err, board.ErrNAK) || !strings.Contains(err.Error(), "register 0x0E") {
			t.Errorf("dead bus: %v", err)
		}
	})
}

func TestSleepTimeoutRange(t *testing.T) {
	onBoard(t, board.Options{}, func(_ *board.Live, d *sleepi3.Dev) {
		if err := d.SetSleepTimeout(1500 * time.Millisecond); err == nil {
			t.Error("half a second was taken")
		}
		if err := d.SetSleepTimeout(7 * time.Second); err != nil {
			t.Error(err)
		}
		if v, err := d.SleepTimeout(); v != 7*time.Second || err != nil {
			t.Errorf("%s, %v", v, err)
		}
	})
}
