// Command trial runs seeds of the simulator until the first violation inside
// the assumptions, and prints what came of it as one line of JSON. Package
// mutate builds it with every mutant; it is small so that this is quick.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"

	"github.com/futago-ha/futago/internal/mutate"
	"github.com/futago-ha/futago/internal/sim"
)

func main() {
	var o options
	flag.StringVar(&o.first, "first", "", "the mode of the run to begin with")
	flag.Uint64Var(&o.seed, "seed", 0, "its seed")
	flag.Uint64Var(&o.base, "base", 1, "the first fresh seed")
	flag.IntVar(&o.unlimited, "unlimited", 0, "how many runs with unlimited faults")
	flag.IntVar(&o.bounded, "bounded", 0, "how many runs with one fault at a time")
	flag.Parse()
	if err := json.NewEncoder(os.Stdout).Encode(o.hunt()); err != nil {
		fmt.Fprintln(os.Stderr, "trial:", err)
		os.Exit(1)
	}
}

// modes are the simulator's, by the names that package mutate uses.
var modes = map[string]sim.Mode{mutate.Unlimited: sim.Unlimited, mutate.Bounded: sim.Bounded}

// options say which runs to do.
type options struct {
	first              string
	seed               uint64
	base               uint64
	unlimited, bounded int
}

// hunt does the runs in an order that spreads the long bounded ones evenly
// among the others.
func (o *options) hunt() (f mutate.Finding) {
	if o.first != "" && run(&f, o.first, o.seed) {
		return f
	}
	for u, b := 0, 0; u < o.unlimited || b < o.bounded; {
		mode, n := mutate.Unlimited, &u
		if b < o.bounded && b*o.unlimited <= u*o.bounded {
			mode, n = mutate.Bounded, &b
		}
		if run(&f, mode, o.base+uint64(*n)) {
			return f
		}
		*n++
	}
	return f
}

// run does one run and says whether it broke a rule inside the assumptions.
func run(f *mutate.Finding, mode string, seed uint64) bool {
	f.Runs++
	r := sim.Run(sim.Options{Seed: seed, Mode: modes[mode], Maker: sim.Shipped})
	for _, v := range r.Violations {
		if v.Outside == "" {
			f.Found, f.Mode, f.Seed, f.Rule, f.Text = true, mode, seed, v.Rule, v.Text
			return true
		}
		f.Outside++
	}
	return false
}
