package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/internal/control/render"
	"github.com/futago-ha/futago/internal/explain"
	"github.com/futago-ha/futago/internal/inputs"
)

func (a *app) explainCommand() *cobra.Command {
	var file string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "explain [N|TIME|CODE]",
		Short: "Explain a decision of this node: what led to it, and what if not",
		Long: "Explain a decision of this node by deciding it again from its recorded inputs:\n" +
			"what the node knew, which inputs led to it, and what it would have done\n" +
			"otherwise. Without an argument that is the last decision that matters; N is\n" +
			"the N-th last entry of the history, CODE the last entry with that code, TIME\n" +
			"the entry nearest to it. With --journal the record is a file or a directory\n" +
			"of such, as in /var/lib/futago/decisions, also of another node.",
		Example: "  futago explain\n  futago explain FENCED\n  futago explain 14:03:10 --json | jq .otherwise\n" +
			"  sudo futago explain HOLD --journal /var/lib/futago/decisions",
		ValidArgsFunction: completeNothing,
	}
	cmd.Flags().StringVar(&file, "journal", "", "file or directory of recorded inputs; empty: ask the daemon")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print it as JSON")
	cmd.RunE = func(cmd *cobra.Command, given []string) error {
		which, err := parseWhich(strings.Join(given, " "), a.now())
		if err != nil {
			return usage(cmd, err)
		}
		e, err := a.explained(cmd.Context(), which, file)
		if err != nil {
			return err
		}
		if !asJSON {
			return a.lines(render.Rows(e.Rows(a.now().Location()), a.width))
		}
		doc, err := json.MarshalIndent(e, "", "  ")
		if err != nil {
			return fmt.Errorf("encode the explanation: %w", err)
		}
		return a.lines(string(doc))
	}
	return cmd
}

// explained finds the decision and its record, here or in a file.
func (a *app) explained(ctx context.Context, which which, file string) (explain.Explanation, error) {
	if file != "" {
		past, err := inputs.ReadPath(file)
		if err != nil {
			return explain.Explanation{}, err
		}
		if err := past.Err(); err != nil {
			return explain.Explanation{}, fmt.Errorf("read %s: %w", file, err)
		}
		d, err := which.choose(explain.Decisions(past))
		if err != nil {
			return explain.Explanation{}, err
		}
		return explain.Explain(past, d)
	}
	entries, err := a.client().History(ctx, control.HistoryMax)
	if err != nil {
		return explain.Explanation{}, err
	}
	d, err := which.choose(decisionsOf(entries))
	if err != nil {
		return explain.Explanation{}, err
	}
	record, err := a.client().Inputs(ctx, d.Time)
	if err != nil {
		return explain.Explanation{}, err
	}
	e, err := explain.Explain(inputs.Read(record.Record), d)
	return e, recordHint(err, d)
}

// recordHint says what to do about a record that does not hold a decision.
func recordHint(err error, d explain.Decision) error {
	var other inputs.VersionError
	if err == nil || errors.As(err, &other) {
		return err
	}
	return hinted{
		err: fmt.Errorf("%s of %s cannot be explained: %w (only decisions of some ten hours, and those that matter for longer, are kept; what the daemon itself reports is no decision)",
			d.Code, d.Time.Format("2006-01-02 15:04:05"), err),
		do: "futago history",
	}
}

func decisionsOf(entries []control.Entry) []explain.Decision {
	list := make([]explain.Decision, 0, len(entries))
	for _, e := range entries {
		list = append(list, explain.Decision{Time: e.Time, Node: e.Node, Code: e.Code, Text: e.Text})
	}
	return list
}
