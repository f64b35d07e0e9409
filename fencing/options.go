package fencing

import (
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Fixed times of the conversation; design.md says why.
const (
	// NoReturn is when a hold is no longer broken off: a board may cut from 9 s on.
	NoReturn = 8 * time.Second
	// CutOff is when a line that was to be lowered and was not yet read back low
	// counts as having possibly cut.
	CutOff = 8500 * time.Millisecond
	// HoldLimit is how long a hold may try to get its time without a break.
	HoldLimit = 40 * time.Second
	// MaxPulse bounds a pulse well below the 8 s that a victim acts on.
	MaxPulse = 3 * time.Second
	// SilenceLimit is how old the decision loop's last word may be while the
	// line is up, for the Fencer and for its guard.
	SilenceLimit = time.Second
	// TightWatchdog is the board's watchdog while the line is up, unless Options
	// say another: less than the 8 s after which a victim gives its ownership up,
	// so that a kernel that dies with its line raised does not cost the other node
	// its service.
	TightWatchdog = 6 * time.Second

	holdPoll      = 100 * time.Millisecond // twice and more the 4 per s asked for
	idlePoll      = 200 * time.Millisecond
	maxGap        = time.Second
	linesEvery    = time.Second
	lowerLimit    = 2 * time.Second // until Lower without a low reading is Unknown
	watchdogCheck = time.Minute
	guardAck      = 250 * time.Millisecond
	exitLimit     = time.Second
	maxCommands   = 64
)

// NeverTight as Options.WatchdogTight leaves the board's watchdog alone.
const NeverTight = time.Duration(-1)

// maxTight is the most that bounds a hold by a dead kernel (design, S5).
const maxTight = 10 * time.Second

// Options are the options of [New].
type Options struct {
	// CallTimeout bounds every call of the device; 0 stands for 250 ms. At most
	// 500 ms, so that two late calls in a row still fit into a gap.
	CallTimeout time.Duration
	// StartGuard starts a guard; see [StartGuard]. It is called again when a
	// guard has died. Required.
	StartGuard func() (*GuardPipe, error)
	// HeartbeatFed tells whether this daemon feeds the board's watchdog now.
	// Only then its time-out is shortened while the line is up. nil is no.
	HeartbeatFed func() bool
	// WatchdogRest is the time-out to put back when the line is down; 0 is
	// what was found. Give it, so that a time-out shortened by a daemon that
	// was killed is put back, too.
	WatchdogRest time.Duration
	// WatchdogOn is for a board whose watchdog is meant to be on: one that is found
	// off is set to WatchdogRest, for as long as this daemon feeds it. What sets it
	// at boot tries once, and a transfer may fail or a board forget.
	WatchdogOn bool
	// WatchdogTight is the time-out while the line is up, at most 10 s; 0 stands for
	// TightWatchdog, NeverTight leaves the time-out alone, for a board that keeps
	// it over a cut and would reset a Pi that boots for ever.
	WatchdogTight time.Duration
	Log           *slog.Logger
}

func (o *Options) validate() error {
	var errs []error
	if o.CallTimeout == 0 {
		o.CallTimeout = 250 * time.Millisecond
	}
	if o.CallTimeout < 0 || o.CallTimeout > maxGap/2 {
		errs = append(errs, fmt.Errorf("call time-out %s: allowed are up to %s", o.CallTimeout, maxGap/2))
	}
	if o.WatchdogTight == 0 {
		o.WatchdogTight = TightWatchdog
	}
	if t := o.WatchdogTight; t != NeverTight && (t < time.Second || t > maxTight || t%time.Second != 0) {
		errs = append(errs, fmt.Errorf("watchdog tight %s: allowed are whole seconds, 1 to 10", t))
	}
	if o.StartGuard == nil {
		errs = append(errs, errors.New("no way to start a guard"))
	}
	if o.WatchdogRest < 0 || o.WatchdogRest > 255*time.Second || o.WatchdogRest%time.Second != 0 {
		errs = append(errs, fmt.Errorf("watchdog rest %s: allowed are whole seconds, 0 to 255", o.WatchdogRest))
	}
	if o.WatchdogOn && o.WatchdogRest == 0 {
		errs = append(errs, errors.New("a watchdog to be switched on, but no time-out for it"))
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return errors.Join(errs...)
}
