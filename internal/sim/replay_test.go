package sim

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestSeedReplaysExactly: the same seed tells the same story, and telling it
// changes nothing.
func TestSeedReplaysExactly(t *testing.T) {
	for _, mode := range []Mode{Unlimited, Bounded} {
		for seed := uint64(1); seed <= 4; seed++ {
			o := Options{Seed: seed, Mode: mode, Maker: Shipped, Tell: true}
			one, two := Run(o), Run(o)
			if !slices.Equal(one.Story, two.Story) {
				t.Fatalf("seed %d told two stories", seed)
			}
			o.Tell = false
			if silent := Run(o); silent.Simulated != one.Simulated || !slices.Equal(silent.Violations, one.Violations) {
				t.Fatalf("seed %d: telling it changed it", seed)
			}
			if len(one.Story) < 100 {
				t.Fatalf("seed %d: nothing happened: %s", seed, strings.Join(one.Story, "\n"))
			}
		}
	}
}

// TestPairServes: without faults the pair that ships serves within minutes.
func TestPairServes(t *testing.T) {
	w := plainWorld(Shipped, Shipped)
	if !w.await(3*time.Minute, time.Minute, w.ready) {
		t.Fatalf("not ready; waits %v, violations %v", w.waits(), w.check.found)
	}
	if n := w.nodes[w.prof.prefer]; !n.serving() {
		t.Fatal("the node that is not preferred serves at first start")
	}
}

func TestQueueKeepsOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var q queue
	for range 1000 {
		q.push(time.Duration(rng.IntN(50)), task{})
	}
	last := item{}
	for range 1000 {
		next := q.pop()
		if next.before(&last.moment) {
			t.Fatalf("%d/%d after %d/%d", next.at, next.seq, last.at, last.seq)
		}
		last = next
	}
	if q.next() != never {
		t.Fatal("items are left")
	}
}

func TestMainSays(t *testing.T) {
	var out strings.Builder
	if code := Main([]string{"-mode", "none"}, &out); code != 2 {
		t.Fatalf("exit %d for an unknown mode: %s", code, out.String())
	}
	out.Reset()
	Main([]string{"-seeds", "3", "-base", "10000"}, &out)
	if !strings.Contains(out.String(), "3 seeds from 10000, ") {
		t.Fatalf("last line: %s", out.String())
	}
}
