package chaos

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/futago-ha/futago/internal/lab"
)

// Options say what to break, and how often.
type Options struct {
	// Lab is where. Its name begins the names of the runs' labs; configuration,
	// boards and boot delay are the runs' own.
	Lab      lab.Options
	Campaign string
	Seed     uint64    // of the first run; the next one has the next
	Runs     int       // default 1
	Parallel int       // labs side by side; default 1
	Out      io.Writer // what came of each run, and the diary of a failed one; default: none
	Verbose  bool      // the diaries of the others as well
}

// Result counts what was done.
type Result struct {
	Runs, Steps, Faults int
	Cuts                int           // by the boards
	Slowest             time.Duration // from mending until the pair was well
	Violations          []Violation
}

// Violation is what an audit found.
type Violation struct {
	Seed uint64
	Step int // from 1
	What string
}

func (v Violation) String() string {
	return fmt.Sprintf("seed %d, step %d: %s", v.Seed, v.Step, v.What)
}

// ErrViolated says that an audit failed. The result says which.
var ErrViolated = errors.New("an audit failed")

func (o Options) withDefaults() (Options, error) {
	if _, err := campaignOf(o.Campaign); err != nil {
		return o, err
	}
	if o.Runs < 0 || o.Parallel < 0 {
		return o, fmt.Errorf("%d runs, %d side by side: neither may be negative", o.Runs, o.Parallel)
	}
	o.Runs, o.Parallel = max(o.Runs, 1), max(o.Parallel, 1)
	if o.Out == nil {
		o.Out = io.Discard
	}
	if o.Lab.Name == "" {
		o.Lab.Name = "chaos"
	}
	return o, nil
}

// Run does the runs, as many side by side as the options say, and returns what
// came of them, also with ErrViolated. When it returns nothing of the labs is
// left.
func Run(ctx context.Context, o Options) (Result, error) {
	o, err := o.withDefaults()
	if err != nil {
		return Result{}, err
	}
	draw, _ := campaignOf(o.Campaign) // checked above
	sum := &tally{out: o.Out, all: o.Verbose}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(o.Parallel)
	for i := range o.Runs {
		seed := o.Seed + uint64(i)
		g.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			r := newRun(o.Lab, seed, draw(newDice(o.Campaign, seed)))
			err := r.play(ctx)
			sum.add(r, err)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return err
		})
	}
	err = g.Wait()
	if err == nil && len(sum.result.Violations) > 0 {
		err = ErrViolated
	}
	return sum.result, err
}

// tally takes the outcomes of runs that end side by side.
type tally struct {
	out    io.Writer
	all    bool // the diaries of runs without a violation too
	mu     sync.Mutex
	result Result
}

func (t *tally) add(r *run, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	sum := &t.result
	sum.Runs++
	sum.Steps += r.count.steps
	sum.Faults += r.count.faults
	sum.Cuts += r.count.cuts
	sum.Slowest = max(sum.Slowest, r.count.slowest)
	sum.Violations = append(sum.Violations, r.violations...)
	// Whoever started the runs may have gone away: what cannot be written is lost.
	if t.all || err != nil || len(r.violations) > 0 {
		_, _ = io.WriteString(t.out, r.diary.String())
	}
	_, _ = fmt.Fprintf(t.out, "seed %d: %d steps, %d faults, %d cuts, slowest recovery %.1f s, %d violations",
		r.seed, r.count.steps, r.count.faults, r.count.cuts, r.count.slowest.Seconds(), len(r.violations))
	if err != nil {
		_, _ = fmt.Fprintf(t.out, ", came to no end: %v", err)
	}
	_, _ = io.WriteString(t.out, "\n")
	for _, v := range r.violations {
		_, _ = fmt.Fprintf(t.out, "VIOLATION %s\n", v)
	}
}
