package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/futago-ha/futago/internal/sim"
)

// simCommand is the simulator's front. It needs no root and no lab.
func simCommand() *cobra.Command {
	return &cobra.Command{
		Use:                "sim",
		Short:              "Run the pair in virtual time from seeds and check its rules",
		Example:            "  futago-lab sim -seeds 1000 -base 1\n  futago-lab sim -seed 17 -v",
		DisableFlagParsing: true, // the simulator has its own
		RunE: func(cmd *cobra.Command, args []string) error {
			if code := sim.Main(args, cmd.OutOrStdout()); code != 0 {
				return exitCode(code)
			}
			return nil
		},
	}
}

// exitCode is an end of the process about which everything has been said.
type exitCode int

func (c exitCode) Error() string { return fmt.Sprintf("exit code %d", int(c)) }
