package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/futago-ha/futago/internal/sim"
)

// simCommand is the simulator's front. It needs no root and no lab.
func simCommand() *cobra.Command {
	return simulated(&cobra.Command{
		Use:     "sim",
		Short:   "Run the pair in virtual time from seeds and check its rules",
		Example: "  futago-lab sim -seeds 1000 -base 1\n  futago-lab sim -seeds 100 -mode bounded",
	}, sim.Main)
}

// replayCommand tells the story of one seed.
func replayCommand() *cobra.Command {
	return simulated(&cobra.Command{
		Use:     "replay SEED",
		Short:   "Run one seed of the simulator again and tell its story",
		Example: "  futago-lab replay 17\n  futago-lab replay -mode bounded -last 60 17",
	}, sim.Replay)
}

// simulated runs one of the simulator's fronts.
func simulated(cmd *cobra.Command, front func([]string, io.Writer) int) *cobra.Command {
	cmd.DisableFlagParsing = true // the simulator has its own
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if code := front(args, cmd.OutOrStdout()); code != 0 {
			return exitCode(code)
		}
		return nil
	}
	return cmd
}

// exitCode is an end of the process about which everything has been said.
type exitCode int

func (c exitCode) Error() string { return fmt.Sprintf("exit code %d", int(c)) }
