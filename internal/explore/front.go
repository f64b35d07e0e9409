package explore

import (
	"flag"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// Main is the front for people and CI. It returns the exit code: 1 when a rule
// was broken inside the assumptions, 2 for a wrong call.
func Main(args []string, out io.Writer) int {
	f := flag.NewFlagSet("explore", flag.ContinueOnError)
	f.SetOutput(out)
	depth := f.Int("depth", 2, "surprises (faults, mends, delays) on one way at most")
	states := f.Int("states", 5_000_000, "states of one scenario and depth at most; 0 is no bound")
	leaves := f.Int("leaves", 50, "last states of a scenario from which the pair is made to heal")
	budget := f.Duration("for", 0, "end after about this time, shared among the scenarios; 0 is no bound")
	only := f.String("only", "", "scenarios whose name contains this")
	jobs := f.Int("j", 1, "scenarios at the same time")
	list := f.Bool("list", false, "list the scenarios and end")
	if err := f.Parse(args); err != nil {
		return 2
	}
	c := campaign{out: out, o: Options{Depth: *depth, States: *states, Leaves: *leaves}, began: time.Now(), most: *jobs, least: *depth}
	for _, p := range Scenarios() {
		if strings.Contains(p.Name, *only) {
			c.plans = append(c.plans, p)
		}
	}
	if len(c.plans) == 0 || *jobs < 1 || *depth < 0 {
		fmt.Fprintf(out, "no scenario is named %q, or jobs %d or depth %d are too low\n", *only, *jobs, *depth)
		return 2
	}
	if *budget > 0 {
		c.until = c.began.Add(*budget)
	}
	if *list {
		return c.list()
	}
	return c.run()
}

// campaign is a walk through several scenarios.
type campaign struct {
	out   io.Writer
	o     Options
	plans []Scenario
	began time.Time
	until time.Time // zero is no bound
	most  int

	mu            sync.Mutex
	next          int
	states, steps int
	inside        int
	least         int // depth that every scenario reached
}

func (c *campaign) list() int {
	for _, p := range c.plans {
		fmt.Fprintf(c.out, "%-26s %s\n", p.Name, p.Why)
		for _, f := range p.faults {
			fmt.Fprintf(c.out, "%-26s   %s\n", "", f.name)
		}
	}
	return 0
}

func (c *campaign) run() int {
	fmt.Fprintf(c.out, "%-26s %9s %9s %6s %8s %7s %9s\n", "SCENARIO", "STATES", "STEPS", "DEPTH", "UP TO", "HEALED", "STATES/S")
	var all sync.WaitGroup
	for range c.most {
		all.Go(func() {
			for p, o, some := c.take(); some; p, o, some = c.take() {
				c.tell(Explore(p, o))
			}
		})
	}
	all.Wait()
	took := time.Since(c.began).Seconds()
	fmt.Fprintf(c.out, "explore: %d states, depth %d, %d violations, %.0f s\n", c.states, c.least, c.inside, took)
	if c.inside > 0 {
		return 1
	}
	return 0
}

// take is the next scenario, with its share of the time that is left.
func (c *campaign) take() (Scenario, Options, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	left := len(c.plans) - c.next
	if left == 0 {
		return Scenario{}, c.o, false
	}
	o := c.o
	if !c.until.IsZero() {
		o.Until = time.Now().Add(time.Until(c.until) * time.Duration(min(c.most, left)) / time.Duration(left))
	}
	c.next++
	return c.plans[c.next-1], o, true
}

func (c *campaign) tell(r Outcome) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.states, c.steps, c.least = c.states+r.States, c.steps+r.Steps, min(c.least, r.Depth)
	more := ""
	if !r.Complete {
		more = fmt.Sprintf(" (depth %d was begun and not ended)", r.Depth+1)
	}
	fmt.Fprintf(c.out, "%-26s %9d %9d %6d %8s %7d %9.0f%s\n", r.Scenario, r.States, r.Steps, r.Depth, seconds(r.Upto), r.Healed,
		float64(r.Steps)/r.Took.Seconds(), more)
	if r.Found == nil {
		return
	}
	if r.Found.Outside == "" {
		c.inside++
	}
	c.found(r)
}

func (c *campaign) found(r Outcome) {
	v := r.Found
	where := "inside the assumptions"
	if v.Outside != "" {
		where = "outside " + v.Outside
	}
	fmt.Fprintf(c.out, "VIOLATION of %s in %q with %d surprises (%s): %s\n", v.Rule, r.Scenario, v.Surprises, where, v.Text)
	for _, l := range v.Story {
		fmt.Fprintln(c.out, l)
	}
}
