package daemon

import (
	"context"
	"fmt"
	"time"

	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/scheduler"
)

// order is an operator's command on its way into the loop.
type order struct {
	cmd    scheduler.Command
	answer chan scheduler.Answer
}

// backend is the daemon as the control socket sees it.
type backend struct{ d *Daemon }

// Status returns the newest snapshot.
func (b backend) Status() control.Status { return b.d.feed.Status() }

// History returns the last n entries, oldest first.
func (b backend) History(_ context.Context, n int) ([]control.Entry, error) {
	return b.d.journal.read(n)
}

// Watch hands one reader what happens.
func (b backend) Watch(ctx context.Context, to func(control.Event) error) error {
	return b.d.feed.Watch(ctx, to)
}

// Do carries a command out, or says what it would do.
func (b backend) Do(ctx context.Context, c control.Command) (control.Answer, error) {
	st := b.Status()
	basis := basisOf(st)
	if c.Plan {
		text, ask := planOf(st, c)
		return control.Answer{Text: text, Ask: ask, Basis: basis}, nil
	}
	if c.Basis != "" && c.Basis != basis {
		return control.Answer{}, control.Refuse("The pair changed since the plan was shown; nothing was done.", "futago status")
	}
	return b.d.command(ctx, commandOf(c))
}

// command gives a command to the loop and waits for the machine's answer.
func (d *Daemon) command(ctx context.Context, cmd scheduler.Command) (control.Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, commandLimit)
	defer cancel()
	o := order{cmd: cmd, answer: make(chan scheduler.Answer, 1)}
	select {
	case d.orders <- o:
	case <-ctx.Done():
		return control.Answer{}, fmt.Errorf("give the command to the loop: %w", ctx.Err())
	}
	select {
	case a := <-o.answer:
		if !a.OK {
			return control.Answer{}, control.Refuse(a.Text, "futago status")
		}
		return control.Answer{Text: a.Text}, nil
	case <-ctx.Done():
		return control.Answer{}, fmt.Errorf("wait for the answer: %w; the command may still be carried out", ctx.Err())
	}
}

// order numbers a command and lets the machine decide.
func (d *Daemon) order(o order) {
	d.lastCmd++
	o.cmd.ID = d.lastCmd
	d.answers[o.cmd.ID] = o.answer
	d.step(o.cmd)
}

func commandOf(c control.Command) scheduler.Command {
	cmd := scheduler.Command{
		Verb: scheduler.Verb(c.Verb), Node: c.Node, By: c.By,
		Off: c.Args[control.ArgOff] == "true", On: c.Args[control.ArgState] == "on",
		Now: c.Args[control.ArgNow] == "true",
	}
	if d, err := time.ParseDuration(c.Args[control.ArgFor]); err == nil {
		cmd.For = d
	}
	return cmd
}

// basisOf is what a plan rests on.
func basisOf(st control.Status) string {
	return fmt.Sprintf("term %d served by %q", st.Term, st.Serving)
}

// planOf says what a command would do, and whether a person has to agree.
func planOf(st control.Status, c control.Command) (text string, ask bool) {
	node := c.Node
	other := st.Other(st.Serving)
	switch c.Verb {
	case control.VerbStandby:
		if node != st.Serving {
			return node + " is marked as standby; the service stays where it is.", false
		}
		return fmt.Sprintf("%s is marked as standby; %s moves to %s if that is ready, and stops if not.", node, st.Cluster, other), true
	case control.VerbMove:
		if node == "" {
			node = other
		}
		if node == st.Serving {
			return node + " has the service already; nothing is moved.", true
		}
		return fmt.Sprintf("%s moves from %s to %s.", st.Cluster, orNobody(st.Serving), node), true
	case control.VerbFence:
		return fencePlan(st, c), true
	case control.VerbConfirmOff:
		return fmt.Sprintf("%s takes over WITHOUT cutting %s. If %s still has power, two nodes hold the VIP.", st.This, node, node), true
	case control.VerbReboot:
		if node == st.Serving {
			return fmt.Sprintf("%s moves to %s, then %s reboots.", st.Cluster, other, node), true
		}
		return node + " reboots; the service stays where it is.", true
	case control.VerbUnstandby, control.VerbMaintenance, control.VerbFenceTest, control.VerbWake, control.VerbClear:
	}
	return "", false
}

func fencePlan(st control.Status, c control.Command) string {
	text := fmt.Sprintf("%s cuts the power of %s by its fence line (12 s)", st.This, c.Node)
	if c.Node == st.Serving {
		text += "; " + st.Cluster + " is down until " + st.This + " took over"
	}
	if c.Args[control.ArgOff] == "true" {
		return text + ". It is not woken afterwards."
	}
	return text + ". It is woken afterwards."
}

func orNobody(name string) string {
	if name == "" {
		return "nobody"
	}
	return name
}
