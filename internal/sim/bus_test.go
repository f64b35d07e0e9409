package sim

import (
	"testing"
	"time"

	"github.com/futago-ha/futago/internal/board"
)

// TestBusNAKs: a transfer is made again when it was not acknowledged, and given
// up in the end.
func TestBusNAKs(t *testing.T) {
	w := plainWorld(idleBrain, idleBrain)
	w.run(time.Minute)
	b := &w.nodes[0].bus
	count := func(rate float64) (failed int) {
		b.naks = rate
		for range 1000 {
			if _, ok := b.load(regIO); !ok {
				failed++
			}
		}
		return failed
	}
	if n := count(0); n != 0 || b.flaky() {
		t.Fatalf("%d of 1000 transfers failed on a good bus", n)
	}
	if n := count(0.3); n == 0 || n > 100 {
		t.Fatalf("%d of 1000 transfers failed, of which each is tried three times at 30 %%", n)
	}
	if n := count(1); n != 1000 {
		t.Fatalf("%d of 1000 transfers failed on a bus that never acknowledges", n)
	}
}

// TestBusHangs: the transfer that hangs is taken for failed, nothing else gets
// through meanwhile, and its write comes at once, at the end, or never.
func TestBusHangs(t *testing.T) {
	for acts, want := range map[board.HangEffect]struct{ during, after bool }{
		board.ActsFirst: {true, true}, board.ActsLast: {false, true}, board.ActsNever: {false, false},
	} {
		w := plainWorld(idleBrain, idleBrain)
		w.run(time.Minute)
		n := w.nodes[0]
		n.dropDaemon() // else its guard lowers
		n.bus.hangs, n.bus.acts = true, acts
		if n.bus.raise() || n.bus.answers() {
			t.Fatal("a transfer that hangs answered")
		}
		if _, ok := n.bus.load(regIO); ok {
			t.Fatal("a transfer behind one that hangs answered")
		}
		during := n.out()
		w.run(n.bus.until + time.Millisecond)
		if after := n.out(); during != want.during || after != want.after {
			t.Fatalf("effect %d: the line is up during the hang: %t, after it: %t", acts, during, after)
		}
		if !n.bus.answers() {
			t.Fatal("the bus does not answer after the hang")
		}
	}
}

// TestLineRisesLate: readings and a Lower get through before the raise that hangs,
// and that comes at its end.
func TestLineRisesLate(t *testing.T) {
	w := plainWorld(idleBrain, idleBrain)
	w.run(time.Minute)
	n := w.nodes[0]
	n.dropDaemon() // else its guard lowers
	n.bus.late = true
	if _, ok := n.bus.load(regIO); !ok || !n.bus.lower() || !n.bus.answers() {
		t.Fatal("the bus fails before the raise")
	}
	if n.bus.raise() || n.bus.answers() || n.out() {
		t.Fatal("the raise did not hang")
	}
	w.run(n.bus.until + time.Millisecond)
	if !n.out() || !n.bus.answers() || !n.bus.lower() {
		t.Fatal("the raise did not come at the end, or what hangs goes on")
	}
}

// TestGivenUpAcrossAGap: a hold that is given up while the bus is silent is broken
// off all the same, as by the fencer; it does not begin when the line rises late.
func TestGivenUpAcrossAGap(t *testing.T) {
	w := plainWorld(idleBrain, idleBrain)
	w.run(time.Minute)
	n := w.nodes[0]
	n.bus.broken = true
	l := &n.d.line
	l.start(job{kind: hold, id: 1, want: 12 * time.Second})
	w.run(w.now + 100*time.Millisecond)
	l.lower(true)
	w.run(w.now + cutOff + 5*time.Second)
	if n.bus.broken = false; !n.bus.raise() { // what hung does it now
		t.Fatal("the line did not rise late")
	}
	w.run(w.now + time.Second)
	if n.out() {
		t.Fatal("the line stays up for a hold that was given up")
	}
}
