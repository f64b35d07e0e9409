package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/internal/lab"
)

const (
	askEvery = 100 * time.Millisecond // the pair for its status
	askLimit = 2 * time.Second        // for an answer

	// No state that a scenario waits for takes longer, unless it says so.
	usualLimit = time.Minute
)

// view is what both nodes and the lab say at one time.
type view struct {
	nodes [2]*control.Status // nil: does not answer
	lab   lab.Status
}

// sees says that a node answers and its status is as wanted.
func (v view) sees(node int, cond func(control.Status) bool) bool {
	return v.nodes[node] != nil && cond(*v.nodes[node])
}

// healthy says that both nodes call the pair well and agree that this one serves.
func (v view) healthy(node int) bool {
	return v.well() && v.nodes[0].Serving == v.lab.Nodes[node].Name
}

// well says that both nodes call the pair well and agree who serves.
func (v view) well() bool {
	ok := func(st control.Status) bool { return st.Level == control.LevelOK && st.Hold == nil }
	return v.sees(0, ok) && v.sees(1, ok) && v.nodes[0].Serving == v.nodes[1].Serving
}

func (s *stage) look(ctx context.Context) view {
	v := view{lab: s.lab.Status()}
	for i := range v.nodes {
		c, err := s.lab.Client(i)
		if err != nil {
			continue
		}
		ctx, cancel := context.WithTimeout(ctx, askLimit)
		if st, err := c.Status(ctx); err == nil {
			v.nodes[i] = &st
		}
		cancel()
	}
	return v
}

// await waits until cond holds, at most for limit. what says in the error what
// was waited for.
func (s *stage) await(ctx context.Context, what string, limit time.Duration, cond func(view) bool) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	tick := time.NewTicker(askEvery)
	defer tick.Stop()
	var v view
	for {
		if now := s.look(ctx); ctx.Err() == nil {
			v = now // a look without time says nothing about the nodes
		}
		if cond(v) {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("waited %.0f s in vain until %s; %s", limit.Seconds(), what, v)
		}
	}
}

// String is what both nodes say, for an error.
func (v view) String() string {
	text := ""
	for i, st := range v.nodes {
		if i > 0 {
			text += "; "
		}
		text += v.lab.Nodes[i].Name + " "
		if st == nil {
			text += "does not answer"
			continue
		}
		text += fmt.Sprintf("says %s, served by %q", st.Level, st.Serving)
		for _, w := range st.Waits {
			text += " [" + w.Code + "]"
		}
	}
	return text
}

// served waits until a node serves, whatever else is wrong.
func (s *stage) served(ctx context.Context, node int, limit time.Duration) error {
	name := s.name(node)
	return s.await(ctx, name+" serves", limit, func(v view) bool {
		return v.sees(node, func(st control.Status) bool { return st.Serving == name })
	})
}

// settled waits until the pair is well and a node serves.
func (s *stage) settled(ctx context.Context, node int, limit time.Duration) error {
	return s.await(ctx, "the pair is well and "+s.name(node)+" serves", limit, func(v view) bool { return v.healthy(node) })
}

// down waits until a node's power is gone.
func (s *stage) down(ctx context.Context, node int, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	_, err := s.lab.WaitPhase(ctx, node, lab.Off)
	return err
}

// last lets the situation stand for a time, for that is the scenario.
func (s *stage) last(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ready brings the pair to where every scenario but the first begins: all is
// well and the preferred node serves.
func (s *stage) ready(ctx context.Context) error {
	if s.dark {
		s.powerUp()
	}
	if err := s.await(ctx, "the pair is well", usualLimit, view.well); err != nil {
		return err
	}
	if s.look(ctx).healthy(0) {
		return nil
	}
	if err := s.futago(ctx, 0, "move", "--yes", s.name(0)); err != nil {
		return err
	}
	return s.settled(ctx, 0, usualLimit)
}

func (s *stage) powerUp() {
	s.dark = false
	s.lab.PowerOn(0)
	s.lab.PowerOn(1)
}
