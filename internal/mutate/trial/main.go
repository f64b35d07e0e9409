// Command trial looks for the first violation inside the assumptions, by runs
// of the simulator and walks of the explorer, and prints what came of it as one
// line of JSON. Package mutate builds it with every mutant; it is small so that
// this is quick.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/futago-ha/futago/internal/explore"
	"github.com/futago-ha/futago/internal/mutate"
	"github.com/futago-ha/futago/internal/sim"
)

func main() {
	var t trial
	flag.StringVar(&t.hint.Mode, "mode", "", "the mode of what to begin with")
	flag.Uint64Var(&t.hint.Seed, "seed", 0, "its seed, or how deep")
	flag.StringVar(&t.hint.Scenario, "scenario", "", "the explorer's scenario to begin with")
	flag.Uint64Var(&t.base, "base", 1, "the first fresh seed")
	flag.IntVar(&t.unlimited, "unlimited", 0, "how many runs with unlimited faults")
	flag.IntVar(&t.bounded, "bounded", 0, "how many runs with one fault at a time")
	flag.StringVar(&t.faults, "faults", "", "the only faults of narrow runs")
	flag.IntVar(&t.depth, "depth", -1, "how deep the explorer walks every scenario; -1 is not at all")
	flag.Parse()
	t.hunt()
	if err := json.NewEncoder(os.Stdout).Encode(t.found); err != nil {
		fmt.Fprintln(os.Stderr, "trial:", err)
		os.Exit(1)
	}
}

// trial is one hunt and what it has found so far.
type trial struct {
	hint               mutate.Finding
	base               uint64
	unlimited, bounded int
	depth              int
	faults             string

	found mutate.Finding
}

// mostStates bounds a walk of the explorer through one scenario.
const mostStates = 300_000

// firstShare is the part of the runs that comes before the explorer: what dies
// easily does so in the first runs, and quicker than all scenarios are walked.
const firstShare = 20

// hunt begins with what found the mutant the last time.
func (t *trial) hunt() {
	switch t.hint.Mode {
	case mutate.Explorer:
		for _, plan := range explore.Scenarios() {
			if plan.Name == t.hint.Scenario && t.walk(plan, int(t.hint.Seed)) {
				return
			}
		}
	case mutate.Unlimited, mutate.Narrow, mutate.Bounded, mutate.Single:
		if t.run(t.hint.Mode, t.hint.Seed) {
			return
		}
	}
	some := t.unlimited / firstShare
	few := t.bounded / firstShare
	if t.runs(0, some, 0, few) {
		return
	}
	if t.depth >= 0 {
		for _, plan := range explore.Scenarios() {
			if t.walk(plan, t.depth) {
				return
			}
		}
	}
	t.runs(some, t.unlimited, few, t.bounded)
}

// runs does the runs of both modes from the given ones on, the long bounded
// ones spread evenly among the others.
func (t *trial) runs(u, unlimited, b, bounded int) bool {
	for u < unlimited || b < bounded {
		mode, n := mutate.Unlimited, &u
		if b < bounded && b*t.unlimited <= u*t.bounded || u == unlimited {
			mode, n = mutate.Bounded, &b
		}
		if t.faults != "" && *n%2 == 1 {
			mode = map[string]string{mutate.Unlimited: mutate.Narrow, mutate.Bounded: mutate.Single}[mode]
		}
		if t.run(mode, t.base+uint64(*n)) {
			return true
		}
		*n++
	}
	return false
}

// modes are the simulator's, by the names that package mutate uses.
var modes = map[string]sim.Mode{mutate.Unlimited: sim.Unlimited, mutate.Narrow: sim.Unlimited, mutate.Bounded: sim.Bounded, mutate.Single: sim.Bounded}

// run does one run of the simulator and says whether it broke a rule inside the
// assumptions.
func (t *trial) run(mode string, seed uint64) bool {
	f := &t.found
	f.Runs++
	o := sim.Options{Seed: seed, Mode: modes[mode], Maker: sim.Shipped}
	if mode == mutate.Narrow || mode == mutate.Single {
		o.Only = strings.Split(t.faults, ",")
	}
	r := sim.Run(o)
	for _, v := range r.Violations {
		if v.Outside == "" {
			f.Found, f.Mode, f.Seed, f.Rule, f.Text = true, mode, seed, v.Rule, v.Text
			return true
		}
		f.Outside++
	}
	return false
}

// walk has the explorer walk one scenario.
func (t *trial) walk(plan explore.Scenario, depth int) bool {
	f := &t.found
	f.Runs++
	r := explore.Explore(plan, explore.Options{Depth: depth, States: mostStates, Leaves: 20})
	switch {
	case r.Found == nil:
	case r.Found.Outside != "":
		f.Outside++
	default:
		f.Found, f.Mode, f.Seed, f.Scenario = true, mutate.Explorer, uint64(r.Found.Surprises), plan.Name
		f.Rule, f.Text = r.Found.Rule, r.Found.Text
	}
	return f.Found
}
