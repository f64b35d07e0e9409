package cli

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/futago-ha/futago/internal/control"
)

func (a *app) maintenanceCommand() *cobra.Command {
	var yes bool
	var length time.Duration
	cmd := &cobra.Command{
		Use:   "maintenance on|off",
		Short: "Leave everything as it is while you work on it",
		Long: "While maintenance is on futago moves, starts, stops and cuts nothing on its\n" +
			"own. It ends by itself after --for, so that it is not forgotten.",
		Example:   "  sudo futago maintenance on --for 2h\n  sudo futago maintenance off",
		Args:      args(onOrOff),
		ValidArgs: []string{"on", "off"},
		RunE: func(cmd *cobra.Command, given []string) error {
			c := control.Command{Verb: control.VerbMaintenance, Args: map[string]string{control.ArgState: given[0]}}
			if cmd.Flags().Changed("for") {
				c.Args[control.ArgFor] = length.String()
			}
			if err := c.Validate(); err != nil {
				return usage(cmd, err)
			}
			return a.give(cmd.Context(), order{command: c, yes: yes, what: "futago acts on its own again."})
		},
	}
	cmd.Flags().DurationVar(&length, "for", 0, "end by itself after this time, 1m to 168h")
	confirmable(cmd, &yes)
	return cmd
}
