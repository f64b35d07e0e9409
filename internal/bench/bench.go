package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/futago-ha/futago/internal/lab"
)

// Options say what to measure, and how often.
type Options struct {
	// Lab is where; the configuration and the boot delay are the experiments'
	// own. Its Futago is taken for arguments of Executable: each run copies
	// that program and lets the nodes run the copy.
	Lab lab.Options
	// Executable is the program of the nodes, a file; default: the running one.
	Executable string
	// Client is the command of the measuring client: its program must call
	// measure.RunChild on its standard input and output.
	Client []string

	Only   []string      // names of experiments; empty: all
	Runs   int           // of each experiment that is repeated; default: each as often as its figures ask for
	Losses time.Duration // the experiment of false losses lasts; default 10 min
	Idle   time.Duration // one idle measurement lasts; default 1 min

	Commit string    // of the programs, for the page
	Out    io.Writer // progress; default: none
}

// Result is a whole run.
type Result struct {
	Machine Machine  `json:"machine"`
	Figures []Figure `json:"figures"` // those that were to be measured
}

// ErrMissed says that a goal was not reached. The result says which.
var ErrMissed = errors.New("not all goals were reached")

// Names lists the experiments in their order.
func Names() []string {
	var names []string
	for _, e := range experiments() {
		names = append(names, e.name)
	}
	return names
}

func (o Options) withDefaults() (Options, error) {
	for _, name := range o.Only {
		if !slices.Contains(Names(), name) {
			return o, fmt.Errorf("experiment %q is not known; there are %s", name, strings.Join(Names(), ", "))
		}
	}
	if o.Runs < 0 || o.Losses < 0 || o.Idle < 0 {
		return o, fmt.Errorf("%d runs, %s and %s: none may be negative", o.Runs, o.Losses, o.Idle)
	}
	setDefault(&o.Losses, 10*time.Minute)
	setDefault(&o.Idle, time.Minute)
	if o.Out == nil {
		o.Out = io.Discard
	}
	if o.Executable == "" {
		path, err := os.Executable()
		if err != nil {
			return o, fmt.Errorf("find own program: %w", err)
		}
		o.Executable = path
	}
	return o, nil
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Run does the experiments one after another, each on a new pair. One that
// comes to no end leaves its reason in its figures and does not keep the others
// from being done. When Run returns nothing of the labs is left.
func Run(ctx context.Context, o Options) (Result, error) {
	o, err := o.withDefaults()
	if err != nil {
		return Result{}, err
	}
	program, remove, err := copyProgram(o.Executable)
	if err != nil {
		return Result{}, err
	}
	o.Lab.Futago = append([]string{program}, o.Lab.Futago...)
	b := &book{figures: figures()}
	r := Result{Machine: thisMachine(o.Commit)}
	err = errors.Join(b.fill(ctx, o), remove())
	r.Figures, r.Machine.LoadAfter = b.measured(), load()
	if err == nil && slices.ContainsFunc(r.Figures, func(f Figure) bool { return !f.Met() }) {
		err = ErrMissed
	}
	return r, err
}

// copyProgram gives the nodes a file of their own to run: memory that a process
// shares with others is counted in parts, and the lab and the client run the
// original. It is not below /run or /var/lib, which a node has of its own.
func copyProgram(from string) (path string, remove func() error, err error) {
	dir, err := os.MkdirTemp("", "futago-bench-")
	if err != nil {
		return "", nil, fmt.Errorf("make a directory for the nodes' program: %w", err)
	}
	remove = func() error { return os.RemoveAll(dir) }
	data, err := os.ReadFile(from)
	if err == nil {
		path = filepath.Join(dir, "futago")
		err = errors.Join(os.WriteFile(path, data, 0o755), os.Chmod(dir, 0o755))
	}
	if err != nil {
		return "", nil, errors.Join(fmt.Errorf("copy the nodes' program: %w", err), remove())
	}
	return path, remove, nil
}

// book holds the figures while they are measured.
type book struct {
	figures []Figure
	asked   map[string]bool
	missed  bool
}

func (b *book) figure(name string) *Figure {
	i := slices.IndexFunc(b.figures, func(f Figure) bool { return f.Name == name })
	return &b.figures[i]
}

func (b *book) add(figure string, value float64) {
	f := b.figure(figure)
	f.Values = append(f.Values, value)
	b.missed = b.missed || value > f.Goal
}

func (b *book) over() bool {
	missed := b.missed
	b.missed = false
	return missed
}

func (b *book) note(figure, text string) {
	f := b.figure(figure)
	f.Notes = append(f.Notes, text)
}

func (b *book) measured() []Figure {
	return slices.DeleteFunc(slices.Clone(b.figures), func(f Figure) bool { return !b.asked[f.Name] })
}

// fill does the experiments. Its error is the context's; those of experiments
// are in the figures.
func (b *book) fill(ctx context.Context, o Options) error {
	b.asked = map[string]bool{}
	for _, e := range experiments() {
		if len(o.Only) > 0 && !slices.Contains(o.Only, e.name) {
			continue
		}
		for _, name := range e.figures {
			b.asked[name] = true
		}
		begun := time.Now()
		say(o.Out, "%s ...", e.name)
		err := do(ctx, o, e, b)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			say(o.Out, "%s came to no end: %v", e.name, err)
		}
		for _, name := range e.figures {
			f := b.figure(name)
			if err != nil {
				f.Why = e.name + " came to no end: " + err.Error()
			}
			say(o.Out, "  %s: %v %s", f.Title, f.Values, f.Unit)
		}
		say(o.Out, "%s took %.0f s", e.name, time.Since(begun).Seconds())
	}
	return nil
}

// do does one experiment on a pair of its own.
func do(ctx context.Context, o Options, e experiment, s sheet) error {
	p, err := newPair(ctx, o, e.terms)
	if err != nil {
		return err
	}
	setDefault(&o.Runs, e.runs)
	return errors.Join(e.play(ctx, p, o, s), p.end())
}

// say reports progress. Whoever started the run may have gone away.
func say(out io.Writer, format string, args ...any) {
	_, _ = fmt.Fprintf(out, format+"\n", args...)
}
