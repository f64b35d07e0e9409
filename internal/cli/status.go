package cli

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/internal/control/render"
)

type statusFlags struct{ asJSON, watch, nagios, long bool }

// forms counts those asked for.
func (f statusFlags) forms() int {
	n := 0
	for _, asked := range []bool{f.asJSON, f.watch, f.nagios} {
		if asked {
			n++
		}
	}
	return n
}

func (a *app) statusCommand() *cobra.Command {
	var f statusFlags
	cmd := &cobra.Command{
		Use:   "status [--json|--watch|--nagios]",
		Short: "Show who serves, what the pair waits for and what to do",
		Long: "Show who serves, what the pair waits for and what to do. The exit code is\n" +
			"that of monitoring plugins: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN (the\n" +
			"daemon does not answer, or its answer is old).",
		Example: "  futago status\n  futago status --watch\n  futago status --nagios\n" +
			"  futago status --json | jq -r .serving",
		Args:              args(noArguments),
		ValidArgsFunction: completeNothing,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.forms() > 1 {
				return usage(cmd, errors.New("only one of --json, --watch and --nagios at a time"))
			}
			if f.watch {
				return a.watch(cmd.Context(), f)
			}
			return a.status(cmd, f)
		},
	}
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "print the whole status document")
	cmd.Flags().BoolVarP(&f.watch, "watch", "w", false, "draw again whenever something changes")
	cmd.Flags().BoolVar(&f.nagios, "nagios", false, "print one line for monitoring plugins")
	cmd.Flags().BoolVarP(&f.long, "long", "l", false, "also term, versions, and the command that ends each wait")
	return cmd
}

// status prints what the daemon says, or that it says nothing; both are answers, told apart by the exit code.
func (a *app) status(cmd *cobra.Command, f statusFlags) error {
	st, err := a.client().Status(cmd.Context())
	if err != nil {
		return a.noStatus(err, f)
	}
	text := ""
	switch {
	case f.asJSON:
		doc, err := json.MarshalIndent(st, "", "  ")
		if err != nil {
			return withCode{code: int(control.SeverityUnknown), err: fmt.Errorf("encode status: %w", err)}
		}
		text = string(doc)
	case f.nagios:
		text = render.Nagios(st, a.now())
	default:
		text = render.Status(st, a.now(), render.Options{Width: a.width, Long: f.long})
	}
	if err := a.lines(text); err != nil {
		return withCode{code: int(control.SeverityUnknown), err: err}
	}
	return ending(st.Severity())
}

// codeUnreachable is the code in JSON when nobody could be asked.
const codeUnreachable control.Code = "unreachable"

// noStatus is said where the asker of that form looks for it: on standard output, and for JSON in JSON.
func (a *app) noStatus(err error, f statusFlags) error {
	text := render.Unreachable(err.Error(), a.hint(err), a.width)
	switch {
	case f.asJSON:
		var known *control.Error
		if !errors.As(err, &known) {
			known = &control.Error{Code: codeUnreachable, Text: err.Error(), Do: a.hint(err)}
		}
		doc, encodeErr := json.MarshalIndent(map[string]any{"error": known}, "", "  ")
		if encodeErr != nil {
			return withCode{code: int(control.SeverityUnknown), err: encodeErr}
		}
		text = string(doc)
	case f.nagios:
		text = render.NagiosUnreachable(err.Error())
	}
	if err := a.lines(text); err != nil {
		return withCode{code: int(control.SeverityUnknown), err: err}
	}
	return ending(control.SeverityUnknown)
}

// ending ends the process with a severity and no further word.
func ending(s control.Severity) error {
	if s == control.SeverityOK {
		return nil
	}
	return withCode{code: int(s)}
}
