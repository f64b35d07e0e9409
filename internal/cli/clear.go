package cli

import (
	"github.com/spf13/cobra"

	"github.com/futago-ha/futago/internal/control"
)

func (a *app) clearCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "clear",
		Short: "Forget marks that wait for a person: quarantine, failed resources",
		Long: "Forget the marks that wait for a person: quarantine after repeated fences, a\n" +
			"resource that failed too often. The history is kept.",
		Example:           "  sudo futago clear",
		Args:              args(noArguments),
		ValidArgsFunction: completeNothing,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.give(cmd.Context(), order{
				command: control.Command{Verb: control.VerbClear}, yes: yes,
				what: "Marks that wait for a person are forgotten; the service may move.",
			})
		},
	}
	confirmable(cmd, &yes)
	return cmd
}
