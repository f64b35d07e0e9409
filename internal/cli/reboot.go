package cli

import (
	"github.com/spf13/cobra"

	"github.com/futago-ha/futago/internal/control"
)

func (a *app) rebootCommand() *cobra.Command {
	var yes, now bool
	cmd := &cobra.Command{
		Use:   "reboot [NODE]",
		Short: "Reboot a node as planned: hand off, reboot, return",
		Long: "Reboot a node, this one if none is named, in order: the service\n" +
			"moves to the other node first, if that proved able to serve, and returns by\n" +
			"the policy of failback. It is refused while the other node cannot serve, is\n" +
			"on its way out itself, or while the node is up for less than min_uptime. When\n" +
			"the nodes reboot by themselves: futago schedule.",
		Example:           "  sudo futago reboot raspberrypi-1\n  sudo futago reboot --now",
		Args:              args(atMostOneNode),
		ValidArgsFunction: a.completeNode,
		RunE: func(cmd *cobra.Command, given []string) error {
			node, err := a.pair(cmd.Context(), cmd, given, thisNode)
			if err != nil {
				return err
			}
			o := order{
				command: control.Command{Verb: control.VerbReboot, Node: node}, ask: true, yes: yes,
				what: node + " reboots; if it serves, the service moves away first.",
			}
			if now {
				o.command.Args = map[string]string{control.ArgNow: "true"}
			}
			return a.give(cmd.Context(), o)
		},
	}
	cmd.Flags().BoolVar(&now, "now", false, "however short a time the node is up, and also while the other one does not serve")
	confirmable(cmd, &yes)
	return cmd
}
