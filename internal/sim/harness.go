package sim

import (
	"time"

	"github.com/futago-ha/futago/internal/board"
)

// The board's bus address and registers, as the vendor's library names them.
const (
	busAddr     = 0x6E
	regCount    = 0x08 // external_input_count
	regWatchdog = 0x09 // watchdog_timeout
	regSleep    = 0x0A // sleep_timeout
	regWatchCtl = 0x0B
	regInput    = 0x0C // input_control
	regIO       = 0x0D // io_status
	regWakeup   = 0x0E
	bitRestart  = 1 << 0
	bitArmed    = 1 << 0
	bitLevel    = 1 << 1
	bitOut      = 1 << 0
	bitIn       = 1 << 1
)

var wakeups = [...]string{"poweron", "watchdog", "alarm", "switch", "extin", "ri", "restoration"}

// reading is one look at the lines.
type reading struct {
	out, in bool
	count   int
}

func (b *bus) load(reg byte) (byte, bool) {
	var r [1]byte
	ok := b.transfer([]byte{reg}, r[:])
	return r[0], ok
}

func (b *bus) store(reg, v byte) bool {
	b.n.w.stir()
	return b.transfer([]byte{reg, v}, nil)
}

// lines reads EXTOUT and EXTIN in one transfer, and the count when EXTIN is up.
func (b *bus) lines() (reading, bool) {
	io, ok := b.load(regIO)
	if !ok {
		return reading{}, false
	}
	r := reading{out: io&bitOut != 0 || b.lies, in: io&bitIn != 0}
	if r.in {
		count, ok := b.load(regCount)
		if !ok {
			return reading{}, false
		}
		r.count = int(count)
	}
	return r, true
}

func (b *bus) raise() bool { return b.store(regIO, bitOut) }
func (b *bus) lower() bool { return b.store(regIO, 0) }

// arm sets or clears eipde, with the edge trigger.
func (b *bus) arm(on bool) bool {
	v, ok := b.load(regInput)
	if !ok {
		return false
	}
	v &^= bitLevel | bitArmed
	if on {
		v |= bitArmed
	}
	return b.store(regInput, v)
}

func (b *bus) armed() (armed, ok bool) {
	v, ok := b.load(regInput)
	return ok && v&bitArmed != 0 && v&bitLevel == 0, ok
}

func (b *bus) woken() (reasons []string, ok bool) {
	v, ok := b.load(regWakeup)
	if !ok {
		return nil, false
	}
	var why []string
	for i, name := range wakeups {
		if v&(1<<i) != 0 {
			why = append(why, name)
		}
	}
	return why, true
}

// watchdog sets the board's watchdog; 0 is off.
func (b *bus) watchdog(timeout time.Duration) bool {
	return b.store(regWatchCtl, bitRestart) && b.store(regWatchdog, byte(timeout/time.Second))
}

// The physical state, for the world and the checkers.
func (n *node) out() bool { return n.w.pair.Board(n.id).Out() }

// extin is the level at a node's EXTIN, whoever drives it.
func (n *node) extin() bool {
	// Not exhaustive: every other wire keeps the line from this node.
	//exhaustive:ignore
	switch n.w.pair.Wire(1 - n.id) {
	case board.WireOK:
		return n.peer().out()
	case board.WireHigh:
		return true
	}
	return false
}

func (n *node) onBoard(act func(*board.Board)) { n.w.pair.Do(n.w.now, n.id, act) }

func (n *node) supply(on bool) {
	n.supplied = on && !n.gone
	n.onBoard(func(b *board.Board) { b.Supply(n.w.now, n.supplied) })
}

func (n *node) beat() {
	n.w.pair.Heartbeat(n.w.now, n.id)
}
