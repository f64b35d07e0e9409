package board

import (
	"errors"
	"fmt"
	"time"
)

// Limits of what a real board is assumed to do (assumption A2).
const (
	MinThreshold = 9 * time.Second
	MaxThreshold = 11 * time.Second

	defaultThreshold = 10 * time.Second
	defaultRepower   = time.Second
	defaultAddr      = 0x6E
)

// Forever as Options.HangFor lets a hanging transfer hang until it is released.
const Forever = time.Duration(-1)

// Options are the unknowns of a slee-Pi 3. The zero value is valid.
type Options struct {
	// Addr is the bus address; 0 stands for 0x6E.
	Addr uint16
	// Seed makes the random faults (NAKRate, HangRate) repeatable.
	Seed uint64

	// OutSurvivesCut keeps EXTOUT raised when the Pi that raised it loses its
	// power, OutSurvivesPanic when its kernel dies, OutSurvivesReboot over a
	// warm restart.
	OutSurvivesCut, OutSurvivesPanic, OutSurvivesReboot bool
	// OutIsDriven lets io_status.eo read the level on the line; otherwise it
	// reads the latch, whatever the wire does.
	OutIsDriven bool

	// Threshold is how long EXTIN has to stand until an armed board cuts,
	// MinThreshold to MaxThreshold; 0 stands for 10 s.
	Threshold time.Duration
	// CountsWhileOff lets the threshold run on while the Pi has no power, so
	// that a Pi woken under a standing line is cut again at once. Otherwise the
	// threshold starts anew when power returns.
	CountsWhileOff bool
	// ArmedLost clears eipde whenever the Pi loses its power.
	ArmedLost bool

	// NoRiseWake lets a rising edge of EXTIN not wake a dark board (then only
	// a falling one can).
	NoRiseWake bool
	// FallWakes lets every falling edge of EXTIN wake a dark board.
	FallWakes bool
	// HoldEndWakes lets the falling edge that ends the very assertion that cut
	// this board wake it again.
	HoldEndWakes bool
	// StickyFlags adds the new reason to wakeup_status instead of replacing it.
	StickyFlags bool

	// InLag delays io_status.ei behind the line.
	InLag time.Duration
	// CountLag keeps external_input_count at its last value after EXTIN fell.
	CountLag time.Duration

	// WatchdogLost sets watchdog_timeout to 0 whenever the Pi loses its power;
	// otherwise it stays, and a short one runs while the Pi boots.
	WatchdogLost bool
	// WatchdogWaits starts the watchdog only at the first heartbeat after power
	// came on.
	WatchdogWaits bool
	// Repower is how long the board leaves the Pi without power when it
	// restarts it; 0 stands for 1 s.
	Repower time.Duration

	// NAKRate is the share of transfers the board does not acknowledge, 0 to 1.
	NAKRate float64
	// HangRate is the share of transfers that hang in the kernel, 0 to 1, each
	// for HangFor (Forever: until released).
	HangRate float64
	HangFor  time.Duration
	// HangActs says when a hanging access takes effect.
	HangActs HangEffect
}

// HangEffect says when a transfer that hangs reaches the registers.
type HangEffect int

// A hanging transfer acts before it hangs, only when it comes back, or never
// (then it comes back with an error).
const (
	ActsFirst HangEffect = iota
	ActsLast
	ActsNever
)

// Validate reports every value that is out of range.
func (o Options) Validate() error {
	var errs []error
	if o.Threshold != 0 && (o.Threshold < MinThreshold || o.Threshold > MaxThreshold) {
		errs = append(errs, fmt.Errorf("threshold %s: allowed are %s to %s", o.Threshold, MinThreshold, MaxThreshold))
	}
	for name, rate := range map[string]float64{"NAK": o.NAKRate, "hang": o.HangRate} {
		if !(rate >= 0 && rate <= 1) {
			errs = append(errs, fmt.Errorf("%s rate %g: allowed are 0 to 1", name, rate))
		}
	}
	for name, d := range map[string]time.Duration{"in lag": o.InLag, "count lag": o.CountLag, "repower": o.Repower} {
		if d < 0 {
			errs = append(errs, fmt.Errorf("%s %s: must not be negative", name, d))
		}
	}
	if o.HangRate > 0 && o.HangFor == 0 {
		errs = append(errs, errors.New("hang rate without a hang time"))
	}
	if o.HangActs < ActsFirst || o.HangActs > ActsNever {
		errs = append(errs, fmt.Errorf("hang effect %d: unknown", o.HangActs))
	}
	if o.Addr >= 0x80 {
		errs = append(errs, fmt.Errorf("address 0x%x: more than 7 bits", o.Addr))
	}
	return errors.Join(errs...)
}

func (o Options) threshold() time.Duration {
	if o.Threshold == 0 {
		return defaultThreshold
	}
	return o.Threshold
}

func (o Options) repower() time.Duration {
	if o.Repower == 0 {
		return defaultRepower
	}
	return o.Repower
}

func (o Options) addr() uint16 {
	if o.Addr == 0 {
		return defaultAddr
	}
	return o.Addr
}
