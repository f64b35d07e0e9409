package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
	"periph.io/x/conn/v3/i2c"

	"github.com/futago-ha/futago/fencing"
	"github.com/futago-ha/futago/fencing/sleepi3"
	"github.com/futago-ha/futago/internal/survey"
)

// defaultLED is the heartbeat pin of a board as its overlay names it.
const defaultLED = "/sys/class/leds/sleepi:led0"

// boardHandCommand is what a survey starts on each node. Nobody else should: it drives the line for whoever is at the
// other end of its pipe.
func (a *app) boardHandCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:               "hand",
		Short:             "Work on this node's board for a survey (started by futago board measure)",
		Example:           "  sudo futago board hand",
		Hidden:            true,
		Args:              args(noArguments),
		ValidArgsFunction: completeNothing,
	}
	where := addBoardFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		// The end of the pipe ends a hand: a hang-up of ssh must not come before the line is low.
		signal.Ignore(syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
		pi, err := a.pi(where)
		if err != nil {
			return err
		}
		return survey.Serve(cmd.Context(), stdio{a.in, a.out}, pi)
	}
	return cmd
}

// stdio is a process's own ends as one pipe.
type stdio struct {
	io.Reader
	io.Writer
}

// Close closes what can be closed, so that a read ends.
func (s stdio) Close() error {
	if c, ok := s.Reader.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

func (a *app) pi(where *boardFlags) (survey.Pi, error) {
	place := a.found(*where.place, where.config)
	bus, err := a.machine.OpenBus(place.bus)
	if err != nil {
		return survey.Pi{}, hinted{err: fmt.Errorf("open I2C bus %d: %w", place.bus, err), do: "the same command again with sudo"}
	}
	opts := sleepi3.DefaultOpts
	opts.Addr = place.address
	board, err1 := sleepi3.New(bus, opts)
	opts.Retries = 0
	bare, err2 := sleepi3.New(bus, opts)
	boot, err3 := a.machine.System.BootID()
	host, err4 := os.Hostname()
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return survey.Pi{}, err
	}
	system := a.machine.System
	return survey.Pi{
		Name: host, Boot: boot, Uptime: uptime, Board: board, Bare: bare, InTheWay: a.inTheWay, Feed: feeder(bus),
		Sync: system.Sync, Reboot: func() error { return system.Reboot(false) }, PowerOff: func() error { return system.Reboot(true) },
		Panic: a.machine.Panic,
	}, nil
}

// feeder toggles the heartbeat pin: over the bus where that can carry it (the lab's does), else by its LED.
func feeder(bus i2c.Bus) func() error {
	if beater, ok := bus.(interface{ Beat() error }); ok {
		return beater.Beat
	}
	toggle, high := fencing.LED(defaultLED), false
	return func() error {
		high = !high
		return toggle(high)
	}
}

func uptime() (time.Duration, error) {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts); err != nil {
		return 0, fmt.Errorf("read the clock since boot: %w", err)
	}
	return time.Duration(ts.Nano()), nil
}

// disturbers are the services that a survey cannot have beside it on either node: they drive the line, or shut a Pi down
// for its EXTIN.
var disturbers = []string{"futago", "sleepi3-monitor"}

// bootDisturbers set registers at boot or feed the watchdog, which spoils what is measured.
var bootDisturbers = []string{"sleepi3-start", "sleepi3-heartbeat"}

// systemctlTimeout bounds each question to systemd.
const systemctlTimeout = 5 * time.Second

// inTheWay names what would spoil a survey.
func (a *app) inTheWay(ctx context.Context) (now, atBoot []string) {
	if _, err := a.client().Status(ctx); err == nil {
		now = append(now, "futago (its daemon answers)")
	}
	for _, unit := range disturbers {
		switch {
		case said(ctx, "is-active", unit) == "active":
			now = append(now, unit+" (active)")
		case said(ctx, "is-enabled", unit) == "enabled":
			now = append(now, unit+" (starts at boot)")
		}
	}
	for _, unit := range bootDisturbers {
		if said(ctx, "is-enabled", unit) == "enabled" {
			atBoot = append(atBoot, unit+" (starts at boot)")
		}
	}
	return now, atBoot
}

// said is systemctl's one word about a unit; empty where nobody knows.
func said(ctx context.Context, verb, unit string) string {
	ctx, cancel := context.WithTimeout(ctx, systemctlTimeout)
	defer cancel()
	out, _ := exec.CommandContext(ctx, "systemctl", verb, unit+".service").Output() // its exit code says the same
	return strings.TrimSpace(string(out))
}
