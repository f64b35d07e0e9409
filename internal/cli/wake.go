package cli

import (
	"github.com/spf13/cobra"

	"github.com/futago-ha/futago/internal/control"
)

func (a *app) wakeCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "wake NODE",
		Short: "Wake a node whose power is cut",
		Long: "Pulse the line to a node for about 1 s. A board that is off gives power\n" +
			"again; one that is on ignores it. A node that was switched off on purpose is\n" +
			"pulsed again until it is heard: its board may still have been on.",
		Example:           "  sudo futago wake raspberrypi-1",
		Args:              args(exactlyOneNode),
		ValidArgsFunction: a.completeNode,
		RunE: func(cmd *cobra.Command, given []string) error {
			node, err := a.pair(cmd.Context(), cmd, given, noNode)
			if err != nil {
				return err
			}
			return a.give(cmd.Context(), order{
				command: control.Command{Verb: control.VerbWake, Node: node}, yes: yes,
				what: "The line to " + node + " is pulsed for about 1 s.",
			})
		},
	}
	confirmable(cmd, &yes)
	return cmd
}
