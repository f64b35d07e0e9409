package mutate

import (
	"context"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Main is the front for people and CI. It returns the exit code: 1 when a mutant
// that is not spared survived or the code as it ships broke a rule, 2 for a
// wrong call or a mutant that cannot be built.
func Main(ctx context.Context, args []string, out io.Writer) int {
	c := campaign{out: out, began: time.Now()}
	err := c.parse(args)
	if err == nil {
		err = c.run(ctx)
	}
	if err != nil {
		fmt.Fprintln(out, "mutate:", err)
		return 2
	}
	return c.last()
}

func (c *campaign) parse(args []string) error {
	f := flag.NewFlagSet("mutate", flag.ContinueOnError)
	f.SetOutput(c.out)
	root := f.String("root", ".", "the top of the repository")
	only := f.String("only", "", "mutants by name, with commas; a name may end in *")
	part := f.String("part", "", "I/N: every Nth mutant only, beginning with the Ith")
	f.IntVar(&c.jobs, "j", 1, "mutants at the same time")
	f.Uint64Var(&c.budget.base, "base", 1, "the first fresh seed")
	f.IntVar(&c.budget.unlimited, "seeds", 3000, "fresh runs with unlimited faults for each mutant")
	f.IntVar(&c.budget.bounded, "bounded", 300, "fresh runs with one fault at a time for each mutant")
	f.IntVar(&c.budget.depth, "depth", 1, "how deep the explorer walks its scenarios for each mutant; -1 is not at all")
	f.DurationVar(&c.budget.limit, "limit", 10*time.Minute, "the longest for one mutant")
	known := f.Bool("known", false, "only mutants that were found before")
	f.BoolVar(&c.fresh, "fresh", false, "do not begin with what found a mutant before")
	f.BoolVar(&c.spared, "spared", false, "hunt those, too, that nothing has to find")
	f.BoolVar(&c.remember, "remember", false, "write what found each mutant to "+hintsFile+" and "+pageFile)
	err := f.Parse(args)
	if err == nil && (c.jobs < 1 || f.NArg() > 0) {
		err = fmt.Errorf("jobs %d, arguments %q: at least 1, and none", c.jobs, f.Args())
	}
	if err == nil {
		c.mutants, err = choose(*only, *part)
	}
	if err == nil {
		c.root, err = filepath.Abs(*root)
	}
	if err == nil {
		c.hints, err = readHints(c.root)
	}
	if *known {
		c.mutants = slices.DeleteFunc(c.mutants, func(m Mutant) bool { return c.hints[m.Name].Mode == "" })
	}
	return err
}

// choose are the mutants that are meant.
func choose(only, part string) ([]Mutant, error) {
	some := All()
	if only != "" {
		names := strings.Split(only, ",")
		some = slices.DeleteFunc(some, func(m Mutant) bool {
			return !slices.ContainsFunc(names, func(name string) bool { return matches(name, m.Name) })
		})
	}
	if len(some) == 0 {
		return nil, fmt.Errorf("no mutant is called %s", only)
	}
	if part == "" {
		return some, nil
	}
	var i, n uint64
	if _, err := fmt.Sscanf(part, "%d/%d", &i, &n); err != nil || n == 0 {
		return nil, fmt.Errorf("part %q: must be I/N", part)
	}
	var mine []Mutant
	for at := i % n; at < uint64(len(some)); at += n {
		mine = append(mine, some[at])
	}
	return mine, nil
}

func matches(pattern, name string) bool {
	if head, open := strings.CutSuffix(pattern, "*"); open {
		return strings.HasPrefix(name, head)
	}
	return pattern == name
}
