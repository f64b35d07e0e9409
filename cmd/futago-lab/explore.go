package main

import (
	"github.com/spf13/cobra"

	"github.com/futago-ha/futago/internal/explore"
)

// exploreCommand is the explorer's front. It needs no root and no lab.
func exploreCommand() *cobra.Command {
	return &cobra.Command{
		Use:                "explore",
		Short:              "Walk every way that a small model of the pair can go and check its rules",
		Example:            "  futago-lab explore -depth 2\n  futago-lab explore -only \"release lost\" -depth 3\n  futago-lab explore -list",
		DisableFlagParsing: true, // the explorer has its own
		RunE: func(cmd *cobra.Command, args []string) error {
			if code := explore.Main(args, cmd.OutOrStdout()); code != 0 {
				return exitCode(code)
			}
			return nil
		},
	}
}
