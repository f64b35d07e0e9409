package sim

import (
	"slices"
	"testing"
)

// missed are seeds in which a turn that was left out once changed something.
var missed = []uint64{5022, 5026, 5028, 5035, 7044}

// TestSkippingChangesNothing: a run in which turns that change nothing are left
// out tells the same story as one with every tick, reading and probe.
func TestSkippingChangesNothing(t *testing.T) {
	var seeds []uint64
	for seed := range uint64(12) {
		seeds = append(seeds, 200+seed)
	}
	for _, mode := range []Mode{Unlimited, Bounded} {
		for _, seed := range append(seeds, missed...) {
			o := Options{Seed: seed, Mode: mode, Maker: Shipped, Tell: true}
			some := Run(o)
			o.All = true
			all := Run(o)
			for i, line := range all.Story {
				if i >= len(some.Story) || some.Story[i] != line {
					t.Fatalf("seed %d, mode %d: line %d is\n%s\nwith all turns and\n%s\nwith some; before it\n%s", seed, mode, i, line, some.Story[min(i, len(some.Story)-1)], some.Story[i-1])
				}
			}
			if !slices.Equal(all.Story, some.Story) {
				t.Fatalf("seed %d: the story goes on without all turns", seed)
			}
		}
	}
}
