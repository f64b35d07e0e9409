package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"periph.io/x/conn/v3/i2c"

	"github.com/futago-ha/futago/internal/board"
	"github.com/futago-ha/futago/internal/cli"
	"github.com/futago-ha/futago/internal/daemon"
	"github.com/futago-ha/futago/internal/lab/nodeinit"
)

// Set by the linker, as for the shipped binary.
var version, commit string

// nodeFutago is the futago command of a node: this binary again, by the link
// that works whatever the node sees of the machine.
var nodeFutago = []string{"/proc/1/exe", "futago"}

// futagoCommand is the shipped command line on a node of the lab. Only what it
// knows of its machine differs: the bus, and the file that resets it.
func futagoCommand() *cobra.Command {
	return &cobra.Command{
		Use:                "futago",
		Short:              "The shipped futago with the lab's bus (run on the nodes)",
		Example:            "  futago-lab exec raspberrypi-1 futago status",
		Hidden:             true,
		DisableFlagParsing: true,
		RunE: func(_ *cobra.Command, args []string) error {
			if code := cli.Main(nodeMachine(), args); code != 0 {
				return exitCode(code)
			}
			return nil
		},
	}
}

func nodeMachine() cli.Machine {
	return cli.Machine{
		OpenBus: func(int) (i2c.BusCloser, error) { return board.DialBus(nodeinit.BusSocket) },
		System:  nodeSystem{},
		Again:   []string{"/proc/self/exe", "futago"},
		Version: version, Commit: commit,
	}
}

// nodeSystem is a node's kernel. Its boot id is bound over the real one's path
// and its systemctl is early in PATH, so both are as on a Pi; not so the
// trigger of the reset, which the machine's kernel may not have.
type nodeSystem struct{ daemon.Machine }

// Reset restarts the node at once.
func (nodeSystem) Reset() error {
	if err := os.WriteFile(nodeinit.SysrqFile, []byte("b"), 0); err != nil {
		return fmt.Errorf("reset by sysrq: %w", err)
	}
	return nil
}
