package cli

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/internal/control/render"
)

func (a *app) historyCommand() *cobra.Command {
	var n int
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "history",
		Short: "Show what happened, the newest last",
		Long: "Show what happened, the newest last. Both nodes keep it, also through\n" +
			"reboots.",
		Example:           "  futago history\n  futago history -n 100\n  futago history --json | jq -r '.[].code'",
		Args:              args(noArguments),
		ValidArgsFunction: completeNothing,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if n < 1 || n > control.HistoryMax {
				return usage(cmd, fmt.Errorf("-n %d: allowed are 1 to %d", n, control.HistoryMax))
			}
			entries, err := a.client().History(cmd.Context(), n)
			if err != nil {
				return err
			}
			return a.history(entries, asJSON)
		},
	}
	cmd.Flags().IntVarP(&n, "lines", "n", 20, "how many entries")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print them as JSON")
	return cmd
}

func (a *app) history(entries []control.Entry, asJSON bool) error {
	if !asJSON {
		if len(entries) == 0 {
			return a.lines("nothing has happened yet")
		}
		return a.lines(render.History(entries, a.now().Location(), a.width))
	}
	doc, err := json.MarshalIndent(entries, "", "  ")
	if err != nil {
		return fmt.Errorf("encode history: %w", err)
	}
	return a.lines(string(doc))
}
