package resources

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// Options are those of the whole group.
type Options struct {
	Host     string        // the engine's socket, "unix:///run/docker.sock" by default
	Cluster  string        // goes into the label io.futago.cluster; what carries another one is foreign
	Patience time.Duration // how long the engine may be silent until that is a failure, 100 ms to 5 min, default 10 s
	Resync   time.Duration // between looks at a container that no event spoke of, 1 s to 10 min, default 10 s
}

// Group keeps the containers of one service at the level last applied.
type Group struct {
	options Options
	specs   []Spec
	engine  *engine
	log     *slog.Logger
	reports chan Report
	ran     atomic.Bool

	mu      sync.Mutex
	applies []apply       // not yet taken by the loop
	wake    chan struct{} // capacity 1: there are some
}

type apply struct {
	id    uint64
	level Level
}

// New checks the options and specs and reports all that is wrong with them, joined. It starts nothing and does not look for
// the engine.
func New(options Options, specs []Spec, log *slog.Logger) (*Group, error) {
	orDefault(&options.Host, "unix:///run/docker.sock")
	orDefault(&options.Patience, 10*time.Second)
	orDefault(&options.Resync, 10*time.Second)
	errs := []error{
		within("patience", options.Patience, 100*time.Millisecond, 5*time.Minute),
		within("resync", options.Resync, time.Second, 10*time.Minute),
	}
	if !strings.HasPrefix(options.Host, "unix:///") {
		errs = append(errs, fmt.Errorf("engine %q: want a socket as unix:///run/docker.sock", options.Host))
	}
	if options.Cluster == "" {
		errs = append(errs, errors.New("cluster: must not be empty"))
	}
	g := &Group{
		options: options, engine: newEngine(options.Host, options.Cluster), log: log,
		reports: make(chan Report), wake: make(chan struct{}, 1),
	}
	names := map[string]bool{}
	for i, s := range specs {
		if err := s.Validate(); err != nil {
			errs = append(errs, fmt.Errorf("container %d (%s): %w", i+1, s.Name, err))
		}
		if names[s.Name] {
			errs = append(errs, fmt.Errorf("container %d: the name %s is used twice", i+1, s.Name))
		}
		names[s.Name] = true
		g.specs = append(g.specs, s.withDefaults())
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return g, nil
}

// Apply says which level should hold from now on. It never blocks, and may be called from any goroutine. The latest wins:
// what an earlier one has begun is broken off where the new level does not want it. The id is repeated in the Result.
// Nothing is started or stopped before the first Apply; call it after the first State report.
func (g *Group) Apply(id uint64, level Level) {
	g.mu.Lock()
	g.applies = append(g.applies, apply{id, level})
	g.mu.Unlock()
	select {
	case g.wake <- struct{}{}:
	default:
	}
}

// take empties the mailbox.
func (g *Group) take() []apply {
	g.mu.Lock()
	defer g.mu.Unlock()
	taken := g.applies
	g.applies = nil
	return taken
}

// Reports must be read while Run runs. Results are never dropped; of several States that wait only the newest is kept. The
// channel is closed when Run returns.
func (g *Group) Reports() <-chan Report { return g.reports }

// Run watches and works until ctx ends. It leaves the containers as they are, so that a restart of the daemon does not
// interrupt the service; whoever wants them stopped applies None before. It may be called once and returns nil when ctx ended.
func (g *Group) Run(ctx context.Context) error {
	if g.ran.Swap(true) {
		return errors.New("run resources: called twice")
	}
	defer close(g.reports)
	defer g.engine.close()
	eg, ctx := errgroup.WithContext(ctx)
	l := newLoop(g, ctx, func(f func()) { eg.Go(func() error { f(); return nil }) })
	eg.Go(func() error { l.run(); return nil })
	eg.Go(func() error { l.watchEvents(); return nil })
	return eg.Wait()
}
