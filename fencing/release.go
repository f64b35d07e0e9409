package fencing

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrStuckHigh is a line that reads high after it was lowered.
var ErrStuckHigh = errors.New("EXTOUT reads high after it was lowered")

// SwitchWatchdogOff is for a node on which nobody feeds the board's watchdog from
// here on: it would reset the Pi. The Fencer must have ended. A transfer that
// hangs is left behind.
func SwitchWatchdogOff(dev Device) error {
	l := &lane{timeout: exitLimit}
	return l.do(func() error { return dev.SetWatchdogTimeout(0) })
}

// Release lowers the line without a daemon, for the early-boot unit, for
// ExecStopPost and for people. It tries until the line reads low or ctx ends;
// give ctx a deadline. A transfer that hangs is left behind.
func Release(ctx context.Context, line Line) error {
	l := &lane{timeout: exitLimit}
	for {
		err := l.do(func() error { return lowerOnce(line) })
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("lower EXTOUT: %w", err)
		case <-time.After(guardRetry):
		}
	}
}
