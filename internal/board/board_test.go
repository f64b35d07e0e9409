package board

import (
	"errors"
	"slices"
	"testing"
	"time"
)

const s = time.Second

// powered returns a board with supply since 0, its first event taken.
func powered(t *testing.T, o Options) *Board {
	t.Helper()
	b := New(o)
	b.Supply(0, true)
	want(t, b.Advance(0), Event{Kind: PowerOn, Reason: ReasonPowerOn})
	return b
}

func want(t *testing.T, got []Event, want ...Event) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Fatalf("events %v, want %v", got, want)
	}
}

func (b *Board) write(t *testing.T, now time.Duration, reg, v byte) {
	t.Helper()
	if err := b.Transfer(now, b.opts.addr(), []byte{reg, v}, nil); err != nil {
		t.Fatal(err)
	}
}

func (b *Board) read(t *testing.T, now time.Duration, reg byte) byte {
	t.Helper()
	var r [1]byte
	if err := b.Transfer(now, b.opts.addr(), []byte{reg}, r[:]); err != nil {
		t.Fatal(err)
	}
	return r[0]
}

func cutBy(at time.Duration, why Reason) Event { return Event{At: at, Kind: PowerCut, Reason: why} }
func onBy(at time.Duration, why Reason) Event  { return Event{At: at, Kind: PowerOn, Reason: why} }

func TestExtinCutsAnArmedBoardOnly(t *testing.T) {
	b := powered(t, Options{})
	b.SetIn(1*s, true)
	want(t, b.Advance(60*s))
	b.write(t, 61*s, regInput, bitArmed)
	want(t, b.Advance(61*s), cutBy(61*s, ReasonExtin))
}

func TestThreshold(t *testing.T) {
	for _, threshold := range []time.Duration{0, 9 * s, 11 * s} {
		b := powered(t, Options{Threshold: threshold})
		at := 1*s + b.opts.threshold()
		b.write(t, 0, regInput, bitArmed)
		b.SetIn(1*s, true)
		if next := b.Next(); next != at {
			t.Errorf("threshold %s: next at %s, want %s", threshold, next, at)
		}
		want(t, b.Advance(at-1))
		want(t, b.Advance(at), cutBy(at, ReasonExtin))
		want(t, b.Advance(100*s))
	}
}

func TestShortAssertionDoesNotCut(t *testing.T) {
	b := powered(t, Options{})
	b.write(t, 0, regInput, bitArmed)
	for i := range 10 {
		at := time.Duration(i) * 20 * s
		b.SetIn(at, true)
		b.SetIn(at+9900*time.Millisecond, false)
	}
	want(t, b.Advance(1000*s))
}

// dark is a board that a hold from 0 to 12 s has cut at 10 s.
func dark(t *testing.T, o Options) *Board {
	t.Helper()
	b := powered(t, o)
	b.write(t, 0, regInput, bitArmed)
	b.SetIn(0, true)
	want(t, b.Advance(11*s), cutBy(10*s, ReasonExtin))
	b.SetIn(12*s, false)
	return b
}

func TestWakeByEdges(t *testing.T) {
	pulse := func(b *Board) {
		b.SetIn(20*s, true)
		b.SetIn(21*s, false)
	}
	for name, tt := range map[string]struct {
		opts Options
		want []Event
	}{
		"rise":              {Options{}, []Event{onBy(20*s, ReasonExtin)}},
		"fall only":         {Options{NoRiseWake: true, FallWakes: true}, []Event{onBy(12*s, ReasonExtin)}},
		"end of the hold":   {Options{HoldEndWakes: true}, []Event{onBy(12*s, ReasonExtin)}},
		"end of hold only":  {Options{NoRiseWake: true, HoldEndWakes: true}, []Event{onBy(12*s, ReasonExtin)}},
		"nothing wakes it":  {Options{NoRiseWake: true}, nil},
		"armed flag is out": {Options{ArmedLost: true}, []Event{onBy(20*s, ReasonExtin)}},
	} {
		t.Run(name, func(t *testing.T) {
			b := dark(t, tt.opts)
			pulse(b)
			want(t, b.Advance(30*s), tt.want...)
			if b.Armed() == tt.opts.ArmedLost {
				t.Errorf("armed %t", b.Armed())
			}
		})
	}
}

func TestPulseEndDoesNotCountAsHoldEnd(t *testing.T) {
	b := dark(t, Options{NoRiseWake: true, HoldEndWakes: true})
	b.Advance(13 * s)
	b.Supply(14*s, false)
	b.Supply(15*s, true)
	b.write(t, 15*s, regSleep, 1)
	b.Halt(15 * s)
	b.Advance(20 * s)
	b.SetIn(21*s, true)
	b.SetIn(22*s, false)
	want(t, b.Advance(60*s))
}

func TestWokenUnderAStandingLine(t *testing.T) {
	for name, tt := range map[string]struct {
		running bool
		again   time.Duration
	}{"count starts anew": {false, 30 * s}, "count ran on": {true, 25 * s}} {
		t.Run(name, func(t *testing.T) {
			b := powered(t, Options{CountsWhileOff: tt.running, NoRiseWake: true})
			b.write(t, 0, regInput, bitArmed)
			b.write(t, 0, regSleep, 5)
			b.Halt(0)
			want(t, b.Advance(5*s), cutBy(5*s, ReasonSleep))
			b.SetIn(15*s, true)
			b.Push(20 * s)
			want(t, b.Advance(60*s), onBy(20*s, ReasonSwitch), cutBy(tt.again, ReasonExtin))
		})
	}
}

func TestLevelTriggerBootLoop(t *testing.T) {
	b := powered(t, Options{})
	b.write(t, 0, regInput, bitArmed|bitLevel)
	b.SetIn(0, true)
	want(t, b.Advance(22*s), cutBy(10*s, ReasonExtin), onBy(11*s, ReasonExtin), cutBy(21*s, ReasonExtin), onBy(22*s, ReasonExtin))
}

func TestWatchdog(t *testing.T) {
	t.Run("re-powers", func(t *testing.T) {
		b := powered(t, Options{WatchdogLost: true})
		b.write(t, 0, regWatchCtl, bitRestart)
		b.write(t, 0, regWatchdog, 10)
		b.Heartbeat(5 * s)
		want(t, b.Advance(60*s), cutBy(15*s, ReasonWatchdog), onBy(16*s, ReasonWatchdog))
		if got := b.read(t, 60*s, regWakeup); got != ReasonWatchdog.flag() {
			t.Errorf("wakeup_status %#x", got)
		}
	})
	t.Run("stays off", func(t *testing.T) {
		b := powered(t, Options{})
		b.write(t, 0, regWatchdog, 10)
		want(t, b.Advance(60*s), cutBy(10*s, ReasonWatchdog))
	})
	t.Run("a short time-out that stays loops a slow boot", func(t *testing.T) {
		b := powered(t, Options{})
		b.write(t, 0, regWatchCtl, bitRestart)
		b.write(t, 0, regWatchdog, 10)
		if n := len(b.Advance(33 * s)); n != 6 {
			t.Errorf("%d events in 33 s, want three restarts", n)
		}
	})
	t.Run("waits for the first heartbeat", func(t *testing.T) {
		b := powered(t, Options{WatchdogWaits: true})
		b.write(t, 0, regWatchdog, 10)
		want(t, b.Advance(60*s))
		b.Heartbeat(60 * s)
		want(t, b.Advance(80*s), cutBy(70*s, ReasonWatchdog))
	})
}

func TestAlarmSwitchSleep(t *testing.T) {
	b := powered(t, Options{})
	b.SetAlarm(0, 5*s)
	want(t, b.Advance(6*s)) // it runs already
	b.write(t, 6*s, regSleep, 2)
	b.Halt(7 * s)
	b.SetAlarm(7*s, 100*s)
	want(t, b.Advance(100*s), cutBy(9*s, ReasonSleep), onBy(100*s, ReasonAlarm))
	b.SetAlarm(100*s, 200*s)
	b.SetAlarm(100*s, 0)
	b.Halt(101 * s)
	want(t, b.Advance(300*s), cutBy(103*s, ReasonSleep))
}

func TestOutAndItsPi(t *testing.T) {
	for name, tt := range map[string]struct {
		opts Options
		fate func(*Board)
		want bool
	}{
		"cut clears":     {Options{}, func(b *Board) { b.SetIn(1*s, true); b.Advance(11 * s) }, false},
		"cut keeps":      {Options{OutSurvivesCut: true}, func(b *Board) { b.SetIn(1*s, true); b.Advance(11 * s) }, true},
		"panic clears":   {Options{}, func(b *Board) { b.Panic(1 * s) }, false},
		"panic keeps":    {Options{OutSurvivesPanic: true}, func(b *Board) { b.Panic(1 * s) }, true},
		"reboot clears":  {Options{}, func(b *Board) { b.Reboot(1 * s) }, false},
		"reboot keeps":   {Options{OutSurvivesReboot: true}, func(b *Board) { b.Reboot(1 * s) }, true},
		"no supply ends": {Options{OutSurvivesCut: true}, func(b *Board) { b.Supply(1*s, false) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			b := powered(t, tt.opts)
			b.write(t, 0, regInput, bitArmed)
			b.write(t, 0, regIO, bitOut)
			tt.fate(b)
			if b.Out() != tt.want {
				t.Errorf("EXTOUT %t, want %t", b.Out(), tt.want)
			}
		})
	}
}

func TestFlagsSticky(t *testing.T) {
	for _, sticky := range []bool{false, true} {
		b := dark(t, Options{StickyFlags: sticky})
		b.SetIn(20*s, true)
		got := b.read(t, 20*s, regWakeup)
		want := ReasonExtin.flag()
		if sticky {
			want |= ReasonPowerOn.flag()
		}
		if got != want {
			t.Errorf("sticky %t: wakeup_status %#x, want %#x", sticky, got, want)
		}
	}
}

func TestInAndCount(t *testing.T) {
	b := powered(t, Options{InLag: 300 * time.Millisecond, CountLag: 2 * s})
	b.SetIn(10*s, true)
	look := func(now time.Duration, in byte, count byte) {
		t.Helper()
		if got := b.read(t, now, regIO); got != in {
			t.Errorf("at %s io_status %#x, want %#x", now, got, in)
		}
		if got := b.read(t, now, regExtinSec); got != count {
			t.Errorf("at %s external_input_count %d, want %d", now, got, count)
		}
	}
	look(10200*time.Millisecond, 0, 0)
	look(10300*time.Millisecond, bitIn, 0)
	look(14999*time.Millisecond, bitIn, 4)
	b.SetIn(15*s, false)
	look(15100*time.Millisecond, bitIn, 5)
	look(16*s, 0, 5)
	look(17*s, 0, 0)
	b.SetIn(20*s, true)
	look(400*s, bitIn, 255)
}

func TestTransfers(t *testing.T) {
	b := powered(t, Options{Addr: 0x6D})
	if err := b.Transfer(0, 0x6E, []byte{regIO}, make([]byte, 1)); !errors.Is(err, ErrNAK) {
		t.Errorf("other address: %v", err)
	}
	if err := b.Transfer(0, 0x6D, nil, make([]byte, 1)); !errors.Is(err, ErrNAK) {
		t.Errorf("no register: %v", err)
	}
	if err := b.Transfer(0, 0x6D, []byte{registers}, make([]byte, 1)); !errors.Is(err, ErrNAK) {
		t.Errorf("register that is none: %v", err)
	}
	var word [2]byte
	if err := b.Transfer(0, 0x6D, []byte{regVoltage1}, word[:]); err != nil || word != [2]byte{0xE0, 0x2E} {
		t.Errorf("voltage1 %x, %v", word, err)
	}
	b.write(t, 0, regVersion, 99)
	b.write(t, 0, regWakeup, 0xFF)
	b.write(t, 0, regIO, 0xFF)
	if v, w, io := b.read(t, 0, regVersion), b.read(t, 0, regWakeup), b.read(t, 0, regIO); v != firmware || w != 1 || io != bitOut {
		t.Errorf("read-only bits were written: %d %#x %#x", v, w, io)
	}
	b.Supply(1*s, false)
	if err := b.Transfer(2*s, 0x6D, []byte{regIO}, nil); !errors.Is(err, ErrNAK) {
		t.Errorf("no supply: %v", err)
	}
}

func TestFaultsAreRepeatable(t *testing.T) {
	draw := func(seed uint64) (faults []Fault, naks, hangs int) {
		b := New(Options{Seed: seed, NAKRate: 0.2, HangRate: 0.1, HangFor: s})
		for range 1000 {
			f := b.Fault()
			faults = append(faults, f)
			if f.NAK {
				naks++
			}
			if f.Hang > 0 {
				hangs++
			}
		}
		return faults, naks, hangs
	}
	one, naks, hangs := draw(1)
	again, _, _ := draw(1)
	other, _, _ := draw(2)
	if !slices.Equal(one, again) || slices.Equal(one, other) {
		t.Error("faults do not follow the seed")
	}
	if naks < 150 || naks > 250 || hangs < 60 || hangs > 140 {
		t.Errorf("%d refused, %d hanging of 1000, want about 200 and 100", naks, hangs)
	}
}

func TestOptionsValidate(t *testing.T) {
	if err := (Options{}).Validate(); err != nil {
		t.Errorf("zero options: %v", err)
	}
	for name, o := range map[string]Options{
		"threshold": {Threshold: 8 * s}, "late threshold": {Threshold: 12 * s},
		"NAK": {NAKRate: 1.1}, "hang": {HangRate: -1}, "hang without time": {HangRate: 0.1},
		"lag": {InLag: -1}, "address": {Addr: 0x80}, "effect": {HangActs: 3},
	} {
		if o.Validate() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
