package sleepi3

import (
	"errors"
	"fmt"
	"time"

	"periph.io/x/conn/v3/i2c"
)

// Addresses that the DIP switches can select.
const (
	DefaultAddr uint16 = 0x6E // off, off
	Addr10      uint16 = 0x6D // on, off
	Addr01      uint16 = 0x6B // off, on
)

// Opts are the options of New.
type Opts struct {
	// Addr is the board's address: DefaultAddr, Addr10 or Addr01.
	Addr uint16
	// Retries is how often a failed transfer is tried again, 0 to 10.
	Retries int
	// Pause is the wait before a retry, at most 100 ms.
	Pause time.Duration
}

// DefaultOpts suit a board as delivered.
var DefaultOpts = Opts{Addr: DefaultAddr, Retries: 2, Pause: 2 * time.Millisecond}

const (
	maxRetries = 10
	maxPause   = 100 * time.Millisecond
)

// ErrNotTaken is a register that reads back something else than was written.
var ErrNotTaken = errors.New("register did not take the value")

// Dev is a board. It is as safe for concurrent use as its bus, but a change of
// a flag reads and writes: two changes of one register at a time can undo each
// other.
type Dev struct {
	bus  i2c.Bus
	opts Opts
}

// New returns the board at opts.Addr without talking to it. It does not own
// the bus.
func New(bus i2c.Bus, opts Opts) (*Dev, error) {
	if !validAddr(opts.Addr) {
		return nil, fmt.Errorf("address 0x%02X: allowed are 0x6E, 0x6D and 0x6B", opts.Addr)
	}
	if opts.Retries < 0 || opts.Retries > maxRetries {
		return nil, fmt.Errorf("%d retries: allowed are 0 to %d", opts.Retries, maxRetries)
	}
	if opts.Pause < 0 || opts.Pause > maxPause {
		return nil, fmt.Errorf("pause %s: allowed are 0 to %s", opts.Pause, maxPause)
	}
	return &Dev{bus: bus, opts: opts}, nil
}

func validAddr(addr uint16) bool {
	return addr == DefaultAddr || addr == Addr10 || addr == Addr01
}

// String names the board for messages.
func (d *Dev) String() string { return fmt.Sprintf("slee-Pi 3 at 0x%02X on %s", d.opts.Addr, d.bus) }

// Lines are the three levels of io_status, from one transfer.
type Lines struct {
	Out    bool // EXTOUT; whether the driven level or the latch is not measured
	In     bool // EXTIN
	Switch bool // push switch
}

// Lines reads EXTOUT, EXTIN and the switch at one instant.
func (d *Dev) Lines() (Lines, error) {
	v, err := d.readByte(regIO)
	if err != nil {
		return Lines{}, fmt.Errorf("read lines: %w", err)
	}
	return Lines{Out: v&bitOut != 0, In: v&bitIn != 0, Switch: v&bitSwitch != 0}, nil
}

// ReadLines is Lines for the seam of package fencing.
func (d *Dev) ReadLines() (out, in bool, err error) {
	l, err := d.Lines()
	return l.Out, l.In, err
}

// SetOut raises or lowers EXTOUT. It does not read back: a line is up when
// Lines says so.
func (d *Dev) SetOut(high bool) error {
	if err := d.setBits(regIO, bitOut, pick(high, bitOut)); err != nil {
		return fmt.Errorf("set EXTOUT to %t: %w", high, err)
	}
	return nil
}

// InSeconds is how long EXTIN has been asserted, in whole s, at most 255. What
// it reads just after EXTIN fell is not measured.
func (d *Dev) InSeconds() (int, error) {
	v, err := d.readByte(regExtinSec)
	if err != nil {
		return 0, fmt.Errorf("read EXTIN seconds: %w", err)
	}
	return int(v), nil
}

// Arm lets EXTIN cut this board's power (eipde=1) and wake it by an edge
// (eitrg=0), and reads both back.
func (d *Dev) Arm() error {
	if err := d.change(regInput, bitArmed|bitLevelWake, bitArmed); err != nil {
		return fmt.Errorf("arm: %w", err)
	}
	return nil
}

// Disarm makes EXTIN harmless (eipde=0) and reads it back.
func (d *Dev) Disarm() error {
	if err := d.change(regInput, bitArmed, 0); err != nil {
		return fmt.Errorf("disarm: %w", err)
	}
	return nil
}

// Armed tells whether EXTIN cuts the power and wakes by an edge.
func (d *Dev) Armed() (bool, error) {
	v, err := d.readByte(regInput)
	if err != nil {
		return false, fmt.Errorf("read whether armed: %w", err)
	}
	return v&(bitArmed|bitLevelWake) == bitArmed, nil
}

// Wake is why the Pi was given power.
func (d *Dev) Wake() (Wake, error) {
	v, err := d.readByte(regWakeup)
	if err != nil {
		return 0, fmt.Errorf("read wake-up reason: %w", err)
	}
	return Wake(v), nil
}

// WakeReasons is Wake in the vendor's words, for the seam of package fencing.
func (d *Dev) WakeReasons() ([]string, error) {
	w, err := d.Wake()
	return w.Names(), err
}

// WatchdogTimeout is how long the board waits for a heartbeat; 0 is off.
func (d *Dev) WatchdogTimeout() (time.Duration, error) {
	v, err := d.readByte(regWatchdog)
	if err != nil {
		return 0, fmt.Errorf("read watchdog time-out: %w", err)
	}
	return time.Duration(v) * time.Second, nil
}

// SetWatchdogTimeout changes it and reads it back: whole seconds, 0 (off) to
// 255 s.
func (d *Dev) SetWatchdogTimeout(t time.Duration) error {
	v, err := wholeByte(t)
	if err == nil {
		err = d.writeBack(regWatchdog, v)
	}
	if err != nil {
		return fmt.Errorf("set watchdog time-out to %s: %w", t, err)
	}
	return nil
}

// wholeByte is a time as the board's registers hold it.
func wholeByte(t time.Duration) (byte, error) {
	if t < 0 || t > 255*time.Second || t%time.Second != 0 {
		return 0, errors.New("allowed are whole seconds, 0 to 255")
	}
	return byte(t / time.Second), nil
}

// Restart tells whether a watchdog time-out powers the Pi again (rste) or
// leaves it dark.
func (d *Dev) Restart() (bool, error) {
	v, err := d.readByte(regWatchCtl)
	if err != nil {
		return false, fmt.Errorf("read watchdog control: %w", err)
	}
	return v&bitRestart != 0, nil
}

// SetRestart changes what a watchdog time-out does, and reads it back.
func (d *Dev) SetRestart(on bool) error {
	if err := d.change(regWatchCtl, bitRestart, pick(on, bitRestart)); err != nil {
		return fmt.Errorf("set watchdog control: %w", err)
	}
	return nil
}

// SleepTimeout is how long after a shutdown the board cuts the power; 0 is
// never.
func (d *Dev) SleepTimeout() (time.Duration, error) {
	v, err := d.readByte(regSleep)
	if err != nil {
		return 0, fmt.Errorf("read sleep time-out: %w", err)
	}
	return time.Duration(v) * time.Second, nil
}

// SetSleepTimeout changes it and reads it back: whole seconds, 0 (never) to
// 255 s.
func (d *Dev) SetSleepTimeout(t time.Duration) error {
	v, err := wholeByte(t)
	if err == nil {
		err = d.writeBack(regSleep, v)
	}
	if err != nil {
		return fmt.Errorf("set sleep time-out to %s: %w", t, err)
	}
	return nil
}

// Voltages are the two inputs in mV: CN1 and CN2.
func (d *Dev) Voltages() (cn1, cn2 int, err error) {
	if cn1, err = d.readWord(regVoltage1); err == nil {
		cn2, err = d.readWord(regVoltage2)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("read voltages: %w", err)
	}
	return cn1, cn2, nil
}

// Version is the firmware's version.
func (d *Dev) Version() (int, error) {
	v, err := d.readByte(regVersion)
	if err != nil {
		return 0, fmt.Errorf("read version: %w", err)
	}
	return int(v), nil
}
