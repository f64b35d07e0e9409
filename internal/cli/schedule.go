package cli

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/futago-ha/futago/internal/control/render"
)

func (a *app) scheduleCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "schedule",
		Short: "Show when the nodes reboot as planned, and the last outcomes",
		Long: "Show when each node reboots as planned next, and what became of its last\n" +
			"planned reboot: done, or skipped and why. The calendar is in [reboot] of the\n" +
			"configuration.",
		Example:           "  futago schedule\n  futago schedule --json | jq -r '.[].next'",
		Args:              args(noArguments),
		ValidArgsFunction: completeNothing,
		RunE: func(cmd *cobra.Command, _ []string) error {
			st, err := a.client().Status(cmd.Context())
			if err != nil {
				return err
			}
			if !asJSON {
				return a.lines(render.Schedule(st, a.now(), a.width))
			}
			doc, err := json.MarshalIndent(st.Schedule, "", "  ")
			if err != nil {
				return fmt.Errorf("encode schedule: %w", err)
			}
			return a.lines(string(doc))
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print it as JSON")
	return cmd
}
