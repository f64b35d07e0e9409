package sim

import (
	"slices"
	"testing"
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// waiting is a naive brain that says what it waits for.
type waiting struct {
	script
	list []scheduler.Wait
}

func (w *waiting) Waits() []scheduler.Wait { return w.list }

func waits(list ...scheduler.Wait) func(Birth) Brain {
	return func(Birth) Brain { return &waiting{list: list} }
}

// TestWaitsAreJudged: what is waited for has a code, a beginning, and an end or a
// command; its end is kept; and a pair that does not serve says why.
func TestWaitsAreJudged(t *testing.T) {
	second := scheduler.Instant(time.Second)
	good := scheduler.Wait{Code: "X", For: "you", Since: second, Do: "look"}
	for name, c := range map[string]struct {
		a, b func(Birth) Brain
		want []string
	}{
		"good":         {a: waits(good), b: waits()},
		"no code":      {a: waits(scheduler.Wait{For: "you", Since: second, Do: "look"}), b: waits(), want: []string{"L4"}},
		"no beginning": {a: waits(scheduler.Wait{Code: "X", For: "you", Do: "look"}), b: waits(), want: []string{"L4"}},
		"no end":       {a: waits(scheduler.Wait{Code: "X", For: "you", Since: second}), b: waits(), want: []string{"L4"}},
		"past its end": {a: waits(scheduler.Wait{Code: "X", For: "you", Since: second, Until: 5 * second}), b: waits(), want: []string{"L4"}},
		"nobody says":  {a: waits(), b: waits(), want: []string{"L4"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := plainWorld(c.a, c.b)
			w.await(time.Minute, time.Minute, func() bool { return false })
			var rules []string
			for _, v := range w.check.found {
				rules = append(rules, v.Rule)
			}
			if !slices.Equal(rules, c.want) {
				t.Fatalf("broken %v, want %v: %v", rules, c.want, w.check.found)
			}
		})
	}
}
