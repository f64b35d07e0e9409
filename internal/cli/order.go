package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/futago-ha/futago/internal/control"
)

// order is a command for the daemon and how careful to be with it.
type order struct {
	command control.Command
	what    string // what it will do, should the daemon have nothing more exact to say
	ask     bool   // always asks; otherwise only if the daemon says that it cuts power or moves the service
	yes     bool   // --yes
}

// confirmable adds --yes.
func confirmable(cmd *cobra.Command, yes *bool) {
	cmd.Flags().BoolVarP(yes, "yes", "y", false, "do not ask")
}

var (
	errNobodyToAsk = errors.New("this has to be confirmed, and input is no terminal")
	errNotAgreed   = errors.New("not confirmed; nothing was done")
)

// give has the daemon say what o would do, asks where that needs agreement, and then has it done. What was agreed to
// is named to the daemon, which refuses if the pair has changed meanwhile.
func (a *app) give(ctx context.Context, o order) error {
	client := a.client()
	plan := o.command
	plan.Plan = true
	planned, err := client.Do(ctx, plan)
	if err != nil {
		return err
	}
	if o.ask || planned.Ask {
		if err := a.agree(o, planned); err != nil {
			return err
		}
	}
	o.command.Basis = planned.Basis
	done, err := client.Do(ctx, o.command)
	if err != nil {
		return err
	}
	return a.lines(done.Text)
}

// agree says what will happen, and unless --yes was given lets a person say yes.
func (a *app) agree(o order, planned control.Answer) error {
	text := planned.Text
	if text == "" {
		text = o.what
	}
	if _, err := fmt.Fprintln(a.err, text); err != nil {
		return fmt.Errorf("say what will happen: %w", err)
	}
	if o.yes {
		return nil
	}
	if !a.terminal {
		return hinted{err: errNobodyToAsk, do: "the same command again with --yes"}
	}
	_, _ = fmt.Fprint(a.err, "Type yes to go on: ")
	answer, err := bufio.NewReader(io.LimitReader(a.in, 64)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read the answer: %w", err)
	}
	if !strings.EqualFold(strings.TrimSpace(answer), "yes") {
		return errNotAgreed
	}
	return nil
}

// pair finds the node an order is about: the one named, which has to exist, or else what fallback picks.
func (a *app) pair(ctx context.Context, cmd *cobra.Command, given []string, fallback func(control.Status) string) (string, error) {
	st, err := a.client().Status(ctx)
	if err != nil {
		return "", err
	}
	if len(given) == 0 {
		if name := fallback(st); name != "" {
			return name, nil
		}
		return "", usage(cmd, errors.New("which node is not clear; name one of "+strings.Join(st.NodeNames(), " and ")))
	}
	if err := control.CheckNode(given[0], st.NodeNames()); err != nil {
		return "", usage(cmd, err)
	}
	return given[0], nil
}

// thisNode is what commands with an optional node are about, as with pcs.
func thisNode(st control.Status) string { return st.This }

// noNode is for commands that need one named.
func noNode(control.Status) string { return "" }

// completeNode offers the pair's nodes to the shell.
func (a *app) completeNode(cmd *cobra.Command, given []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(given) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	st, err := a.client().Status(cmd.Context())
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return st.NodeNames(), cobra.ShellCompDirectiveNoFileComp
}

// completeNothing keeps the shell from offering files.
func completeNothing(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveNoFileComp
}
