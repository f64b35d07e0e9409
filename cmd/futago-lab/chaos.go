package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/futago-ha/futago/internal/chaos"
	"github.com/futago-ha/futago/internal/lab"
	"github.com/futago-ha/futago/internal/lab/nodefutago"
)

// chaosName begins the labs' names unless --name gives another.
const chaosName = "chaos"

func chaosCommand(o *lab.Options) *cobra.Command {
	var f chaos.Options
	names, help := chaos.Campaigns()
	long := "Break a pair of the lab at random, mend it and audit it, again and again: never\n" +
		"two holders of the VIP, one server, lines low, histories that agree with what\n" +
		"the boards did, nothing left behind. Each run has a lab of its own and a seed\n" +
		"that fixes its schedule. Exit code 1: an audit failed; the seed, the step, both\n" +
		"statuses and both histories are printed.\n\nCampaigns:\n"
	for i := range names {
		long += fmt.Sprintf("  %-11s %s\n", names[i], help[i])
	}
	cmd := &cobra.Command{
		Use:     "chaos",
		Short:   "Break a pair at random and audit it after each step",
		Long:    strings.TrimSuffix(long, "\n"),
		Example: "  sudo futago-lab chaos --campaign storm --runs 20\n  sudo futago-lab chaos --campaign mixed --seed 17",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
			defer stop()
			f.Lab, f.Out = *o, cmd.OutOrStdout()
			f.Lab.Futago = nodefutago.Command()
			if !cmd.Flags().Changed("name") {
				f.Lab.Name = chaosName
			}
			if !cmd.Flags().Changed("seed") {
				f.Seed = uint64(rand.Uint32())
			}
			return breakPairs(ctx, f, cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&f.Campaign, "campaign", "mixed", "what to break: "+strings.Join(names, ", "))
	cmd.Flags().IntVar(&f.Runs, "runs", 1, "how many runs")
	cmd.Flags().IntVar(&f.Parallel, "parallel", 2, "how many labs side by side")
	cmd.Flags().Uint64Var(&f.Seed, "seed", 0, "of the first run; the next one has the next; not given: drawn")
	cmd.Flags().BoolVarP(&f.Verbose, "verbose", "v", false, "print what happened in runs without a violation as well")
	return cmd
}

func breakPairs(ctx context.Context, f chaos.Options, out io.Writer) error {
	begun := time.Now()
	tell(out, fmt.Sprintf("%s: %d runs from seed %d, %d side by side", f.Campaign, f.Runs, f.Seed, f.Parallel))
	r, err := chaos.Run(ctx, f)
	if err != nil && !errors.Is(err, chaos.ErrViolated) {
		return err
	}
	tell(out, fmt.Sprintf("%d runs, %d steps, %d faults, %d cuts by boards, slowest recovery %.1f s, %d violations; took %.0f s",
		r.Runs, r.Steps, r.Faults, r.Cuts, r.Slowest.Seconds(), len(r.Violations), time.Since(begun).Seconds()))
	return err
}
