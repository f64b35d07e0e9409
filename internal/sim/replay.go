package sim

import (
	"flag"
	"fmt"
	"io"
	"strconv"
)

// legend explains the columns of a story.
const legend = `A line is: seconds since the start, the node (- for the world), and
  <  what its decision was told; a tick is told when something was due at it
  >  what it ordered because of that; a Note says why in words
and without a sign what happened physically, the faults and what a checker found.
Of letters and of the disk only what changed is told. The same seed, mode and
build give the same story.`

// Replay is the front for one seed again: it prints the story of the run. It
// returns 1 when a rule was broken inside the assumptions, 2 for a wrong call.
func Replay(args []string, out io.Writer) int {
	f := flag.NewFlagSet("replay", flag.ContinueOnError)
	f.SetOutput(out)
	mode := f.String("mode", "unlimited", "bounded or unlimited")
	faults := f.String("faults", "", "only these faults, as the campaign had it")
	last := f.Int("last", 0, "only that many lines before the end; 0 is all")
	f.Usage = func() {
		fmt.Fprintln(out, "replay [-mode unlimited|bounded] [-last N] SEED")
		f.PrintDefaults()
	}
	if err := f.Parse(args); err != nil {
		return 2
	}
	seed, err := strconv.ParseUint(f.Arg(0), 10, 64)
	m, known := modes[*mode]
	if err != nil || !known || f.NArg() != 1 {
		f.Usage()
		return 2
	}
	only, err := faultNames(*faults)
	if err != nil {
		fmt.Fprintln(out, err)
		return 2
	}
	r := Run(Options{Seed: seed, Mode: m, Only: only, Maker: Shipped, Tell: true})
	fmt.Fprintln(out, legend)
	lines := r.Story
	if *last > 0 {
		lines = lines[max(0, len(lines)-*last):]
	}
	for _, l := range lines {
		fmt.Fprintln(out, l)
	}
	code := 0
	for _, v := range r.Violations {
		fmt.Fprintln(out, v)
		if v.Outside == "" {
			code = 1
		}
	}
	return code
}
