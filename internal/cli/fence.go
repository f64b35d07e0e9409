package cli

import (
	"github.com/spf13/cobra"

	"github.com/futago-ha/futago/internal/control"
)

func (a *app) fenceCommand() *cobra.Command {
	var yes, off bool
	cmd := &cobra.Command{
		Use:   "fence NODE",
		Short: "Cut the power of a node, and wake it again",
		Long: "Cut the power of a node by the fence device and wake it again, unless --off.\n" +
			"One that could not be confirmed answers no, and is woken also with --off.\n" +
			"If it served, the other node takes over once the cut is confirmed.",
		Example:           "  sudo futago fence raspberrypi-2\n  sudo futago fence raspberrypi-2 --off --yes",
		Args:              args(exactlyOneNode),
		ValidArgsFunction: a.completeNode,
		RunE: func(cmd *cobra.Command, given []string) error {
			node, err := a.pair(cmd.Context(), cmd, given, noNode)
			if err != nil {
				return err
			}
			o := order{
				command: control.Command{Verb: control.VerbFence, Node: node}, ask: true, yes: yes,
				what: "This cuts the power of " + node + " and wakes it again.",
			}
			if off {
				o.command.Args = map[string]string{control.ArgOff: "true"}
				o.what = "This cuts the power of " + node + " and leaves it off."
			}
			return a.give(cmd.Context(), o)
		},
	}
	cmd.Flags().BoolVar(&off, "off", false, "leave the node off")
	confirmable(cmd, &yes)
	cmd.AddCommand(a.fenceTestCommand(), a.fenceReleaseCommand())
	return cmd
}
