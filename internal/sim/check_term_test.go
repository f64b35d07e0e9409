package sim

import (
	"slices"
	"testing"
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// owns makes a script that owns a term, as its disk and its letters say.
func owns(term uint64) func(Birth) Brain {
	return func(b Birth) Brain {
		return (&script{}).do(20*time.Second, scheduler.Persist{Disk: scheduler.Disk{Term: term, TermBoot: b.Boot}}).
			do(21*time.Second, scheduler.Send{Letter: scheduler.Letter{State: scheduler.State{Own: term, Term: term}}})
	}
}

func TestTermWithTwoOwnersIsCaught(t *testing.T) {
	if got := broken(plainWorld(owns(1), owns(1)), time.Minute); !slices.Equal(got, []string{"S2"}) {
		t.Fatalf("broken rules %v, want S2", got)
	}
	if got := broken(plainWorld(owns(1), owns(2)), time.Minute); got != nil {
		t.Fatalf("broken rules %v by two terms", got)
	}
}

// TestTakingFromTheLivingIsCaught: a term is taken on a hold although the other
// node answers, or speaks.
func TestTakingFromTheLivingIsCaught(t *testing.T) {
	for name, prepare := range map[string]func(*world){
		"answers": func(*world) {},
		"speaks": func(w *world) {
			w.nodes[1].cable = false // its address does not answer
			w.after(30*time.Second, func() { w.check.node[0].word.take(w.now+1, 1, 1) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			// Its disk names the kernel that was shot, which is the one that runs.
			disk := scheduler.Disk{Term: 1, Hold: scheduler.HoldNote{PeerBoot: "b-boot1"}}
			w := plainWorld(func(b Birth) Brain {
				disk.TermBoot = b.Boot
				return (&script{}).do(20*time.Second, scheduler.Persist{Disk: disk})
			}, idleBrain)
			prepare(w)
			w.after(30*time.Second, func() {
				g := &w.check.node[0].grounds
				g.holdFrom, g.holdEnd, g.holdHeld = w.now-12*time.Second, w.now, true
			})
			if got := broken(w, time.Minute); !slices.Equal(got, []string{"S6"}) {
				t.Fatalf("broken rules %v, want S6", got)
			}
		})
	}
}

func TestHoldAfterSleepIsCaught(t *testing.T) {
	w := plainWorld(plays(func() *script {
		return (&script{}).do(20*time.Second, scheduler.Hold{ID: 1, For: 12 * time.Second})
	}), idleBrain)
	n := w.nodes[0]
	n.disk.Wire.Result = scheduler.WirePassed
	w.run(25 * time.Second)
	w.check.node[0].word.take(w.now, 1, 1)
	n.freeze(6 * time.Second)
	if got := broken(w, time.Minute); !slices.Equal(got, []string{"S3"}) {
		t.Fatalf("broken rules %v, want S3", got)
	}
}
