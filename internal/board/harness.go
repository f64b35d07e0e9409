package board

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Wire is the state of the line from one node's EXTOUT (CN5) to the other
// node's EXTIN (CN4).
type Wire int

const (
	// WireOK carries EXTOUT to the other board's EXTIN.
	WireOK Wire = iota
	// WireCut is an open line: EXTIN reads low.
	WireCut
	// WireHigh is stuck high, WireLow stuck low, whatever EXTOUT drives.
	WireHigh
	// WireLow is stuck low.
	WireLow
	// WireSwapped has its far plug in the other board's EXTOUT: the two outputs
	// see each other and no EXTIN sees anything.
	WireSwapped
	// WireLooped leads back to the EXTIN of the board that drives it.
	WireLooped
	// WireShorted touches the other wire: either EXTOUT raises both lines.
	WireShorted
)

var wireNames = [...]string{"ok", "cut", "high", "low", "swapped", "looped", "shorted"}

func (w Wire) String() string {
	if w < 0 || int(w) >= len(wireNames) {
		return fmt.Sprintf("wire %d", int(w))
	}
	return wireNames[w]
}

// ParseWire returns the wire state of that name.
func ParseWire(name string) (Wire, error) {
	for i, n := range wireNames {
		if n == name {
			return Wire(i), nil
		}
	}
	return 0, fmt.Errorf("wire state %q: allowed are %q", name, wireNames)
}

// Pair is two boards whose lines cross. Like [Board] it is pure, deterministic
// and not safe for concurrent use. Its nodes are 0 and 1.
type Pair struct {
	boards [2]*Board
	wires  [2]Wire       // by the node that drives it
	next   time.Duration // what Next says, as long as it is known
	known  bool
	taken  bool          // all that the boards did was told
	now    time.Duration // the latest seen, of which the boards need not know yet
}

// NewPair returns two boards without supply and a sound harness.
func NewPair(a, b Options) *Pair {
	return &Pair{boards: [2]*Board{New(a), New(b)}}
}

// Board returns a node's board, to look at. Change it through [Pair.Do] only,
// else the lines do not follow.
func (p *Pair) Board(node int) *Board { return p.boards[node] }

// Wire returns the state of the line that the node drives.
func (p *Pair) Wire(node int) Wire { return p.wires[node] }

// SetWire changes the line that the node drives.
func (p *Pair) SetWire(now time.Duration, node int, w Wire) {
	p.advance(now)
	p.known = false
	p.wires[node] = w
	p.settle(now)
}

// Do lets time pass to now, acts on a node's board and lets the lines follow.
func (p *Pair) Do(now time.Duration, node int, act func(*Board)) {
	p.advance(now)
	p.known = false
	act(p.boards[node])
	p.settle(now)
}

// Heartbeat is [Board.Heartbeat] on a node's board, which changes no level.
func (p *Pair) Heartbeat(now time.Duration, node int) {
	p.advance(now)
	p.known = false
	p.boards[node].Heartbeat(now)
}

// Transfer is [Board.Transfer] on a node's board. One that only reads changes no
// level, and is most of them.
func (p *Pair) Transfer(now time.Duration, node int, addr uint16, w, r []byte) error {
	p.advance(now)
	err := p.boards[node].Transfer(now, addr, w, r)
	if len(w) > 1 {
		p.known = false
		p.settle(now)
	}
	return err
}

// Advance lets time pass and returns what the boards did to their Pis since
// the last call, oldest first.
func (p *Pair) Advance(now time.Duration) []Event {
	if p.known && p.taken && now < p.next {
		p.now = max(p.now, now)
		return nil // as nearly always
	}
	p.advance(now)
	p.taken = true
	if len(p.boards[0].events)+len(p.boards[1].events) == 0 {
		return nil
	}
	var events []Event
	for node, b := range p.boards {
		for _, e := range b.take() {
			e.Node = node
			events = append(events, e)
		}
	}
	slices.SortStableFunc(events, func(a, b Event) int { return cmp.Compare(a.At, b.At) })
	return events
}

// Next is when one of the boards will do something by itself.
func (p *Pair) Next() time.Duration {
	if !p.known {
		p.next, p.known = min(p.boards[0].Next(), p.boards[1].Next()), true
	}
	return p.next
}

// advance goes from one event of either board to the next, because a cut can
// clear an output and so change the other board's input.
func (p *Pair) advance(now time.Duration) {
	now, p.taken = max(now, p.now), false
	for next := p.Next(); next <= now; next = p.Next() {
		p.known = false
		for _, b := range p.boards {
			if b.Next() <= next {
				b.step(next)
			}
		}
		p.settle(next)
	}
	for _, b := range p.boards {
		b.now = max(b.now, now) // nothing is due before
	}
}

// settle brings the levels of the outputs to the inputs.
func (p *Pair) settle(now time.Duration) {
	in := p.inputs()
	for node, b := range p.boards {
		b.SetIn(now, in[node])
		b.sense(p.sensed(node))
	}
}

// inputs is the level at each EXTIN.
func (p *Pair) inputs() [2]bool {
	var in [2]bool
	for node := range p.boards {
		switch p.wires[node] {
		case WireOK, WireHigh, WireLow:
			in[1-node] = in[1-node] || p.driven(node)
		case WireLooped:
			in[node] = in[node] || p.driven(node)
		case WireShorted:
			in[0] = in[0] || p.driven(node)
			in[1] = in[1] || p.driven(node)
		case WireCut, WireSwapped:
		}
	}
	return in
}

// sensed is the level that a board which reads its EXTOUT back finds there: a
// swapped plug brings the other board's.
func (p *Pair) sensed(node int) bool {
	return p.driven(node) || p.wires[1-node] == WireSwapped && p.boards[1-node].Out()
}

// driven is the level on the line at the node's EXTOUT.
func (p *Pair) driven(node int) bool {
	both := p.boards[0].Out() || p.boards[1].Out()
	switch p.wires[node] {
	case WireHigh:
		return true
	case WireLow:
		return false
	case WireSwapped, WireShorted:
		return both
	case WireOK, WireCut, WireLooped:
	}
	if p.wires[1-node] == WireShorted {
		return both
	}
	return p.boards[node].Out()
}
