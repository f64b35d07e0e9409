package sim

import (
	"slices"
	"testing"
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// TestLateStart: what an engine was told to start with a ground there may come up when
// the order is taken back, and only then; it gives no right to anything.
func TestLateStart(t *testing.T) {
	const comesUp = 2 * time.Minute
	order := func(id uint64, l scheduler.Level) scheduler.Action { return scheduler.Containers{ID: id, Level: l} }
	ordered := func() *script { return armed().do(5*time.Second, order(1, scheduler.LevelRunning)) }
	takenBack := func() *script { return ordered().do(105*time.Second, order(2, scheduler.LevelNone)) }
	thenOnce := func(act scheduler.Action) func() *script { // when it runs
		return func() *script {
			s := takenBack()
			s.on = func(e scheduler.Event) []scheduler.Action {
				g, is := e.(scheduler.ContainersState)
				if act == nil || !is || !g.Exclusive || !g.Healthy {
					return nil
				}
				now := act
				act = nil
				return []scheduler.Action{now}
			}
			return s
		}
	}
	says := func(serving bool) scheduler.Action {
		return scheduler.Send{Letter: scheduler.Letter{State: scheduler.State{Serving: serving}}}
	}
	takes := func() *script {
		return (&script{}).do(30*time.Second, scheduler.Persist{Disk: scheduler.Disk{Term: 2, TermBoot: "b-boot1"}})
	}
	for _, c := range []struct {
		name   string
		a, b   func() *script
		unmet  bool
		broken []string
	}{
		{name: "taken back", a: func() *script { return takenBack().do(110*time.Second, says(true)) }},
		{name: "still ordered", a: ordered, broken: []string{"S2"}},
		{name: "begun without a ground", unmet: true, broken: []string{"S2"}, a: takenBack},
		{name: "said to be down", broken: []string{"S2"}, a: func() *script { return takenBack().do(110*time.Second, says(false)) }},
		{name: "the other one took a term", broken: []string{"S2"}, a: takenBack, b: takes},
		{name: "with the VIP", broken: []string{"S2"}, a: thenOnce(scheduler.ClaimVIP{ID: 3})},
		{name: "ordered again", broken: []string{"S2"}, a: thenOnce(order(3, scheduler.LevelRunning))},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := idleBrain
			if c.b != nil {
				b = plays(c.b)
			}
			w := plainWorld(plays(c.a), b)
			for _, n := range w.nodes {
				n.cfg.Overlap = false
			}
			w.net.blocked = [2]bool{true, true}
			if !c.unmet {
				w.check.node[0].grounds.metAt = 10 * time.Second
				w.check.node[1].grounds.metAt = 10 * time.Second
			}
			n := w.nodes[0]
			n.engine.faults.hung = true
			w.after(comesUp, func() { n.engine.faults.hung = false })
			came := false
			w.after(comesUp+1050*time.Millisecond, func() { came = n.engine.excl })
			if got := broken(w, 3*time.Minute); !slices.Equal(got, c.broken) {
				t.Fatalf("broken rules %v, want %v: %v", got, c.broken, w.check.found)
			}
			if runs := n.engine.excl; !came && c.broken == nil || runs != (c.broken != nil) {
				t.Fatalf("it came up: %t, and runs at the end, or when it is caught: %t", came, runs)
			}
		})
	}
}
