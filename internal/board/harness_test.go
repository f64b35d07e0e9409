package board

import (
	"testing"
	"time"
)

// bothOn is a pair with supply and armed, its first events taken.
func bothOn(t *testing.T, a, b Options) *Pair {
	t.Helper()
	p := NewPair(a, b)
	for node := range 2 {
		p.Do(0, node, func(b *Board) {
			b.Supply(0, true)
			b.write(t, 0, regInput, bitArmed)
		})
	}
	if n := len(p.Advance(0)); n != 2 {
		t.Fatalf("%d events at power on, want 2", n)
	}
	return p
}

func (p *Pair) raise(t *testing.T, now time.Duration, node int, high bool) {
	t.Helper()
	var v byte
	if high {
		v = bitOut
	}
	p.Do(now, node, func(b *Board) { b.write(t, now, regIO, v) })
}

func TestWires(t *testing.T) {
	for name, tt := range map[string]struct {
		wire Wire
		in   [2]bool // EXTIN of both while node 0 drives its line
		rest [2]bool // and while it does not
		eo   [2]bool // EXTOUT as a driven level, while node 0 drives
	}{
		"ok":      {WireOK, [2]bool{false, true}, [2]bool{}, [2]bool{true, false}},
		"cut":     {WireCut, [2]bool{}, [2]bool{}, [2]bool{true, false}},
		"high":    {WireHigh, [2]bool{false, true}, [2]bool{false, true}, [2]bool{true, false}},
		"low":     {WireLow, [2]bool{}, [2]bool{}, [2]bool{false, false}},
		"swapped": {WireSwapped, [2]bool{}, [2]bool{}, [2]bool{true, true}},
		"looped":  {WireLooped, [2]bool{true, false}, [2]bool{}, [2]bool{true, false}},
		"shorted": {WireShorted, [2]bool{true, true}, [2]bool{}, [2]bool{true, true}},
	} {
		t.Run(name, func(t *testing.T) {
			p := bothOn(t, Options{OutIsDriven: true}, Options{OutIsDriven: true})
			wire, err := ParseWire(name)
			if err != nil || wire != tt.wire || wire.String() != name {
				t.Fatalf("ParseWire(%q) = %s, %v", name, wire, err)
			}
			p.SetWire(0, 0, wire)
			if got := [2]bool{p.boards[0].in, p.boards[1].in}; got != tt.rest {
				t.Errorf("at rest EXTIN %v, want %v", got, tt.rest)
			}
			p.raise(t, 1*s, 0, true)
			if got := [2]bool{p.boards[0].in, p.boards[1].in}; got != tt.in {
				t.Errorf("driven EXTIN %v, want %v", got, tt.in)
			}
			for node, b := range p.boards {
				if got := b.read(t, 1*s, regIO)&bitOut != 0; got != tt.eo[node] {
					t.Errorf("node %d reads EXTOUT %t, want %t", node, got, tt.eo[node])
				}
			}
		})
	}
	if _, err := ParseWire("loose"); err == nil {
		t.Error("ParseWire took a state that is none")
	}
}

func TestLatchReadsWhateverTheWireDoes(t *testing.T) {
	p := bothOn(t, Options{}, Options{})
	p.SetWire(0, 0, WireLow)
	p.raise(t, 0, 0, true)
	if got := p.boards[0].read(t, 0, regIO); got != bitOut {
		t.Errorf("io_status %#x, want the latch", got)
	}
}

// Both hold. The one that is cut first lets its line go, if its EXTOUT does not
// outlive it, and so spares the other.
func TestMutualHold(t *testing.T) {
	for name, tt := range map[string]struct {
		survives bool
		want     int
	}{"line falls with its Pi": {false, 1}, "line outlives its Pi": {true, 2}} {
		t.Run(name, func(t *testing.T) {
			o := Options{OutSurvivesCut: tt.survives}
			p := bothOn(t, o, o)
			p.raise(t, 1*s, 0, true)
			p.raise(t, 2*s, 1, true)
			events := p.Advance(60 * s)
			if len(events) != tt.want {
				t.Fatalf("events %v, want %d cuts", events, tt.want)
			}
			if e := events[0]; e.Node != 1 || e.At != 11*s || e.Kind != PowerCut || e.Reason != ReasonExtin {
				t.Errorf("first %v, want node 1 cut at 11 s", e)
			}
		})
	}
}

// An output that falls with its Pi is an edge for the other board.
func TestCutWakesTheOtherByItsFallingLine(t *testing.T) {
	p := bothOn(t, Options{}, Options{FallWakes: true})
	p.raise(t, 0, 0, true) // cuts node 1 at 10 s
	p.Advance(12 * s)
	p.Do(15*s, 0, func(b *Board) { b.Supply(15*s, false) })
	events := p.Advance(16 * s)
	if len(events) != 2 || events[1].Node != 1 || events[1].Kind != PowerOn || events[1].At != 15*s {
		t.Errorf("events %v, want node 1 woken at 15 s", events)
	}
}

func TestBigStepIsManySmallOnes(t *testing.T) {
	run := func(step time.Duration) []Event {
		o := Options{HoldEndWakes: true, Seed: 1}
		p := bothOn(t, o, o)
		for node := range 2 {
			p.Do(0, node, func(b *Board) {
				b.write(t, 0, regWatchCtl, bitRestart)
				b.write(t, 0, regWatchdog, 25)
			})
		}
		p.raise(t, 3*s, 0, true)
		p.raise(t, 4*s, 1, true)
		var events []Event
		for now := 4 * s; now < 200*s; now += step {
			events = append(events, p.Advance(now)...)
		}
		return append(events, p.Advance(200*s)...)
	}
	small, big := run(10*time.Millisecond), run(200*s)
	if len(small) < 6 || len(small) != len(big) {
		t.Fatalf("%d events in small steps, %d in one", len(small), len(big))
	}
	for i := range small {
		if small[i] != big[i] {
			t.Errorf("event %d: %v in small steps, %v in one", i, small[i], big[i])
		}
	}
}
