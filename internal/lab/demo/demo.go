package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/futago-ha/futago/internal/lab"
	"github.com/futago-ha/futago/internal/lab/measure"
)

// Options say what to play, and where.
type Options struct {
	Lab  lab.Options // configuration and boot delay are the demo's own
	Only []string    // names of scenarios; empty: all
	JSON string      // file for the outcomes; empty: none
	Out  io.Writer
}

// ErrExpectation says that something was not as it must be. What is printed.
var ErrExpectation = errors.New("not all expectations were met")

// Names lists the scenarios in the order in which they are played.
func Names() []string {
	var names []string
	for _, sc := range scenarios() {
		names = append(names, sc.name)
	}
	return names
}

// run is one run of the demonstration.
type run struct {
	o        Options
	p        *printer
	stage    *stage
	outcomes []Outcome
	lines    []func() // the timelines, for the end
}

// Run plays the scenarios one after another on one lab, prints what came of
// them and returns ErrExpectation if any expectation failed. When it returns
// nothing of the lab is left.
func Run(ctx context.Context, o Options) error {
	list, err := chosen(o.Only)
	if err != nil {
		return err
	}
	r := &run{o: o, p: &printer{out: o.Out}}
	for i, sc := range list {
		r.p.heading(i+1, len(list), sc)
		if err := r.act(ctx, sc); err != nil {
			return errors.Join(err, r.strike())
		}
	}
	if err := r.strike(); err != nil {
		return err
	}
	return r.conclude()
}

// chosen is all scenarios, or those named.
func chosen(only []string) ([]scenario, error) {
	all := scenarios()
	if len(only) == 0 {
		return all, nil
	}
	for _, name := range only {
		if !slices.Contains(Names(), name) {
			return nil, fmt.Errorf("scenario %q is not known; there are %s", name, strings.Join(Names(), ", "))
		}
	}
	return slices.DeleteFunc(all, func(sc scenario) bool { return !slices.Contains(only, sc.name) }), nil
}

// act plays one scenario. Its error is that of the lab itself; what the pair
// does wrong is an outcome.
func (r *run) act(ctx context.Context, sc scenario) error {
	if err := r.fit(ctx, sc); err != nil {
		return err
	}
	s := r.stage
	e := evidence{}
	if !sc.dark {
		e.err = s.ready(ctx)
	}
	if e.began = time.Now(); e.err == nil {
		e.sentence, e.err = sc.play(ctx, s)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	e.ended = time.Now()
	// What was asked before the end has its answer or its time-out by then.
	if err := s.last(ctx, 1200*time.Millisecond); err != nil {
		return err
	}
	record, _ := s.watch.Snapshot()
	s.gather(&e, record)
	o := judge(sc, e)
	r.outcomes = append(r.outcomes, o)
	r.p.outcome(o)
	if len(o.Problems) > 0 {
		r.histories(ctx)
	}
	marks := s.timeline(record, e.began, e.ended)
	r.lines = append(r.lines, func() { r.p.timeline(sc.name, e.began, marks) })
	if e.err != nil {
		return r.strike() // the next scenario gets a lab in order
	}
	return r.p.err
}

// fit has a stage on which the scenario can be played.
func (r *run) fit(ctx context.Context, sc scenario) error {
	if s := r.stage; s != nil && (s.alone != sc.alone || sc.dark && !s.dark) {
		if err := r.strike(); err != nil {
			return err
		}
	}
	if r.stage != nil {
		return nil
	}
	s, err := newStage(ctx, r.o, sc.alone)
	r.stage = s
	return err
}

// strike takes the stage down, if there is one.
func (r *run) strike() error {
	s := r.stage
	r.stage = nil
	if s == nil {
		return nil
	}
	return s.end()
}

// histories prints what both nodes wrote down last, to explain a failure.
func (r *run) histories(ctx context.Context) {
	for i := range 2 {
		for _, e := range r.stage.history(ctx, i, 12) {
			r.p.wrapped(fmt.Sprintf("  %s", e.Time.Format("05.000")), fmt.Sprintf("%s [%s]", e.Text, e.Code))
		}
	}
}

func (r *run) conclude() error {
	r.p.line("")
	r.p.line("What the client saw, in seconds from the begin of each scenario")
	for _, print := range r.lines {
		print()
	}
	r.p.table(r.outcomes)
	failed := 0
	for _, o := range r.outcomes {
		if len(o.Problems) > 0 {
			failed++
		}
	}
	r.p.line("%d of %d scenarios went as expected.", len(r.outcomes)-failed, len(r.outcomes))
	if err := errors.Join(r.p.err, r.writeJSON()); err != nil {
		return err
	}
	if failed > 0 {
		return ErrExpectation
	}
	return nil
}

func (r *run) writeJSON() error {
	if r.o.JSON == "" {
		return nil
	}
	data, err := json.MarshalIndent(map[string]any{"scenarios": r.outcomes}, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the outcomes: %w", err)
	}
	if err := os.WriteFile(r.o.JSON, append(data, '\n'), 0o644); err != nil {
		return fmt.Errorf("write the outcomes: %w", err)
	}
	return nil
}

// gather completes the evidence from what was recorded.
func (s *stage) gather(e *evidence, record measure.Record) {
	e.report = measure.Judge(record, pace, e.began, e.ended)
	for _, p := range record.Probes {
		if !p.At.Before(e.began) && !p.At.After(e.ended) {
			e.probes++
		}
	}
	s.mu.Lock()
	cuts := slices.Clone(s.cuts)
	s.mu.Unlock()
	now := s.lab.Status()
	for _, c := range cuts {
		if c.at.Before(e.began) {
			continue
		}
		woken := ""
		if now.Boards[c.node].Powered {
			woken = now.Boards[c.node].Wakeup
		}
		e.cuts = append(e.cuts, Cut{Node: now.Nodes[c.node].Name, WokenBy: woken})
	}
}

// pace is that of the client's requests.
const pace = 10 * time.Millisecond

func (s *stage) timeline(record measure.Record, from, to time.Time) []mark {
	s.mu.Lock()
	marks := slices.Clone(s.marks)
	s.mu.Unlock()
	return merge(append(marks, clientView(record, from, to)...), from, to)
}
