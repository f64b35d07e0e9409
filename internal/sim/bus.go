package sim

import (
	"time"

	"github.com/futago-ha/futago/internal/board"
)

// bus is a node's way to its board: one transfer at a time, and each may go
// wrong in the ways a bus has.
type bus struct {
	n      *node
	broken bool    // all transfers fail
	naks   float64 // so many are not acknowledged
	lies   bool    // reads show EXTOUT up although it is not (outside A3)

	hangs bool          // the next transfer hangs
	late  bool          // the next that raises the line hangs, and does it at the end
	until time.Duration // and the bus answers again at this instant
	acts  board.HangEffect
	flies uint64 // life of the kernel in which it has not come back
}

// retries is how often a transfer that was not acknowledged is made again.
const retries = 2

// flaky tells that the next transfer may end other than the last one did.
func (b *bus) flaky() bool { return b.naks > 0 || b.hangs || b.taken() }

// answers tells that the bus does its part: most readings come.
func (b *bus) answers() bool { return !b.broken && b.naks < 0.2 && !b.hangs && !b.taken() }

// silent tells that no transfer at all comes through.
func (b *bus) silent() bool { return b.broken || b.taken() }

// taken tells that a transfer hangs: also longer than it would, in a kernel that
// freezes meanwhile.
func (b *bus) taken() bool { return b.until > b.n.w.now || b.flies != 0 && b.flies == b.n.life }

func (b *bus) transfer(w []byte, r []byte) bool {
	if b.silent() {
		return false
	}
	if b.hangs {
		b.hang(w, b.n.w.spread(100*time.Millisecond, 40*time.Second))
		return false
	}
	if b.late && len(w) > 1 && w[0] == regIO && w[1]&bitOut != 0 {
		b.acts, b.late = board.ActsLast, false
		b.hang(w, b.n.w.between(100*time.Millisecond, 15*time.Second))
		return false
	}
	for try := 0; b.naks > 0 && b.n.w.chance(b.naks); try++ {
		if try == retries {
			return false
		}
	}
	return b.act(w, r)
}

func (b *bus) act(w, r []byte) bool {
	return b.n.w.pair.Transfer(b.n.w.now, b.n.id, busAddr, w, r) == nil
}

// hang is a transfer that does not come back in time: its caller takes it for
// failed, and what it was to write reaches the board at once, at the end, or
// never. Nothing else gets through meanwhile; the kernel has the bus.
func (b *bus) hang(w []byte, long time.Duration) {
	world := b.n.w
	b.hangs = false
	world.stir()
	b.until, b.flies = world.now+long, b.n.life
	write := append([]byte(nil), w...)
	b.n.say("BUS hangs until %.3f", b.until.Seconds())
	if b.acts == board.ActsFirst {
		b.act(write, nil)
	}
	b.n.kernel(b.until-world.now, func() {
		b.flies = 0
		if b.acts == board.ActsLast && len(write) > 1 {
			b.act(write, nil)
		}
	})
}

// busFaults are those of the way to the board.
func busFaults() []faultKind {
	return []faultKind{
		{name: "bus silent", weight: 2, outage: always(nothing), apply: func(n *node) func() {
			n.bus.broken = true
			return func() { n.bus.broken = false }
		}},
		{name: "bus NAKs", weight: 1, outage: always(nothing), apply: func(n *node) func() {
			n.bus.naks = pick(n.w, 0.02, 0.1, 0.5, 0.9)
			return func() { n.bus.naks = 0 }
		}},
		{name: "bus hangs", weight: 2, outage: always(nothing), apply: func(n *node) func() {
			n.bus.hangs, n.bus.acts = true, pick(n.w, board.ActsFirst, board.ActsLast, board.ActsNever)
			return func() { n.bus.hangs = false }
		}},
	}
}
