package cli

import (
	"github.com/spf13/cobra"

	"github.com/futago-ha/futago/internal/control"
)

func (a *app) standbyCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "standby [NODE]",
		Short: "Mark a node as one that may not serve; the service moves away",
		Long: "Mark a node, this one if none is named, as one that may not serve. If it\n" +
			"serves, the service moves to the other node first. The mark outlasts\n" +
			"reboots.",
		Example:           "  sudo futago standby raspberrypi-1\n  sudo futago standby --yes",
		Args:              args(atMostOneNode),
		ValidArgsFunction: a.completeNode,
		RunE: func(cmd *cobra.Command, given []string) error {
			node, err := a.pair(cmd.Context(), cmd, given, thisNode)
			if err != nil {
				return err
			}
			return a.give(cmd.Context(), order{
				command: control.Command{Verb: control.VerbStandby, Node: node}, yes: yes,
				what: "The service moves away from " + node + " if it serves.",
			})
		},
	}
	confirmable(cmd, &yes)
	return cmd
}
