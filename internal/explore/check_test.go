package explore

import (
	"testing"
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// serving is a pair of which a serves, with nothing wrong.
func serving(t *testing.T) (w *world, a, b *node) {
	t.Helper()
	p := find(t, "claims differ")
	w = p.begin(nil)
	a, b = &w.nodes[0], &w.nodes[1]
	if !a.healthy() || b.serving() || w.bad != nil {
		t.Fatalf("the pair does not come up: a %v, b %v, %v", a.healthy(), b.serving(), w.bad)
	}
	return w, a, b
}

// TestCheckersCatch: each rule is broken by hand, in the world or in what passes
// between the parts.
func TestCheckersCatch(t *testing.T) {
	letter := func(s scheduler.State) scheduler.Action { return scheduler.Send{Letter: scheduler.Letter{State: s}} }
	for _, c := range []struct {
		name, rule string
		do         func(w *world, a, b *node)
	}{
		{"two VIPs", "S1", func(w *world, _, b *node) { w.setVIP(b, true) }},
		{"two containers", "S1", func(w *world, _, b *node) { b.eng.runs = true; w.checkStep() }},
		{"no ground", "S2", func(w *world, a, b *node) { stranger(w, a); w.setVIP(b, true) }},
		{"a left note of another boot", "S2", func(w *world, a, b *node) {
			stranger(w, a)
			b.disk.PeerLeft, b.disk.PeerLeftIn = scheduler.Leave, "before"
			w.checkStep()
			w.setVIP(b, true)
		}},
		{"a verdict that was none", "S6", func(w *world, a, b *node) {
			stranger(w, a)
			w.checkEvent(b, scheduler.HoldEnded{Result: scheduler.HoldUnknown})
			w.setVIP(b, true)
		}},
		{"a server cut", "S3", func(w *world, a, _ *node) { w.noteRise(a); w.setVIP(a, false); w.checkFair(a); w.checkCut(a) }},
		{"both cut", "S3", func(w *world, a, b *node) {
			w.setVIP(a, false)
			a.eng.runs = false
			w.noteRise(a)
			w.noteRise(b)
			w.checkCut(a)
			w.checkCut(b)
		}},
		{"hold without uplink", "S4", func(w *world, _, b *node) {
			w.checkEvent(b, scheduler.Uplink{Reference: true})
			w.checkAction(b, scheduler.Hold{})
		}},
		{"contest without reference", "S4", func(w *world, a, _ *node) {
			w.checkEvent(a, scheduler.Uplink{Carrier: true})
			w.checkAction(a, scheduler.Contest{})
		}},
		{"a line kept without uplink", "S4", func(w *world, _, b *node) {
			w.raise(b, job{kind: hold, id: 1})
			w.checkEvent(b, scheduler.Uplink{})
			for range 4 {
				w.now += pace
				w.checkTurn(b)
			}
		}},
		{"a line for ever", "S5", func(w *world, a, _ *node) { w.setOut(a, true); passing(w, 43*time.Second) }},
		{"a line of nobody", "S5", func(w *world, a, _ *node) { w.setOut(a, true); a.hung = w.now + time.Minute; passing(w, 3*time.Second) }},
		{"shoots back", "S7", func(w *world, a, _ *node) {
			w.facts[0].cut, w.facts[0].firstStart = true, w.now-2*time.Second
			w.checkAction(a, scheduler.Hold{})
		}},
		{"release not on disk", "S8", func(w *world, a, _ *node) { w.checkAction(a, letter(scheduler.State{Released: 1})) }},
		{"return not on disk", "S8", func(w *world, a, _ *node) { w.checkAction(a, letter(scheduler.State{Returned: 2})) }},
		{"term not on disk", "S8", func(w *world, a, _ *node) { w.checkAction(a, letter(scheduler.State{Own: 3})) }},
		{"mark not on disk", "S8", func(w *world, a, _ *node) { w.checkAction(a, letter(scheduler.State{Standby: true})) }},
		{"leave not on disk", "S8", func(w *world, a, b *node) {
			w.facts[1].said = &scheduler.Letter{State: scheduler.State{Leaving: scheduler.Leave}}
			w.checkAction(a, letter(scheduler.State{AckLeft: b.session}))
		}},
		{"term of the other's parity", "T", func(w *world, a, _ *node) {
			a.disk.Term = 2
			w.checkAction(a, letter(scheduler.State{Own: 2}))
		}},
		{"a victim with the VIP", "V", func(w *world, a, _ *node) {
			w.nodes[1].hung = w.now + time.Minute // not a fair fight, so S3 says nothing
			w.noteRise(a)
			w.checkCut(a)
		}},
		{"a server that holds for silence", "F", func(w *world, a, _ *node) { w.checkAction(a, scheduler.Hold{}) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, a, b := serving(t)
			c.do(w, a, b)
			if w.bad == nil || w.bad.Rule != c.rule {
				t.Errorf("want %s, got %+v", c.rule, w.bad)
			}
		})
	}
}

// stranger lets the checkers forget all that would let b serve.
func stranger(w *world, a *node) {
	a.vip, a.eng.runs = false, false
	w.checkServing()
	w.facts = [2]facts{}
	w.server = -1
}

// passing lets time pass for the checkers alone.
func passing(w *world, d time.Duration) {
	for end := w.now + d; w.now < end; {
		w.now += pace
		w.checkStep()
	}
}

// TestCheckersLetPass: what looks alike and is allowed.
func TestCheckersLetPass(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(w *world, a, b *node)
	}{
		{"a meeting", func(w *world, a, b *node) {
			stranger(w, a)
			w.facts[1].metAt = w.now
			w.setVIP(b, true)
		}},
		{"a release", func(w *world, a, b *node) {
			stranger(w, a)
			w.facts[0].owned, a.disk.Released = 1, 1
			w.setVIP(b, true)
		}},
		{"a fence", func(w *world, a, b *node) {
			stranger(w, a)
			w.checkAction(b, scheduler.Hold{})
			w.cutPower(a, "a test")
			w.checkEvent(b, scheduler.HoldEnded{Result: scheduler.HoldHeld})
			w.setVIP(b, true)
		}},
		{"an operator", func(w *world, a, b *node) {
			stranger(w, a)
			w.facts[1].operator = w.now
			w.setVIP(b, true)
		}},
		{"its own", func(w *world, a, _ *node) { w.setVIP(a, false); w.setVIP(a, true) }},
		{"a server without uplink is cut", func(w *world, a, _ *node) {
			a.mute = true
			w.setVIP(a, false)
			w.noteRise(a)
			w.checkCut(a)
		}},
		{"shoots back after its wait", func(w *world, a, _ *node) {
			a.vip, a.eng.runs = false, false
			w.facts[0].cut, w.facts[0].firstStart = true, w.now-21*time.Second
			w.checkAction(a, scheduler.Hold{})
		}},
		{"a hold after a letter that was overtaken", func(w *world, a, b *node) {
			w.now += 61 * time.Second
			w.heard(a, &scheduler.Letter{Session: b.session, To: a.session, Seq: 1})
			w.checkAction(a, scheduler.Hold{})
		}},
		{"a line under a broken bus", func(w *world, a, _ *node) { w.setOut(a, true); a.bus = false; passing(w, time.Minute) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, a, b := serving(t)
			c.do(w, a, b)
			if w.bad != nil {
				t.Errorf("%+v", w.bad)
			}
		})
	}
}
