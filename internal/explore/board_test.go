package explore

import (
	"fmt"
	"testing"
	"time"

	registers "github.com/futago-ha/futago/internal/board"
)

const (
	busAddr  = 0x6E
	regInput = 0x0C
	regIO    = 0x0D
)

// twin is a pair of boards at register level beside those of the model.
type twin struct {
	w    *world
	pair *registers.Pair
	now  time.Duration
}

func newTwin(o registers.Options, u unknowns) *twin {
	p := Scenario{KeepsArmed: true, NoWatchdog: true}
	x := &twin{w: newWorld(&p), pair: registers.NewPair(o, o)}
	x.w.unknown = u
	for i := range x.w.nodes {
		x.w.setSupply(&x.w.nodes[i], true)
		x.pair.Do(0, i, func(b *registers.Board) { b.Supply(0, true) })
	}
	return x
}

func (x *twin) write(node int, reg, v byte) error {
	var err error
	x.pair.Do(x.now, node, func(b *registers.Board) { err = b.Transfer(x.now, busAddr, []byte{reg, v}, nil) })
	return err
}

func (x *twin) raise(t *testing.T, node int, up bool) {
	t.Helper()
	v := byte(0)
	if up {
		v = 1
	}
	if err := x.write(node, regIO, v); err != nil {
		t.Fatalf("write EXTOUT of %d: %v", node, err)
	}
	x.w.setOut(&x.w.nodes[node], up)
}

func (x *twin) arm(t *testing.T, node int) {
	t.Helper()
	if err := x.write(node, regInput, 1); err != nil {
		t.Fatalf("arm %d: %v", node, err)
	}
	x.w.nodes[node].board.armed = true
}

// pass lets time pass on both and compares what can be seen.
func (x *twin) pass(t *testing.T, d time.Duration) {
	t.Helper()
	for end := x.now + d; x.now < end; {
		x.now += pace
		x.w.now += pace
		x.pair.Advance(x.now)
		x.w.nodes[0].kernelAt, x.w.nodes[1].kernelAt = 0, 0 // no Pi boots: its early-boot unit would lower the line
		x.w.boards()
		for i := range x.w.nodes {
			m, r := &x.w.nodes[i].board, x.pair.Board(i)
			if m.power != r.Powered() || m.out != r.Out() {
				t.Fatalf("at %s board %d: the model has power %t, EXTOUT %t; the registers power %t, EXTOUT %t", x.now, i, m.power, m.out, r.Powered(), r.Out())
			}
		}
	}
}

// TestBoardIsTheOneOfTheRegisters: under the same lines the small board of the
// model cuts and wakes when the one at register level does.
func TestBoardIsTheOneOfTheRegisters(t *testing.T) {
	answers := []answer{no, yes}
	for _, cuts := range []byte{9, 10, 11} {
		for _, survives := range answers {
			for _, wakes := range answers {
				for _, dark := range answers {
					u := unknowns{cutsAt: cuts, outSurvives: survives, endWakes: wakes, countsDark: dark}
					o := registers.Options{
						Threshold: time.Duration(cuts) * time.Second, OutSurvivesCut: survives == yes,
						HoldEndWakes: wakes == yes, CountsWhileOff: dark == yes,
					}
					t.Run(fmt.Sprint(u), func(t *testing.T) { sameBoards(t, o, u) })
				}
			}
		}
	}
}

func sameBoards(t *testing.T, o registers.Options, u unknowns) {
	for _, held := range []time.Duration{time.Second, 8500 * time.Millisecond, 10 * time.Second, 12 * time.Second, 40 * time.Second} {
		for _, armed := range []bool{false, true} {
			x := newTwin(o, u)
			x.pass(t, time.Second)
			if armed {
				x.arm(t, 0)
				x.arm(t, 1)
			}
			x.raise(t, 0, true) // its own line is up when it is cut
			x.raise(t, 1, true)
			x.pass(t, held)
			if x.w.nodes[1].board.power {
				x.raise(t, 1, false)
			}
			x.pass(t, 5*time.Second)
			for i := range x.w.nodes {
				if x.w.nodes[i].board.power {
					x.raise(t, i, false)
				}
			}
			x.pass(t, 15*time.Second)
			if x.w.nodes[1].board.power {
				x.raise(t, 1, true) // wakes the other one, if that is dark
				x.pass(t, time.Second)
				x.raise(t, 1, false)
				x.pass(t, 5*time.Second)
			}
		}
	}
}

func TestSupplyForgetsAll(t *testing.T) {
	x := newTwin(registers.Options{}, unknowns{cutsAt: 10, outSurvives: yes, endWakes: no, countsDark: no})
	x.arm(t, 1)
	x.raise(t, 0, true)
	x.pass(t, 3*time.Second)
	x.pair.Do(x.now, 0, func(b *registers.Board) { b.Supply(x.now, false) })
	x.w.setSupply(&x.w.nodes[0], false)
	x.pass(t, 3*time.Second)
	x.pair.Do(x.now, 0, func(b *registers.Board) { b.Supply(x.now, true) })
	x.w.setSupply(&x.w.nodes[0], true)
	x.pass(t, 10*time.Second)
	if b := &x.w.nodes[0].board; b.armed || b.out || !b.power {
		t.Errorf("after the supply went and came back: %+v", b)
	}
}

// TestWatchdogEndsAPanic: a kernel that died with the line up is restarted, and
// its line with it.
func TestWatchdogEndsAPanic(t *testing.T) {
	w, _, b := serving(t)
	w.unknown.outSurvives = no
	w.setOut(b, true)
	w.panics(b)
	if !b.board.out || b.up {
		t.Fatalf("a panic: line %t, kernel %t", b.board.out, b.up)
	}
	for range int(dogShort / pace) {
		w.now += pace
		w.boards()
	}
	if b.board.out || b.board.power {
		t.Errorf("after %s the line is %t, the power %t", dogShort, b.board.out, b.board.power)
	}
	w.now += repower + bootTakes
	w.boards()
	w.now += bootTakes
	w.boards()
	if !b.up || b.boot == "" {
		t.Error("it did not boot again")
	}
}
