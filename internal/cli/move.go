package cli

import (
	"github.com/spf13/cobra"

	"github.com/futago-ha/futago/internal/control"
)

func (a *app) moveCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "move [NODE]",
		Short: "Move the service to a node",
		Long: "Move the service to a node, to the one that does not serve if none is named.\n" +
			"Clients notice one switch.",
		Example:           "  sudo futago move raspberrypi-2\n  sudo futago move --yes",
		Args:              args(atMostOneNode),
		ValidArgsFunction: a.completeNode,
		RunE: func(cmd *cobra.Command, given []string) error {
			to, err := a.pair(cmd.Context(), cmd, given, func(st control.Status) string { return st.Other(st.Serving) })
			if err != nil {
				return err
			}
			return a.give(cmd.Context(), order{
				command: control.Command{Verb: control.VerbMove, Node: to}, ask: true, yes: yes,
				what: "The service moves to " + to + ".",
			})
		},
	}
	confirmable(cmd, &yes)
	return cmd
}
