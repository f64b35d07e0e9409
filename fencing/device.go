package fencing

import "time"

// Line is the part of a fence device that a guard needs.
type Line interface {
	// ReadLines reads EXTOUT and EXTIN in one transfer.
	ReadLines() (out, in bool, err error)
	// SetOut raises or lowers EXTOUT. It need not read back.
	SetOut(high bool) error
}

// Device is a fence device: a board that can cut the other node's power by a
// line, and whose own power can be cut by the other's. Calls may fail and may
// hang; they are made one at a time.
type Device interface {
	Line
	// InSeconds is how long EXTIN has been up, in whole s.
	InSeconds() (int, error)
	// Arm lets EXTIN cut this node's power and reads that back; Disarm makes it
	// harmless and reads that back.
	Arm() error
	Disarm() error
	Armed() (bool, error)
	// WakeReasons are the words for why this node was given power.
	WakeReasons() ([]string, error)
	// WatchdogTimeout is how long the board waits for a heartbeat, 0 for ever.
	WatchdogTimeout() (time.Duration, error)
	SetWatchdogTimeout(time.Duration) error
	// Restart says whether the watchdog powers the Pi again after it cut it, or
	// leaves it off.
	Restart() (bool, error)
	SetRestart(on bool) error
	Version() (int, error)
}
