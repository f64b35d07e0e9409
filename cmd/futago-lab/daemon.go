package main

import (
	"errors"

	"github.com/spf13/cobra"
)

// nodeFutago is the futago command of a node: this binary again, by the link
// that works whatever the node sees of the machine.
var nodeFutago = []string{"/proc/1/exe", "futago"}

// futagoCommand is the shipped command line with the lab's bus in place of
// /dev/i2c-N. It is filled when the command line can be imported.
func futagoCommand() *cobra.Command {
	return &cobra.Command{
		Use:                "futago",
		Short:              "The shipped futago with the lab's bus (run on the nodes)",
		Example:            "  futago-lab exec raspberrypi-1 futago status",
		Hidden:             true,
		DisableFlagParsing: true,
		RunE: func(*cobra.Command, []string) error {
			return errors.New("this build has no futago inside yet; use --node-command")
		},
	}
}
