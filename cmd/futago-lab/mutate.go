package main

import (
	"github.com/spf13/cobra"

	"github.com/futago-ha/futago/internal/mutate"
)

// mutateCommand is the front of the mutation check. It needs no root and no lab,
// but the sources and the go tool.
func mutateCommand() *cobra.Command {
	return &cobra.Command{
		Use:                "mutate",
		Short:              "Switch off each rule of the pair and see that the simulator notices",
		Example:            "  futago-lab mutate -j 2\n  futago-lab mutate -only contest,parity",
		DisableFlagParsing: true, // the check has its own
		RunE: func(cmd *cobra.Command, args []string) error {
			if code := mutate.Main(cmd.Context(), args, cmd.OutOrStdout()); code != 0 {
				return exitCode(code)
			}
			return nil
		},
	}
}
