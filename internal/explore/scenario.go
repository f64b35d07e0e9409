package explore

import (
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// Scenario is a beginning, and what may go wrong from there.
type Scenario struct {
	Name string
	Why  string // what could go wrong in it, in one sentence

	Horizon    time.Duration // model time that is walked
	Faults     int           // at most on one way
	Mends      int           // at most
	Delays     int           // letters lost or late, turns swapped, slow starts, at most
	HealWithin time.Duration // after everything is mended; 3 min
	Outside    string        // the assumption that it breaks, empty is none

	CutsAt     byte // seconds at which both boards cut; 0 tries 9, 10 and 11
	NeverCuts  bool // the boards never cut (outside A2)
	KeepsArmed bool // the vendor's start-up service leaves eipde alone
	NoWatchdog bool // nothing restarts a kernel that panicked
	Fine       bool // faults strike at any step, not only where something happens and every 2 s
	Failback   bool
	Prefers    int // the preferred node
	Begun      int // so many of the faults are in force at the beginning

	faults  []fault
	prepare func(w *world) // brings the world to the beginning
	most    int            // surprises of the search under way
}

// config is a node's configuration: the product's, with the waits that nothing
// but their length would show cut short.
func (p *Scenario) config(id int) scheduler.Config {
	return scheduler.Config{
		Self: nodeName(id), Peer: nodeName(1 - id), First: id == 0, Preferred: id == p.Prefers,
		Failback: p.Failback, FailbackDelay: 5 * time.Second, Exclusive: true,
		Hold: 12 * time.Second, Pulse: time.Second, StartWait: 6 * time.Second, ExtinWait: 20 * time.Second,
		StartTimeout: 8 * time.Second, StopTimeout: 4 * time.Second, BackWithin: 20 * time.Second,
	}
}

// begin is the world at the beginning of the scenario. What leads there is told
// as well, as the time before zero.
func (p *Scenario) begin(tell *story) *world {
	w := newWorld(p.quiet())
	w.tell = tell
	p.prepare(w)
	w.plan = p
	w.pick = &chooser{}
	w.begin(p)
	if tell != nil {
		tell.starts(w.now)
	}
	return w
}

// begin lets the faults strike that are there from the beginning. They cost
// nothing.
func (w *world) begin(p *Scenario) {
	w.calm = 0
	for i, f := range p.faults[:p.Begun] {
		f.do(w)
		w.spent.struck |= 1 << i
	}
}

// quiet is the scenario without surprises.
func (p *Scenario) quiet() *Scenario {
	q := *p
	q.most = 0
	return &q
}

// run lets time pass with no surprises until a condition holds, 3 min at most.
func (w *world) run(until func() bool) {
	for end := w.now + 3*time.Minute; w.now < end && !until(); {
		w.advance()
	}
}

func (w *world) wait(d time.Duration) {
	end := w.now + d
	w.run(func() bool { return w.now >= end })
}

// oldEnough is when nothing about a pair depends any more on how long it has
// been well, so that a fault now or later leads to the same state.
const oldEnough = 100 * time.Second

// powered gives both their power.
func powered(w *world) {
	w.setSupply(&w.nodes[0], true)
	w.setSupply(&w.nodes[1], true)
}

// serves brings the pair up from nothing: a serves, b is ready, both lines are
// tested.
func serves(w *world) {
	powered(w)
	w.run(w.well)
	w.wait(oldEnough)
}

// well is a pair with nothing left to do.
func (w *world) well() bool {
	for i := range w.nodes {
		n := &w.nodes[i]
		if !w.works(n) || n.disk.Wire.Result != scheduler.WirePassed || n.disk.PeerWire.Result != scheduler.WirePassed {
			return false
		}
	}
	return w.steady()
}

// split is a pair that serves, with the link gone this moment.
func split(w *world) {
	serves(w)
	w.net.blocked = [2]bool{true, true}
}

// moving is a pair that serves, and an operator who has the service moved.
func moving(w *world) {
	serves(w)
	commands(0, scheduler.VerbMove).do(w)
}

// expired are disks that know of good lines by tests of yesterday only.
func expired(w *world) {
	for i := range w.nodes {
		old := tested(w)
		old.At = old.At.Add(-26 * time.Hour)
		w.nodes[i].disk = scheduler.Disk{Boot: "old", Wire: old, PeerWire: old}
	}
}

// tested is a line whose test passed a moment ago.
func tested(w *world) scheduler.Wire {
	return scheduler.Wire{Result: scheduler.WirePassed, At: w.wall().Add(-time.Minute)}
}
