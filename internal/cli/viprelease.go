package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/futago-ha/futago/internal/config"
	"github.com/futago-ha/futago/vip"
)

func (a *app) vipCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:               "vip",
		Short:             "Work on the service's addresses without the daemon",
		Example:           "  sudo futago vip release",
		Args:              cobra.ArbitraryArgs, // so that a misspelt verb reaches unknownCommand
		RunE:              unknownCommand,
		ValidArgsFunction: completeNothing,
	}
	cmd.AddCommand(a.vipReleaseCommand())
	return cmd
}

// vipFlags are those of vip release.
type vipFlags struct {
	config        string
	unlessStarted bool
	limit         time.Duration
}

func (a *app) vipReleaseCommand() *cobra.Command {
	var f vipFlags
	cmd := &cobra.Command{
		Use:   "release",
		Short: "Take the service's addresses off this node, without the daemon",
		Long: "Take the service's addresses off this node, without the daemon: for what a\n" +
			"daemon that died left behind. futago-release.service runs it when futago is\n" +
			"stopped. It is refused while the daemon runs.",
		Example:           "  sudo futago vip release",
		Args:              args(noArguments),
		ValidArgsFunction: completeNothing,
	}
	cmd.Flags().StringVar(&f.config, "config", defaultConfig, "configuration that names the addresses")
	cmd.Flags().BoolVar(&f.unlessStarted, "unless-started", false, "do nothing if systemd is about to start the daemon again")
	cmd.Flags().DurationVar(&f.limit, "timeout", 10*time.Second, "give up after this time")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		ctx, cancel := context.WithTimeout(cmd.Context(), f.limit)
		defer cancel()
		return a.releaseVIP(ctx, f)
	}
	return cmd
}

func (a *app) releaseVIP(ctx context.Context, f vipFlags) error {
	if f.unlessStarted && startsAgain(listJobs(ctx)) {
		return a.lines("futago is started again: its addresses stay")
	}
	if _, err := a.client().Status(ctx); err == nil {
		return hinted{err: errors.New("the daemon runs and would put them back"), do: "sudo futago standby, or sudo systemctl stop futago"}
	}
	c, err := config.Load(f.config)
	if err != nil {
		return err
	}
	var names []string
	var errs []error
	for _, prefix := range c.Service.VIP.Addresses {
		names = append(names, prefix.String())
		errs = append(errs, vip.Cleanup(ctx, vip.Config{Address: prefix}))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("take the addresses off: %w", err)
	}
	return a.lines(strings.Join(names, " and ") + " is on no interface of this node")
}

// startsAgain tells from systemd's jobs whether the daemon comes back at once: a restart, by a person or after a crash,
// waits for whatever is ordered before the start.
func startsAgain(jobs string) bool {
	for line := range strings.Lines(jobs) {
		if f := strings.Fields(line); len(f) >= 3 && f[1] == unit && (f[2] == "start" || f[2] == "restart") {
			return true
		}
	}
	return false
}
