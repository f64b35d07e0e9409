package scheduler_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// The story's own times.
const (
	tickEvery = 100 * time.Millisecond
	letterFor = 2 * time.Millisecond   // on the way between the nodes
	lossAfter = 900 * time.Millisecond // membership notices
	cutAfter  = 10 * time.Second       // A2: an armed board cuts
	bootFor   = 20 * time.Second       // from power or reboot to the daemon
	origin    = scheduler.Instant(time.Hour)
)

var wallOrigin = time.Date(2026, 11, 20, 3, 0, 0, 0, time.UTC)

// alarm marks what the story's own checks found: it must be in no story that
// is not marked as wrong.
const alarm = "!! "

// world is virtual time and what happens in it: one machine with a scripted
// peer, or two machines with a wire, a network and a harness between them.
type world struct {
	now    time.Duration
	events []happening // sorted by time, then order
	order  int

	nodes   [2]*node
	peer    *script // of node 0, when the story is about one node
	linkCut bool
	shown   show
	out     strings.Builder
	lastOut string
	both    bool // both have the VIP, as told last
}

type happening struct {
	at    time.Duration
	order int
	do    func()
}

func newWorld() *world {
	w := &world{shown: showAll}
	w.nodes[0], w.nodes[1] = newNode(w, 0), newNode(w, 1)
	w.peer = newScript(w)
	return w
}

// pair makes the story one of two machines.
func (w *world) pair() {
	w.peer = nil
	w.shown = showDeeds
}

// after lets something happen in d from now.
func (w *world) after(d time.Duration, do func()) {
	w.order++
	h := happening{at: w.now + d, order: w.order, do: do}
	i, _ := slices.BinarySearchFunc(w.events, h, func(a, b happening) int {
		if a.at != b.at {
			return int(a.at - b.at)
		}
		return a.order - b.order
	})
	w.events = slices.Insert(w.events, i, h)
}

// run lets time pass; it ends early when done says so.
func (w *world) run(d time.Duration, done func() bool) bool {
	end := w.now + d
	for len(w.events) > 0 && w.events[0].at <= end {
		h := w.events[0]
		w.events = w.events[1:]
		w.now = h.at
		h.do()
		w.watch()
		if done != nil && done() {
			return true
		}
	}
	w.now = end
	return false
}

// watch is the story's own check of S1.
func (w *world) watch() {
	a, b := w.nodes[0], w.nodes[1]
	both := a.vip && b.vip && a.alive() && b.alive()
	if both && !w.both {
		w.sayf(nil, "%sboth nodes have the VIP", alarm)
	}
	w.both = both
}

// reach says whether frames get from one node to the other now.
func (w *world) reach() bool {
	a, b := w.nodes[0], w.nodes[1]
	return !w.linkCut && a.alive() && b.alive() && a.carrier && b.carrier
}

// lines follows every change of EXTOUT through the harness to the boards.
func (w *world) lines() {
	for i, n := range w.nodes {
		other := w.nodes[1-i]
		in := n.stuckIn || n.loop && n.extout || other.extout && !other.wireCut
		if in == n.extin {
			continue
		}
		n.extin = in
		n.rise++
		if in {
			n.riseAt = w.now
			n.edge(n.rise)
		}
	}
}

// edge is EXTIN going up: it wakes a board that is off, and cuts one that is
// armed when it stays.
func (n *node) edge(rise int) {
	if !n.powered {
		if n.supply {
			n.boots("extin")
		}
		return
	}
	n.w.after(cutAfter, func() {
		if n.rise == rise && n.extin && n.armed && n.powered {
			n.powerOff()
		}
	})
}

// alive says that the kernel runs: it answers ARP and carries frames.
func (n *node) alive() bool { return n.powered && !n.panicked }

// powerOff is the power cut: everything volatile is gone.
func (n *node) powerOff() {
	n.w.sayf(n, "-- loses its power")
	n.down()
	n.powered, n.armed = false, false
	n.w.lines()
}

// down ends the kernel: no daemon, no container, no address, line released.
func (n *node) down() {
	n.endDaemon()
	n.level, n.vip, n.lingers, n.extout, n.job, n.panicked = scheduler.LevelNone, false, false, false, job{}, false
}

// boots gives power and, after the boot, starts the daemon.
func (n *node) boots(reason string) {
	n.powered, n.woken = true, reason
	n.kernel++
	n.w.sayf(n, "-- gets power (%s)", reason)
	kernel := n.kernel
	n.w.after(bootFor, func() {
		if n.powered && n.kernel == kernel {
			n.startDaemon()
		}
	})
}

// reboot is an orderly restart of the machine.
func (n *node) reboot() {
	n.w.sayf(n, "-- reboots")
	n.down()
	n.w.lines()
	n.kernel++
	kernel := n.kernel
	n.w.after(bootFor, func() {
		if n.powered && n.kernel == kernel {
			n.startDaemon()
		}
	})
}

// post carries a letter to the other machine, or to the scripted peer.
func (w *world) post(from *node, l scheduler.Letter) {
	if w.peer != nil {
		w.after(letterFor, func() { w.peer.receive(l) })
		return
	}
	to := w.nodes[1-from.i]
	w.after(letterFor, func() {
		if w.reach() && to.m != nil && !to.deaf {
			to.lastLetter = l
			to.deliver(scheduler.Received{Letter: l})
		}
	})
}

// membership tells a node what memberlist would.
func (n *node) membership() {
	w := n.w
	if w.peer != nil {
		return // the scripted peer does that
	}
	other := w.nodes[1-n.i]
	answers := w.reach() && other.m != nil && !n.deaf && !other.deaf
	if answers {
		n.answered = w.now
	}
	up := answers || n.link && w.now-n.answered < lossAfter
	if up != n.link {
		n.link = up
		n.deliver(scheduler.Link{Up: up})
	}
}

func bootID(n *node) string { return fmt.Sprintf("%s-boot%d", n.name, n.kernel) }
