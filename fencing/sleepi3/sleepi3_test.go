package sleepi3_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/i2c/i2ctest"

	"github.com/futago-ha/futago/fencing"
	"github.com/futago-ha/futago/fencing/sleepi3"
)

// The driver must fit the seam.
var _ fencing.Device = (*sleepi3.Dev)(nil)

func read(reg byte, r ...byte) i2ctest.IO { return i2ctest.IO{Addr: 0x6E, W: []byte{reg}, R: r} }
func write(b ...byte) i2ctest.IO          { return i2ctest.IO{Addr: 0x6E, W: b} }

// Each row is a call, the bytes it must put on the bus, and what it returns.
func TestTranscripts(t *testing.T) {
	for name, tt := range map[string]struct {
		ops  []i2ctest.IO
		call func(*sleepi3.Dev) (any, error)
		want any
		err  error
	}{
		"lines": {
			ops:  []i2ctest.IO{read(0x0D, 0x05)},
			call: func(d *sleepi3.Dev) (any, error) { return d.Lines() },
			want: sleepi3.Lines{Out: true, Switch: true},
		},
		"lines under fire": {
			ops:  []i2ctest.IO{read(0x0D, 0xFA)},
			call: func(d *sleepi3.Dev) (any, error) { return d.Lines() },
			want: sleepi3.Lines{In: true},
		},
		"raise keeps the other bits": {
			ops:  []i2ctest.IO{read(0x0D, 0x82), write(0x0D, 0x83)},
			call: func(d *sleepi3.Dev) (any, error) { return nil, d.SetOut(true) },
		},
		"lower": {
			ops:  []i2ctest.IO{read(0x0D, 0x03), write(0x0D, 0x02)},
			call: func(d *sleepi3.Dev) (any, error) { return nil, d.SetOut(false) },
		},
		"EXTIN seconds": {
			ops:  []i2ctest.IO{read(0x08, 255)},
			call: func(d *sleepi3.Dev) (any, error) { return d.InSeconds() },
			want: 255,
		},
		"arm": {
			ops:  []i2ctest.IO{read(0x0C, 0x06), write(0x0C, 0x05), read(0x0C, 0x05)},
			call: func(d *sleepi3.Dev) (any, error) { return nil, d.Arm() },
		},
		"arm not taken": {
			ops:  []i2ctest.IO{read(0x0C, 0x00), write(0x0C, 0x01), read(0x0C, 0x00)},
			call: func(d *sleepi3.Dev) (any, error) { return nil, d.Arm() },
			err:  sleepi3.ErrNotTaken,
		},
		"disarm leaves the trigger": {
			ops:  []i2ctest.IO{read(0x0C, 0x07), write(0x0C, 0x06), read(0x0C, 0x06)},
			call: func(d *sleepi3.Dev) (any, error) { return nil, d.Disarm() },
		},
		"armed": {
			ops:  []i2ctest.IO{read(0x0C, 0x05)},
			call: func(d *sleepi3.Dev) (any, error) { return d.Armed() },
			want: true,
		},
		"level trigger is not armed": {
			ops:  []i2ctest.IO{read(0x0C, 0x03)},
			call: func(d *sleepi3.Dev) (any, error) { return d.Armed() },
			want: false,
		},
		"wake": {
			ops:  []i2ctest.IO{read(0x0E, 0x10)},
			call: func(d *sleepi3.Dev) (any, error) { return d.Wake() },
			want: sleepi3.WakeExtin,
		},
		"watchdog": {
			ops:  []i2ctest.IO{read(0x09, 60)},
			call: func(d *sleepi3.Dev) (any, error) { return d.WatchdogTimeout() },
			want: time.Minute,
		},
		"set watchdog": {
			ops:  []i2ctest.IO{write(0x09, 10), read(0x09, 10)},
			call: func(d *sleepi3.Dev) (any, error) { return nil, d.SetWatchdogTimeout(10 * time.Second) },
		},
		"set watchdog not taken": {
			ops:  []i2ctest.IO{write(0x09, 10), read(0x09, 60)},
			call: func(d *sleepi3.Dev) (any, error) { return nil, d.SetWatchdogTimeout(10 * time.Second) },
			err:  sleepi3.ErrNotTaken,
		},
		"restart": {
			ops:  []i2ctest.IO{read(0x0B, 0x05)},
			call: func(d *sleepi3.Dev) (any, error) { return d.Restart() },
			want: true,
		},
		"set restart": {
			ops:  []i2ctest.IO{read(0x0B, 0x04), write(0x0B, 0x05), read(0x0B, 0x05)},
			call: func(d *sleepi3.Dev) (any, error) { return nil, d.SetRestart(true) },
		},
		"sleep": {
			ops:  []i2ctest.IO{read(0x0A, 10)},
			call: func(d *sleepi3.Dev) (any, error) { return d.SleepTimeout() },
			want: 10 * time.Second,
		},
		"voltages are words, low byte first": {
			ops: []i2ctest.IO{read(0x00, 0xE0, 0x2E), read(0x02, 0x01, 0x00)},
			call: func(d *sleepi3.Dev) (any, error) {
				a, b, err := d.Voltages()
				return [2]int{a, b}, err
			},
			want: [2]int{12000, 1},
		},
		"version": {
			ops:  []i2ctest.IO{read(0x0F, 3)},
			call: func(d *sleepi3.Dev) (any, error) { return d.Version() },
			want: 3,
		},
	} {
		t.Run(name, func(t *testing.T) {
			bus := &i2ctest.Playback{Ops: tt.ops, DontPanic: true}
			got, err := tt.call(newDev(t, bus))
			if !errors.Is(err, tt.err) || got != tt.want {
				t.Errorf("got %v, %v; want %v, %v", got, err, tt.want, tt.err)
			}
			if err := bus.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func newDev(t *testing.T, bus i2c.Bus) *sleepi3.Dev {
	t.Helper()
	opts := sleepi3.DefaultOpts
	opts.Pause = 0
	d, err := sleepi3.New(bus, opts)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestNewRefuses(t *testing.T) {
	for name, opts := range map[string]sleepi3.Opts{
		"address of the RTC": {Addr: 0x6F},
		"no address":         {},
		"too many retries":   {Addr: 0x6E, Retries: 11},
		"negative retries":   {Addr: 0x6E, Retries: -1},
		"long pause":         {Addr: 0x6E, Pause: time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := sleepi3.New(&i2ctest.Playback{}, opts); err == nil {
				t.Errorf("New took %+v", opts)
			}
		})
	}
}

func TestSetWatchdogRefuses(t *testing.T) {
	d := newDev(t, &i2ctest.Playback{DontPanic: true})
	for _, v := range []time.Duration{-time.Second, 256 * time.Second, 1500 * time.Millisecond} {
		err := d.SetWatchdogTimeout(v)
		if err == nil || !strings.Contains(err.Error(), "allowed") {
			t.Errorf("%s: %v", v, err)
		}
	}
}

func TestWakeNames(t *testing.T) {
	if got := sleepi3.Wake(0x7F).Names(); !slices.Equal(got,
		[]string{"poweron", "watchdog", "alarm", "switch", "extin", "ri", "restoration"}) {
		t.Errorf("names = %q", got)
	}
	if got := sleepi3.Wake(0x80).Names(); len(got) != 0 {
		t.Errorf("names of an unknown bit = %q", got)
	}
}
