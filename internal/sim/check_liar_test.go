package sim

import (
	"testing"
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// TestCutsOfLiars: one that answers for the VIP may be cut for that once, and not
// for a single answer, nor when it leaves.
func TestCutsOfLiars(t *testing.T) {
	for _, c := range []struct {
		name    string
		prepare func(w *world, f *facts)
		bad     bool
	}{
		{name: "after two claims", prepare: func(w *world, f *facts) { f.liar.first = w.now - 2*time.Second }},
		{name: "after two answers", prepare: func(w *world, f *facts) { f.liar.before = w.now - 10*time.Second }},
		{name: "after one claim", bad: true, prepare: func(w *world, f *facts) { f.liar.first = w.now }},
		{name: "a second time", bad: true, prepare: func(w *world, f *facts) {
			f.liar.first, f.liar.cutAt = w.now-2*time.Second, w.now-time.Minute
		}},
		{name: "leaves", bad: true, prepare: func(w *world, f *facts) {
			f.liar.first, f.heard.Leaving = w.now-2*time.Second, scheduler.Leave
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := plainWorld(idleBrain, idleBrain)
			w.run(30 * time.Second)
			f := &w.check.node[0]
			f.heard, f.spoke, f.echoed = scheduler.State{Known: true}, w.now, w.now
			w.nodes[1].proxies = true
			c.prepare(w, f)
			w.check.cutsLiar(w.nodes[0])
			if bad := len(w.check.found) > 0; bad != c.bad {
				t.Fatalf("found %v", w.check.found)
			}
			if !f.liar.tried {
				t.Fatal("it may be cut again for the same")
			}
		})
	}
}

// liarWorld is a pair whose second node let its term go to the first, and answers
// for the VIP: seen once by the first, whose record is returned.
func liarWorld() (*world, *facts) {
	w := plainWorld(idleBrain, idleBrain)
	w.run(22 * time.Second)
	a, b, f := w.nodes[0], w.nodes[1], &w.check.node[0]
	a.disk.Wire.Result, f.testIn = scheduler.WirePassed, a.d.session
	f.heard = scheduler.State{Released: 1, Known: true}
	f.lastSaid, f.saidIn = scheduler.State{Own: 2, Known: true}, a.d.session
	w.check.node[1].lastSaid, w.check.node[1].saidIn = f.heard, b.d.session
	f.liar.took, f.liar.first = 2, w.now
	b.proxies = true
	return w, f
}

// TestLiarUncutIsCaught: one that let its term go and answers for the VIP stays
// uncut, and the term stays where nobody can serve.
func TestLiarUncutIsCaught(t *testing.T) {
	for name, tried := range map[string]bool{"never cut": false, "never offered": true} {
		t.Run(name, func(t *testing.T) {
			w, f := liarWorld()
			f.liar.tried = tried
			w.run(time.Minute)
			if len(w.check.found) != 1 || w.check.found[0].Rule != "L1" {
				t.Fatalf("found %v", w.check.found)
			}
		})
	}
}

// TestLiarOfferedIsCaught: a node that could cut one offers the term instead. It could
// not while it was not told that its lines can be read.
func TestLiarOfferedIsCaught(t *testing.T) {
	for name, blank := range map[string]time.Duration{"reads its lines": 0, "bus answers again": 15 * time.Second} {
		t.Run(name, func(t *testing.T) {
			w, f := liarWorld()
			f.blank = blank
			w.check.offersLiar(w.nodes[0], &scheduler.State{Own: 2, Known: true, Offer: 2, Why: "b answers for it"})
			if caught := len(w.check.found) == 1; caught != (blank == 0) {
				t.Fatalf("found %v", w.check.found)
			}
		})
	}
}

// TestNotWokenIsCaught: a node that was cut stays off.
func TestNotWokenIsCaught(t *testing.T) {
	w := plainWorld(idleBrain, idleBrain)
	w.run(70 * time.Second)
	b, f := w.nodes[1], &w.check.node[1]
	b.supply(false)
	w.settle()
	b.supplied = true
	f.off, f.cutAt, f.cutByLine = "extin", w.now, true
	w.after(2*wokenWithin, func() {})
	w.run(w.now + 2*wokenWithin)
	if len(w.check.found) != 1 || w.check.found[0].Rule != "L3" {
		t.Fatalf("found %v", w.check.found)
	}
}
