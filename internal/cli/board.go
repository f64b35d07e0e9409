package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/futago-ha/futago/fencing/sleepi3"
	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/internal/daemon"
)

func (a *app) boardCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "board",
		Short: "Look at this node's power board, or measure a pair of them",
		Long: "Look at this node's power board, or measure what the boards of a pair really\n" +
			"do. docs/board.md tells more.",
		Example:           "  futago board show\n  futago board watch\n  sudo futago board measure --report",
		Args:              cobra.ArbitraryArgs, // so that a misspelt verb reaches unknownCommand
		RunE:              unknownCommand,
		ValidArgsFunction: completeNothing,
	}
	cmd.AddCommand(a.boardShowCommand(), a.boardWatchCommand(), a.boardMeasureCommand(), a.boardHandCommand())
	return cmd
}

// boardFlags say where the board is for commands that also work without a daemon.
type boardFlags struct {
	*place
	config string
}

func addBoardFlags(cmd *cobra.Command) *boardFlags {
	f := &boardFlags{place: placeFlags(cmd)}
	cmd.Flags().StringVar(&f.config, "config", defaultConfig, "configuration that may say where the board is")
	return f
}

func (a *app) boardShowCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Show every register of this node's power board in words",
		Long: "Show every register of this node's power board in words. It is read through\n" +
			"the daemon where that runs, else directly, which needs root. Nothing is\n" +
			"changed.",
		Example:           "  futago board show\n  futago board show --json | jq .registers",
		Args:              args(noArguments),
		ValidArgsFunction: completeNothing,
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print it as JSON")
	where := addBoardFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		board, by, err := a.readBoard(cmd.Context(), where)
		if err != nil {
			return err
		}
		if !asJSON {
			return a.lines(a.boardTable(board, by))
		}
		doc, err := json.MarshalIndent(board, "", "  ")
		if err != nil {
			return fmt.Errorf("encode the registers: %w", err)
		}
		return a.lines(string(doc))
	}
	return cmd
}

// readBoard asks the daemon, and the board itself where no daemon runs.
func (a *app) readBoard(ctx context.Context, where *boardFlags) (b control.Board, by string, err error) {
	b, err = a.client().Board(ctx)
	if !errors.Is(err, control.ErrNotRunning) {
		return b, "through the daemon", err
	}
	dev, done, err := a.ownBoard(where)
	if err != nil {
		return b, "", err
	}
	r, err := dev.Registers()
	if err = errors.Join(err, done()); err != nil {
		return b, "", hinted{err: err, do: "sudo i2cdetect -y 1"}
	}
	host, err := os.Hostname()
	if err != nil {
		return b, "", fmt.Errorf("ask for the host name: %w", err)
	}
	return daemon.BoardOf(host, a.now(), r), "directly, because no daemon runs", nil
}

// ownBoard opens this node's board without the daemon.
func (a *app) ownBoard(where *boardFlags) (dev *sleepi3.Dev, done func() error, err error) {
	dev, bus, err := a.openBoard(a.found(*where.place, where.config))
	if errors.Is(err, os.ErrPermission) {
		err = hinted{err: err, do: "the same command again with sudo"}
	}
	if err != nil {
		return nil, nil, err
	}
	return dev, bus.Close, nil
}

func (a *app) boardTable(b control.Board, by string) string {
	var t strings.Builder
	fmt.Fprintf(&t, "Power board of %s, read at %s %s.\n\n", b.Node, b.Time.In(a.now().Location()).Format("15:04:05"), by)
	const row = "%-6s%-22s%-7s%s\n"
	fmt.Fprintf(&t, row, "ADDR", "REGISTER", "VALUE", "MEANING")
	for _, r := range b.Registers {
		words := strings.Split(r.Words, "; ")
		fmt.Fprintf(&t, row, fmt.Sprintf("0x%02X", r.Addr), r.Name, r.Value, words[0])
		for _, more := range words[1:] {
			fmt.Fprintf(&t, row, "", "", "", more)
		}
	}
	return t.String()
}
