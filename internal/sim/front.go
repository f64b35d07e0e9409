package sim

import (
	"flag"
	"fmt"
	"io"
	"maps"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// sparseGC lets the few megabytes of a run grow to four times as much before they
// are collected. More would not fit into a processor's caches.
const sparseGC = 400

// coreTime is how long this process has kept processors busy.
func coreTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

var modes = map[string]Mode{"bounded": Bounded, "unlimited": Unlimited}

// Main is the front for people and CI. It returns the exit code: 1 when a rule
// was broken inside the assumptions, 2 for a wrong call.
func Main(args []string, out io.Writer) int {
	f := flag.NewFlagSet("sim", flag.ContinueOnError)
	f.SetOutput(out)
	seeds := f.Uint64("seeds", 1000, "how many runs")
	base := f.Uint64("base", 1, "the first seed")
	mode := f.String("mode", "unlimited", "bounded or unlimited")
	jobs := f.Int("j", 1, "runs at the same time")
	faults := f.String("faults", "", "only these faults, with commas, close together; see the FAULTS of a replay")
	most := f.Duration("for", 0, "begin no run after that long; 0 is no limit")
	keepOn := f.Int("stop", 5, "stop after that many violations inside the assumptions")
	if err := f.Parse(args); err != nil {
		return 2
	}
	m, known := modes[*mode]
	if !known || *jobs < 1 {
		fmt.Fprintf(out, "mode %q, jobs %d: modes are bounded and unlimited, jobs at least 1\n", *mode, *jobs)
		return 2
	}
	only, err := faultNames(*faults)
	if err != nil {
		fmt.Fprintln(out, err)
		return 2
	}
	defer debug.SetGCPercent(debug.SetGCPercent(sparseGC))
	c := campaign{out: out, mode: m, faults: *faults, only: only, stop: *keepOn, base: *base, began: coreTime(), jobs: *jobs, since: time.Now(), most: *most}
	return c.many(*seeds)
}

// campaign is many runs and what came of them.
type campaign struct {
	out    io.Writer
	mode   Mode
	faults string
	only   []string
	base   uint64
	stop   int
	jobs   int
	began  time.Duration // of core time
	since  time.Time
	most   time.Duration // 0 is no limit

	next atomic.Uint64
	mu   sync.Mutex

	done, inside, outside int
	simulated             time.Duration
	waits                 map[string]int
	apart                 map[string]int // violations outside, by rule and assumption
}

func (c *campaign) many(seeds uint64) int {
	c.waits, c.apart = map[string]int{}, map[string]int{}
	var all sync.WaitGroup
	for range c.jobs {
		all.Go(func() {
			for {
				i := c.next.Add(1) - 1
				if i >= seeds || c.enough() {
					return
				}
				c.count(Run(Options{Seed: c.base + i, Mode: c.mode, Only: c.only, Maker: Shipped}))
			}
		})
	}
	all.Wait()
	c.tally("runs ended waiting with", c.waits)
	c.tally("violations of", c.apart)
	return c.last()
}

// tally prints counts by name.
func (c *campaign) tally(what string, counts map[string]int) {
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(c.out, "%d %s %s\n", counts[name], what, name)
	}
}

func (c *campaign) enough() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.inside >= c.stop || c.most > 0 && time.Since(c.since) > c.most
}

// count adds a run and prints its violations.
func (c *campaign) count(r Result) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.done++
	c.simulated += r.Simulated
	for _, code := range r.Waits {
		c.waits[code]++
	}
	for _, v := range r.Violations {
		if v.Outside != "" {
			c.outside++
			c.apart[v.Rule+" outside "+v.Outside]++
		} else {
			c.inside++
		}
		fmt.Fprintf(c.out, "%v\n  futago-lab replay%s %d\n", v, c.flags(), v.Seed)
	}
}

// flags are those with which a seed is replayed.
func (c *campaign) flags() string {
	flags := ""
	if c.mode == Bounded {
		flags += " -mode bounded"
	}
	if c.faults != "" {
		flags += " -faults '" + c.faults + "'"
	}
	return flags
}

// last prints the one line that CI reads.
func (c *campaign) last() int {
	took := (coreTime() - c.began).Seconds()
	hours := c.simulated.Hours()
	fmt.Fprintf(c.out, "%d seeds from %d, %d violations, %d outside assumptions, %.1f simulated hours, %.1f h per core second\n",
		c.done, c.base, c.inside, c.outside, hours, hours/took)
	if c.inside > 0 {
		return 1
	}
	return 0
}
