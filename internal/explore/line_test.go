package explore

import (
	"slices"
	"testing"
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// bench is one node's fencing part, without its machine.
type bench struct {
	w *world
	n *node
}

func newBench(t *testing.T) *bench {
	w, _, b := serving(t)
	w.plan = w.plan.quiet()
	b.inbox = nil
	return &bench{w, b}
}

// pass lets the part read its lines for a time and returns the ends it told.
func (b *bench) pass(d time.Duration) (ends []scheduler.Event) {
	for end := b.w.now + d; b.w.now < end; {
		b.w.now += pace
		b.w.readLines(b.n)
	}
	return b.told()
}

func (b *bench) told() (ends []scheduler.Event) {
	for _, e := range b.n.inbox {
		switch e.(type) {
		case scheduler.HoldEnded, scheduler.Pulsed:
			ends = append(ends, e)
		}
	}
	b.n.inbox = nil
	return ends
}

// result is the one HoldEnded among the ends.
func result(t *testing.T, ends []scheduler.Event) scheduler.HoldResult {
	t.Helper()
	i := slices.IndexFunc(ends, func(e scheduler.Event) bool { _, is := e.(scheduler.HoldEnded); return is })
	if i < 0 {
		t.Fatalf("no end in %v", ends)
	}
	return ends[i].(scheduler.HoldEnded).Result
}

func TestHold(t *testing.T) {
	const twelve = 12 * time.Second
	for _, c := range []struct {
		name string
		do   func(b *bench) []scheduler.Event
		want scheduler.HoldResult
		up   bool // the line, at the end
	}{
		{"undisturbed", func(b *bench) []scheduler.Event { return b.pass(13 * time.Second) }, scheduler.HoldHeld, false},
		{"given up", func(b *bench) []scheduler.Event {
			b.pass(7 * time.Second)
			b.w.lower(b.n, true)
			return b.told()
		}, scheduler.HoldLowered, false},
		{"given up too late", func(b *bench) []scheduler.Event {
			b.pass(9 * time.Second)
			b.w.lower(b.n, true)
			return b.pass(4 * time.Second)
		}, scheduler.HoldHeld, false},
		{"a gap early", func(b *bench) []scheduler.Event {
			b.pass(3 * time.Second)
			b.n.bus = false
			b.pass(2 * time.Second)
			b.n.bus = true
			return b.pass(time.Second)
		}, scheduler.HoldLowered, false},
		{"a gap late", func(b *bench) []scheduler.Event {
			b.pass(9 * time.Second)
			b.n.bus = false
			b.pass(2 * time.Second)
			b.n.bus = true
			return b.pass(13 * time.Second)
		}, scheduler.HoldHeld, false},
		{"a bus that does not come back early", func(b *bench) []scheduler.Event {
			b.pass(3 * time.Second)
			b.n.bus = false
			return b.pass(7 * time.Second)
		}, scheduler.HoldUnknown, true},
		{"a bus that does not come back", func(b *bench) []scheduler.Event {
			b.pass(9 * time.Second)
			b.n.bus = false
			return b.pass(30 * time.Second)
		}, scheduler.HoldUnknown, true},
		{"ordered, with a silent bus", func(b *bench) []scheduler.Event {
			b.n.bus = false
			b.w.lower(b.n, false)
			return b.pass(3 * time.Second)
		}, scheduler.HoldUnknown, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			b.w.raise(b.n, job{kind: hold, id: 9, want: twelve})
			if got := result(t, c.do(b)); got != c.want || b.n.board.out != c.up {
				t.Errorf("ended %d with the line %t, want %d and %t", got, b.n.board.out, c.want, c.up)
			}
			b.n.bus = true
			b.pass(time.Second)
			if b.n.board.out || b.n.job.kind != idle {
				t.Errorf("the bus answers and the line is %t, job %+v", b.n.board.out, b.n.job)
			}
		})
	}
}

func TestPulse(t *testing.T) {
	b := newBench(t)
	b.w.raise(b.n, job{kind: pulse, id: 3, want: time.Second})
	if ends := b.pass(2 * time.Second); len(ends) != 1 || ends[0] != (scheduler.Pulsed{ID: 3, OK: true}) {
		t.Errorf("a pulse ended with %v", ends)
	}
	b.w.raise(b.n, job{kind: contest, id: 4})
	b.w.raise(b.n, job{kind: pulse, id: 5, want: time.Second})
	if ends := b.told(); len(ends) != 2 || ends[1].(scheduler.Pulsed).OK || b.n.job.id != 4 {
		t.Errorf("a pulse on a line that is up: %v, job %+v", ends, b.n.job)
	}
}

// TestContestTakesOverAHold: without a break, and the hold has no end of its own.
func TestContestTakesOverAHold(t *testing.T) {
	b := newBench(t)
	b.w.raise(b.n, job{kind: hold, id: 1, want: 12 * time.Second})
	b.pass(4 * time.Second)
	b.w.raise(b.n, job{kind: contest, id: 2})
	if ends := b.pass(20 * time.Second); len(ends) != 0 || !b.n.board.out {
		t.Errorf("the contest ended with %v, line %t", ends, b.n.board.out)
	}
	b.w.lower(b.n, false)
	if got := result(t, b.told()); got != scheduler.HoldLowered || b.n.board.out {
		t.Errorf("lowered: %d, line %t", got, b.n.board.out)
	}
}

// TestGuard lowers the line of a daemon that is gone or hangs, once the bus
// answers.
func TestGuard(t *testing.T) {
	w, _, b := serving(t)
	w.plan = w.plan.quiet()
	w.setOut(b, true)
	b.bus = false
	w.kill(b)
	w.turn(b)
	if !b.board.out {
		t.Fatal("the line fell though the bus is silent")
	}
	b.bus = true
	w.turn(b)
	if b.board.out {
		t.Error("the guard did not lower the line")
	}
	w, _, b = serving(t)
	w.plan = w.plan.quiet()
	w.setOut(b, true)
	hang(1, 3*time.Second).do(w)
	for range 3 {
		w.now += pace
		w.turn(b)
	}
	if b.board.out {
		t.Error("the line is up 1.5 s after the loop's last word")
	}
}
