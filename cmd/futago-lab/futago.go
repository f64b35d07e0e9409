package main

import (
	"github.com/spf13/cobra"

	"github.com/futago-ha/futago/internal/lab/nodefutago"
)

// Set by the linker, as for the shipped binary.
var version, commit string

// futagoCommand is the shipped command line, as nodes of the lab run it.
func futagoCommand() *cobra.Command {
	return &cobra.Command{
		Use:                nodefutago.Verb,
		Short:              "The shipped futago with the lab's bus (run on the nodes)",
		Example:            "  futago-lab exec raspberrypi-1 futago status",
		Hidden:             true,
		DisableFlagParsing: true, // futago has its own
		RunE: func(_ *cobra.Command, args []string) error {
			if code := nodefutago.Main(version, commit, args); code != 0 {
				return exitCode(code)
			}
			return nil
		},
	}
}
