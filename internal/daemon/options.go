package daemon

import (
	"context"
	"errors"
	"log/slog"
	"os/exec"
	"time"

	"github.com/futago-ha/futago/internal/config"
	"periph.io/x/conn/v3/i2c"
)

// Options is what a daemon is made of besides its configuration.
type Options struct {
	Config *config.Config
	Keys   config.Keys
	Self   int // index of this node in Config.Nodes

	StateDir string // durable state and history; /var/lib/futago
	Socket   string // control socket; control.DefaultSocket when empty
	Engine   string // the engine's socket as a URL; the package's default when empty

	// SlowDisk is added to each write of the state, to try in the lab what a
	// tired card does to the loop; 0 on a Pi.
	SlowDisk time.Duration

	// OpenBus opens the I2C bus of the power board. It is called again when the
	// bus could not be opened or was lost.
	OpenBus func() (i2c.BusCloser, error)
	// BoardAddress is the board's address on that bus, 7 bit.
	BoardAddress uint16
	// BoardWatchdog says that the board's watchdog is meant to be on: the maker's
	// start-up sets it at each boot, and this daemon makes up for one that could not.
	BoardWatchdog bool
	// Guard returns the command of the guard process: this binary again, with
	// the verb that runs fencing.Guard on its standard input and output.
	Guard func() *exec.Cmd
	// System is the machine the daemon runs on.
	System System
	// Shutdowns announces shutdowns of the machine and has them wait; nil where
	// nothing does.
	Shutdowns Shutdowns

	Version string
	Log     *slog.Logger
}

// System is what the daemon does to the machine itself.
type System interface {
	// BootID is the kernel's boot id (/proc/sys/kernel/random/boot_id).
	BootID() (string, error)
	// ClockSynchronised is the kernel's word that its wall clock is set by
	// something that keeps it right.
	ClockSynchronised() bool
	// Reboot asks for an orderly reboot, or power-off.
	Reboot(off bool) error
	// Active tells of each unit of systemd whether it runs.
	Active(units ...string) []bool
	// Enabled tells whether a unit is started at boot.
	Enabled(unit string) bool
	// Unit has systemd start or stop a unit, without waiting.
	Unit(verb, unit string) error
	// Reset restarts the kernel at once, nothing is stopped or synced.
	Reset() error
	// Sync flushes all file systems.
	Sync()
}

// Shutdowns is what announces that the machine goes down, and waits for LetGo.
type Shutdowns interface {
	Run(ctx context.Context) error
	Announced() <-chan bool // true: one begins; false: it was called off
	LetGo()
}

func (o *Options) check() error {
	switch {
	case o.Config == nil:
		return errors.New("a daemon needs a configuration")
	case o.OpenBus == nil || o.Guard == nil || o.System == nil:
		return errors.New("a daemon needs a bus, a guard and a system")
	case o.StateDir == "":
		return errors.New("a daemon needs a state directory")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return nil
}

func (o *Options) node() config.Node { return o.Config.Nodes[o.Self] }
func (o *Options) peer() config.Node { return o.Config.Nodes[1-o.Self] }
