package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/futago-ha/futago/internal/control"
)

// Exit codes besides those of status, which are a control.Severity.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
)

// usageError is a mistake in what was typed.
type usageError struct {
	err  error
	hint string // a command that helps
}

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

// usage points to the help of cmd.
func usage(cmd *cobra.Command, err error) error {
	return usageError{err: err, hint: cmd.CommandPath() + " --help"}
}

// args makes what a check of arguments says a usage error.
func args(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, given []string) error {
		if err := check(cmd, given); err != nil {
			return usage(cmd, fmt.Errorf("%s: %w", strings.TrimPrefix(cmd.CommandPath(), "futago "), err))
		}
		return nil
	}
}

func unknownCommand(cmd *cobra.Command, given []string) error {
	if len(given) == 0 {
		return cmd.Help()
	}
	e := usageError{err: fmt.Errorf("there is no command %q", given[0]), hint: "futago --help"}
	if near := cmd.SuggestionsFor(given[0]); len(near) > 0 {
		e.hint = "futago " + near[0] + " --help"
	}
	return e
}

// withCode is an end that is not an error to print, or one whose code matters to programs.
type withCode struct {
	code int
	err  error // nil: all is said
}

func (e withCode) Error() string { return fmt.Sprint(e.err) }
func (e withCode) Unwrap() error { return e.err }

// hinted adds a command that helps.
type hinted struct {
	err error
	do  string
}

func (e hinted) Error() string { return e.err.Error() }
func (e hinted) Unwrap() error { return e.err }

// exitCode prints err, if there is something to print, with the command that helps on a line of its own.
func (a *app) exitCode(cmd *cobra.Command, err error) int {
	if err == nil {
		return exitOK
	}
	code := exitFailure
	var mistake usageError
	if errors.As(err, &mistake) {
		code = exitUsage
		if cmd.Name() == "status" { // monitoring takes 2 for "critical"
			code = int(control.SeverityUnknown)
		}
	}
	var coded withCode
	if errors.As(err, &coded) {
		code = coded.code
		if coded.err == nil {
			return code
		}
		err = coded.err
	}
	_, _ = fmt.Fprintf(a.err, "futago: %s\n", err)
	if do := a.hint(err); do != "" {
		_, _ = fmt.Fprintf(a.err, "Do: %s\n", do)
	}
	return code
}

// hint is the command that helps against err, if one is known.
func (a *app) hint(err error) string {
	var mistake usageError
	var refused *control.Error
	var known hinted
	switch {
	case errors.As(err, &mistake):
		return mistake.hint
	case errors.As(err, &known):
		return known.do
	case errors.As(err, &refused):
		return refused.Do
	case errors.Is(err, control.ErrNotRunning):
		return "sudo systemctl start futago"
	case errors.Is(err, control.ErrPermission):
		return "the same command again with sudo"
	}
	return ""
}

// lines prints text to out, ended once.
func (a *app) lines(text string) error {
	if _, err := fmt.Fprintln(a.out, strings.TrimRight(text, "\n")); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}
