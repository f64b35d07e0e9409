package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/futago-ha/futago/internal/control"
)

func (a *app) confirmCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "confirm off NODE",
		Short:   "State what you saw, where futago cannot see it",
		Example: "  sudo futago confirm off raspberrypi-1",
		Args:    args(func(*cobra.Command, []string) error { return errors.New("confirm what? only \"off NODE\" is possible") }),
		RunE:    func(*cobra.Command, []string) error { return nil }, // never reached: Args refuses
	}
	cmd.AddCommand(a.confirmOffCommand())
	return cmd
}

func (a *app) confirmOffCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "off NODE",
		Short: "State that a node has no power, so that the other may take over",
		Long: "State that you stood in front of a node and saw that it has no power, or\n" +
			"unplugged it. The other node then takes over without a fence. If the\n" +
			"statement is wrong, two nodes hold the address.",
		Example:           "  sudo futago confirm off raspberrypi-1",
		Args:              args(exactlyOneNode),
		ValidArgsFunction: a.completeNode,
		RunE: func(cmd *cobra.Command, given []string) error {
			node, err := a.pair(cmd.Context(), cmd, given, noNode)
			if err != nil {
				return err
			}
			return a.give(cmd.Context(), order{
				command: control.Command{Verb: control.VerbConfirmOff, Node: node}, ask: true, yes: yes,
				what: "You state that " + node + " has no power. The other node takes over.\n" +
					"If " + node + " has power, two nodes will hold the address.",
			})
		},
	}
	confirmable(cmd, &yes)
	return cmd
}
