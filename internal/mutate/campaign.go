package mutate

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// campaign is one hunt for many mutants.
type campaign struct {
	out      io.Writer
	began    time.Time
	root     string
	jobs     int
	remember bool
	spared   bool // hunt the spared ones, too
	budget   budget
	hints    hints
	fresh    bool // the hints are not tried
	mutants  []Mutant

	mu      sync.Mutex
	results []result
	broken  Finding // by the code as it ships
}

// result is what came of one mutant.
type result struct {
	mutant *Mutant
	found  Finding
}

// run looks at the code as it ships, and then hunts for the mutants, several at
// the same time.
func (c *campaign) run(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "futago-mutate-")
	if err != nil {
		return fmt.Errorf("make a folder for what is built: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	w := &workshop{root: c.root, dir: dir}
	if w.shipped, err = w.build(ctx, nil); err != nil {
		return err
	}
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(c.jobs)
	all.Go(func() error { return c.asShipped(ctx, w) })
	for i := range c.mutants {
		all.Go(func() error { return c.one(ctx, w, &c.mutants[i]) })
	}
	return all.Wait()
}

// cleanRuns is how many runs of each kind must show that a violation comes from
// the mutant: the simulator's own campaigns do many more.
const cleanRuns = 100

func (c *campaign) asShipped(ctx context.Context, w *workshop) error {
	f, err := w.trial(ctx, w.shipped, Finding{}, budget{base: c.budget.base, unlimited: cleanRuns, bounded: cleanRuns / 10, depth: -1})
	c.mu.Lock()
	defer c.mu.Unlock()
	c.broken = f
	return err
}

func (c *campaign) one(ctx context.Context, w *workshop, m *Mutant) error {
	began := time.Now()
	var f Finding
	if !m.spared() || c.spared {
		first := c.hints[m.Name]
		if c.fresh {
			first = Finding{}
		}
		var err error
		if f, err = w.hunt(ctx, m, first, c.budget); err != nil {
			return err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	r := result{mutant: m, found: f}
	c.results = append(c.results, r)
	fmt.Fprintf(c.out, "%-28s guards %s: %-44s %5d runs %6.1f s  %s\n", m.Name, m.Guards, f, f.Runs, time.Since(began).Seconds(), f.Text)
	if c.remember {
		return c.write(r)
	}
	return nil
}

// last prints what survived, and the line that CI reads.
func (c *campaign) last() int {
	found, spared, survived := 0, 0, 0
	for _, r := range c.results {
		m := r.mutant
		switch {
		case r.found.Found && m.spared():
			found++
			fmt.Fprintf(c.out, "FOUND %s although the table spares it: %s\n", m.Name, m.Beyond)
		case r.found.Found:
			found++
		case m.spared():
			spared++
		default:
			survived++
			fmt.Fprintf(c.out, "SURVIVED %s (%s): %s\n", m.Name, m.Part, m.Rule)
		}
	}
	if c.broken.Found {
		fmt.Fprintf(c.out, "BROKEN without any mutant: %s: %s\n", c.broken, c.broken.Text)
	}
	fmt.Fprintf(c.out, "%d mutants, %d found, %d spared, %d survived, fresh seeds from %d, %.0f s\n",
		len(c.results), found, spared, survived, c.budget.base, time.Since(c.began).Seconds())
	if survived > 0 || c.broken.Found {
		return 1
	}
	return 0
}

// write remembers what found a mutant, in the hints and in the page.
func (c *campaign) write(r result) error {
	delete(c.hints, r.mutant.Name)
	if r.found.Found {
		c.hints[r.mutant.Name] = r.found
	}
	if err := c.hints.write(c.root); err != nil {
		return err
	}
	return writePage(c.root, c.hints)
}
