package demo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/internal/lab"
	"github.com/futago-ha/futago/internal/lab/measure"
)

// stage is a lab with a client that watches it, for one scenario after another.
type stage struct {
	lab   *lab.Lab
	watch *measure.Watch
	alone bool
	dark  bool // the nodes never had power

	cancel context.CancelFunc
	work   *errgroup.Group

	mu    sync.Mutex
	marks []mark
	cuts  []cut
}

// mark is something that happened, for the timeline.
type mark struct {
	at   time.Time
	text string
}

// cut is a power cut by a board, not by the supply.
type cut struct {
	at   time.Time
	node int
}

// newStage builds a lab with dark nodes and starts the client. end takes all
// of it down.
func newStage(ctx context.Context, o Options, alone bool) (*stage, error) {
	full := o.Lab
	full.Config = configuration(o.Lab.Image, !alone)
	full.BootDelay = bootDelay
	l, err := lab.New(full)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	work, ctx := errgroup.WithContext(ctx)
	s := &stage{lab: l, alone: alone, dark: true, cancel: cancel, work: work}
	work.Go(func() error { return l.Run(ctx) })
	select {
	case <-l.Ready():
	case <-ctx.Done():
		return nil, fmt.Errorf("build the lab: %w", errors.Join(ctx.Err(), s.end()))
	}
	for i := range full.Nodes {
		work.Go(func() error { s.follow(ctx, i); return nil })
	}
	if s.watch, err = l.Measure(); err != nil {
		return nil, errors.Join(err, s.end())
	}
	return s, nil
}

func (s *stage) end() error {
	var err error
	if s.watch != nil {
		_, err = s.watch.Stop()
	}
	s.cancel()
	return errors.Join(err, s.work.Wait())
}

// follow notes what happens to a node until ctx ends.
func (s *stage) follow(ctx context.Context, node int) {
	last := s.lab.Status().Nodes[node]
	for {
		now, err := s.lab.WaitNode(ctx, node, "another", func(n lab.NodeStatus) bool { return n.Phase != last.Phase || n.Boots != last.Boots })
		if err != nil {
			return
		}
		if now.Phase == lab.Off && s.lab.Status().Boards[node].Supply {
			s.mu.Lock()
			s.cuts = append(s.cuts, cut{at: now.Since, node: node})
			s.mu.Unlock()
		}
		s.mark(now.Since, now.Name+" "+phaseText(now.Phase))
		last = now
	}
}

func phaseText(p lab.Phase) string {
	switch p {
	case lab.Off:
		return "has no power"
	case lab.Booting:
		return "boots"
	case lab.Running:
		return "runs its first process"
	case lab.Halted:
		return "is halted"
	case lab.Panicked:
		return "does not answer: its kernel is dead"
	}
	return "is " + string(p)
}

func (s *stage) mark(at time.Time, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.marks = append(s.marks, mark{at, text})
}

// do carries out one of the lab's faults and notes it.
func (s *stage) do(ctx context.Context, verb string, args ...string) error {
	text := "lab: " + verb
	for _, a := range args {
		text += " " + a
	}
	s.mark(time.Now(), text)
	return s.lab.Do(ctx, lab.Command{Verb: verb, Args: args})
}

// futago runs an operator's command on a node.
func (s *stage) futago(ctx context.Context, node int, args ...string) error {
	text := s.name(node) + ": futago"
	for _, a := range args {
		text += " " + a
	}
	s.mark(time.Now(), text)
	_, err := s.lab.Exec(ctx, node, append([]string{"futago"}, args...)...)
	return err
}

// testLine has a node's line tested, again while lines are in use as they are after a meeting. What the test found is
// in the status.
func (s *stage) testLine(ctx context.Context, node int) error {
	ctx, cancel := context.WithTimeout(ctx, usualLimit)
	defer cancel()
	for {
		err := s.futago(ctx, node, "fence", "test", "--yes")
		if err == nil || !strings.Contains(err.Error(), "in use") {
			return nil
		}
		if s.last(ctx, time.Second) != nil {
			return err
		}
	}
}

func (s *stage) name(node int) string { return s.lab.Options().Nodes[node].Name }

// history gives the newest entries of a node, as its operator would read them.
func (s *stage) history(ctx context.Context, node, n int) []control.Entry {
	c, err := s.lab.Client(node)
	if err != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	entries, err := c.History(ctx, n)
	if err != nil {
		return nil
	}
	return entries
}
