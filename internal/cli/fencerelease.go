package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/spf13/cobra"

	"github.com/futago-ha/futago/fencing"
	"github.com/futago-ha/futago/internal/config"
)

func (a *app) fenceReleaseCommand() *cobra.Command {
	var path string
	var limit time.Duration
	cmd := &cobra.Command{
		Use:   "release",
		Short: "Lower this node's EXTOUT, without the daemon",
		Long: "Lower this node's EXTOUT and read that back, without the daemon: for the\n" +
			"early-boot unit, for the moment after the daemon ended, and for people. A\n" +
			"fence that is going on ends without a result.",
		Example:           "  sudo futago fence release",
		Args:              args(noArguments),
		ValidArgsFunction: completeNothing,
	}
	given := placeFlags(cmd)
	cmd.Flags().StringVar(&path, "config", defaultConfig, "configuration that may say where the board is")
	cmd.Flags().DurationVar(&limit, "timeout", 10*time.Second, "give up after this time")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		ctx, cancel := context.WithTimeout(cmd.Context(), limit)
		defer cancel()
		return a.release(ctx, a.found(*given, path))
	}
	return cmd
}

// found completes p from the configuration and the vendor's settings. A file with faults is said so and left out: a
// fault in a file must not keep a line high.
func (a *app) found(p place, path string) place {
	c, err := config.Load(path)
	switch {
	case err == nil:
		p = p.or(placeOf(c.Fence))
	case !errors.Is(err, fs.ErrNotExist):
		_, _ = fmt.Fprintf(a.err, "futago: %s is left out, for it has faults\nDo: futago check %s\n", path, path)
	}
	p, err = p.settled()
	if err != nil {
		_, _ = fmt.Fprintf(a.err, "futago: left out: %v\n", err)
	}
	return p
}

func (a *app) release(ctx context.Context, p place) error {
	dev, bus, err := a.openBoard(p)
	if err != nil {
		return err
	}
	if err := fencing.Release(ctx, dev); err != nil {
		// The bus is left open: closing it would wait for a transfer that hangs.
		return hinted{err: fmt.Errorf("%s: %w", dev, err), do: "if EXTOUT stays high, unplug CN5 of this board"}
	}
	if err := bus.Close(); err != nil {
		return fmt.Errorf("close the bus: %w", err)
	}
	return a.lines("EXTOUT of this node is low")
}
