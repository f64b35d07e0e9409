package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/futago-ha/futago/fencing/sleepi3"
	"github.com/futago-ha/futago/internal/control"
)

const (
	askLinesEvery  = 200 * time.Millisecond // the daemon looks five times a second
	readLinesEvery = 10 * time.Millisecond
)

func (a *app) boardWatchCommand() *cobra.Command {
	var limit time.Duration
	cmd := &cobra.Command{
		Use:   "watch",
		Short: "Show each change of EXTOUT and EXTIN as it happens",
		Long: "Show each change of this node's EXTOUT and EXTIN as it happens, with its\n" +
			"time, until Ctrl-C. The lines are seen through the daemon where that runs\n" +
			"(five looks a second), else directly (a hundred), which needs root. Nothing\n" +
			"is changed.",
		Example:           "  futago board watch\n  sudo futago board watch --for 30s",
		Args:              args(noArguments),
		ValidArgsFunction: completeNothing,
	}
	cmd.Flags().DurationVar(&limit, "for", 0, "end after this time; 0: never")
	where := addBoardFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		ctx := cmd.Context()
		if limit > 0 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, limit)
			defer cancel()
		}
		return a.watchLines(ctx, where)
	}
	return cmd
}

func (a *app) watchLines(ctx context.Context, where *boardFlags) error {
	client := a.client()
	first, err := client.Lines(ctx, 0)
	if errors.Is(err, control.ErrNotRunning) {
		dev, done, err := a.ownBoard(where)
		if err != nil {
			return err
		}
		return errors.Join(a.watchBoard(ctx, dev), done())
	}
	if err != nil {
		return err
	}
	if len(first) > 1 {
		first = first[len(first)-1:] // only how it is now
	}
	return a.watchDaemon(ctx, client, first)
}

// watchDaemon prints what the daemon sees until ctx ends.
func (a *app) watchDaemon(ctx context.Context, client *control.Client, seen []control.Lines) error {
	var last uint64
	for {
		for _, l := range seen {
			last = l.Seq
			if err := a.printLines(l); err != nil {
				return err
			}
		}
		if !pause(ctx, askLinesEvery) {
			return nil
		}
		var err error
		if seen, err = client.Lines(ctx, last); err != nil && ctx.Err() == nil {
			return err
		}
	}
}

// watchBoard prints what the board itself says until ctx ends.
func (a *app) watchBoard(ctx context.Context, dev *sleepi3.Dev) error {
	var shown control.Lines
	for first := true; ; first = false {
		now := readLines(dev)
		changed := now != shown
		shown = now
		if changed || first {
			now.Time = a.now()
			if err := a.printLines(now); err != nil {
				return err
			}
		}
		if !pause(ctx, readLinesEvery) {
			return nil
		}
	}
}

func readLines(dev *sleepi3.Dev) control.Lines {
	l, err := dev.Lines()
	seconds := 0
	if err == nil && l.In {
		seconds, err = dev.InSeconds()
	}
	if err != nil {
		return control.Lines{Fault: err.Error()}
	}
	return control.Lines{Out: l.Out, In: l.In, Seconds: seconds}
}

func (a *app) printLines(l control.Lines) error {
	text := "EXTOUT " + lineWord(l.Out) + "  EXTIN " + lineWord(l.In)
	if l.In && l.Seconds > 0 {
		text += fmt.Sprintf(" for %d s", l.Seconds)
	}
	if l.Fault != "" {
		text = l.Fault
	}
	return a.lines(l.Time.In(a.now().Location()).Format("15:04:05.000") + "  " + text)
}

// lineWord is as wide for both levels, and a raised line is seen from afar.
func lineWord(high bool) string {
	if high {
		return "HIGH"
	}
	return "low "
}

// pause waits; false if ctx ended.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
