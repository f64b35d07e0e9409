package explore

import (
	"time"

	"github.com/futago-ha/futago/scheduler"
)

const (
	pace   = 500 * time.Millisecond // time advances by this
	stride = 4 * pace               // and by this while a lone node waits for nothing near
)

// world is one state of the model: both nodes, what is between them, and what
// the checkers have to remember.
type world struct {
	plan *Scenario
	pick *chooser
	tell *story // nil when nobody reads it

	now     time.Duration
	nodes   [2]node
	net     network
	facts   [2]facts
	server  int // the node that served last, -1 none yet
	unknown unknowns
	spent   spent
	calm    int // steps since something happened that may matter
	busy    bool
	excused time.Duration // since when both serve, because an assumption broke before the beginning

	lastBoot, lastSession uint64
	bad                   *Violation
}

// spent is what was used up of the scenario's surprises.
type spent struct {
	faults, mends, delays uint8
	struck                uint64 // faults in force, one bit each
}

func (s spent) cost() int { return int(s.faults) + int(s.mends) + int(s.delays) }

// newWorld is two nodes without power.
func newWorld(plan *Scenario) *world {
	w := &world{plan: plan, pick: &chooser{}, server: -1, now: time.Hour}
	for i := range w.nodes {
		n := &w.nodes[i]
		n.id, n.machine = i, new(scheduler.Machine)
		n.cable, n.bus = true, true
		n.cfg = plan.config(i)
	}
	return w
}

// copyTo makes dst the same state as w, and reuses its machines.
func (w *world) copyTo(dst *world) {
	a, b, pick := dst.nodes[0].machine, dst.nodes[1].machine, dst.pick
	*dst = *w
	dst.pick = pick
	dst.nodes[0].machine, dst.nodes[1].machine = a, b
	for i := range w.nodes {
		dst.nodes[i].copied(&w.nodes[i])
	}
	dst.net.copied()
}

// blank is a world to copy another one to.
func blank() *world {
	w := &world{pick: &chooser{}}
	for i := range w.nodes {
		w.nodes[i].machine = new(scheduler.Machine)
	}
	return w
}

func (w *world) peer(n *node) *node { return &w.nodes[1-n.id] }

// wallOrigin is the wall clock at the origin of the model's time.
var wallOrigin = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func (w *world) wall() time.Time { return wallOrigin.Add(w.now) }

func (w *world) instant() scheduler.Instant { return scheduler.Instant(w.now) }

// happened says that something came about that may matter, so that this is a
// moment at which a fault is worth trying.
func (w *world) happened() { w.busy = true }

// advance lets one step of time pass, with everything that happens in it.
func (w *world) advance() {
	w.surprise()
	w.busy = false
	w.now += w.length()
	w.boards()
	first := w.first()
	w.turn(&w.nodes[first])
	w.turn(&w.nodes[1-first])
	w.checkStep()
	if w.calm++; w.busy {
		w.calm = 0
	}
}

// length is how much time passes in this step: more while a lone node waits.
func (w *world) length() time.Duration {
	running := 0
	for i := range w.nodes {
		n := &w.nodes[i]
		if n.running {
			running++
		}
		if n.board.out || n.job.kind != idle || n.working() || n.wakesWithin(w.now, stride) || n.hung != 0 || !n.settled(w.now) {
			return pace
		}
	}
	if running > 1 || w.net.carries() {
		return pace
	}
	return stride
}

// first is the node whose turn comes first in this step.
func (w *world) first() int {
	if !w.nodes[0].running || !w.nodes[1].running || w.calm > 1 {
		return 0
	}
	return w.delay("%s is faster in this step than %s", nodeName(1), nodeName(0))
}

func nodeName(id int) string { return string(rune('a' + id)) }
