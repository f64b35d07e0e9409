package cli

import (
	"github.com/spf13/cobra"

	"github.com/futago-ha/futago/internal/control"
)

func (a *app) unstandbyCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "unstandby [NODE]",
		Short: "Let a node serve again",
		Long: "Let a node, this one if none is named, serve again. With failback = \"auto\"\n" +
			"the service returns to the preferred node.",
		Example:           "  sudo futago unstandby raspberrypi-1",
		Args:              args(atMostOneNode),
		ValidArgsFunction: a.completeNode,
		RunE: func(cmd *cobra.Command, given []string) error {
			node, err := a.pair(cmd.Context(), cmd, given, thisNode)
			if err != nil {
				return err
			}
			return a.give(cmd.Context(), order{
				command: control.Command{Verb: control.VerbUnstandby, Node: node}, yes: yes,
				what: node + " may serve again; the service may return to it.",
			})
		},
	}
	confirmable(cmd, &yes)
	return cmd
}
