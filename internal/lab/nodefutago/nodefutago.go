// Package nodefutago is the shipped futago on a node of the lab: the same command line and daemon, on the lab's bus.
//
// It owns the difference between the lab's machine and a Pi, which is the bus of the power board and the file that
// resets the node. It must stay that small: what is tried in the lab is what is shipped.
package nodefutago

import (
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"periph.io/x/conn/v3/i2c"

	"github.com/futago-ha/futago/internal/board"
	"github.com/futago-ha/futago/internal/cli"
	"github.com/futago-ha/futago/internal/daemon"
	"github.com/futago-ha/futago/internal/lab/nodeinit"
	"github.com/futago-ha/futago/internal/logind"
)

// Verb is the first argument by which a lab's program is told to be futago. It then calls Main with the others.
const Verb = "futago"

// Command is futago on a node: the lab's program again, by the link that works whatever the node sees of the machine.
func Command() []string { return []string{"/proc/1/exe", Verb} }

// SlowDisk is an argument that may stand before the others: each write of the state takes so much longer.
func SlowDisk(by time.Duration) string { return slowDisk + by.String() }

const slowDisk = "slow-disk="

// WithLogind is an argument that may stand before the others, too: the machine has a logind of its own, which is asked
// and heard as on a Pi. Nodes of a lab have none, and must not ask that of the machine below.
const WithLogind = "with-logind"

// Main runs futago on a node and returns its exit code. Version and commit are the program's own.
func Main(version, commit string, args []string) int {
	m := machine(version, commit)
	args, err := change(&m, args)
	if err != nil {
		fmt.Fprintln(os.Stderr, "futago:", err)
		return 2
	}
	return cli.Main(m, args)
}

// change makes the machine one as the arguments that stand before futago's own say, and returns those.
func change(m *cli.Machine, args []string) ([]string, error) {
	if len(args) > 0 && strings.HasPrefix(args[0], slowDisk) {
		by, err := time.ParseDuration(strings.TrimPrefix(args[0], slowDisk))
		if err != nil {
			return nil, err
		}
		m.SlowDisk, args = by, args[1:]
	}
	if len(args) > 0 && args[0] == WithLogind {
		m.System = system{Machine: daemon.Machine{Logind: logind.Bus("")}, reset: nodeinit.SysrqFile}
		m.Shutdowns = func(log *slog.Logger) daemon.Shutdowns { return logind.NewWatch("", log) }
		args = args[1:]
	}
	return args, nil
}

func machine(version, commit string) cli.Machine {
	return cli.Machine{
		OpenBus: func(int) (i2c.BusCloser, error) { return board.DialBus(nodeinit.BusSocket) },
		System:  system{reset: nodeinit.SysrqFile},
		Panic:   func() error { return os.WriteFile(nodeinit.SysrqFile, []byte("c"), 0) },
		Again:   []string{"/proc/self/exe", Verb},
		Version: version, Commit: commit,
	}
}

// system is a node's kernel and init. Its boot id is bound over the real one's path and its systemctl is early in PATH,
// so both are as on a Pi; not so the trigger of the reset, which the machine's kernel may not have.
type system struct {
	daemon.Machine
	reset string
}

// ClockSynchronised takes the clock of the machine under the lab for right, which has perhaps nobody to ask.
func (system) ClockSynchronised() bool { return true }

// Reset restarts the node at once.
func (s system) Reset() error {
	if err := os.WriteFile(s.reset, []byte("b"), 0); err != nil {
		return fmt.Errorf("reset by sysrq: %w", err)
	}
	return nil
}
