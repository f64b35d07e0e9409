package cli

import (
	"github.com/spf13/cobra"

	"github.com/futago-ha/futago/internal/control"
)

func (a *app) fenceTestCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "test",
		Short: "Test both fence wires now; nobody is cut",
		Long: "Pulse each EXTOUT for about 1 s, announced and consented to, and have the\n" +
			"other node say what it saw. A cut takes 10 s, so nobody is cut.",
		Example:           "  sudo futago fence test",
		Args:              args(noArguments),
		ValidArgsFunction: completeNothing,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.give(cmd.Context(), order{
				command: control.Command{Verb: control.VerbFenceTest}, yes: yes,
				what: "Each EXTOUT is pulsed for about 1 s.",
			})
		},
	}
	confirmable(cmd, &yes)
	return cmd
}
