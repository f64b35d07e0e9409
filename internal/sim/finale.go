package sim

import (
	"math/rand/v2"
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// How a run of the unlimited mode ends. Most often everything is mended. In some
// runs one thing stays broken for good, and the service is demanded all the same
// (L1). This and the rare faults are drawn from lots of their own, so the runs
// without stay as they were.

// finale is what stays broken.
type finale int

const (
	nothingBroken finale = iota
	loneNode             // one node has no power any more
	noRouter             // the references of both are gone
	hungEngine           // the container engine of one node
	blindNode            // the same, its daemon starts anew, and the other node, too
	lastFenced           // one node has no power any more, after it cut the other one
	oldTest              // neither had power for a day, and one gets none any more
)

func newLots(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0x66696e616c65)) }

// drawFinale is for runs of the unlimited mode.
func drawFinale(lots *rand.Rand) finale {
	switch lots.IntN(12) {
	case 0, 1:
		return loneNode
	case 2:
		return noRouter
	case 3:
		return hungEngine
	case 4:
		return blindNode
	case 5:
		return lastFenced
	case 6:
		return oldTest
	}
	return nothingBroken
}

// breaks lets what stays broken break, and returns the node that it is about.
func (p *plan) breaks() *node {
	w := p.w
	n := w.nodes[w.lots.IntN(2)]
	if w.prof.mode == Bounded {
		return n
	}
	serves := n.serving() || w.check.node[n.id].lastSaid.Own != 0 // or is about to
	if w.finale == blindNode && serves || w.finale == lastFenced && !n.serving() {
		n = n.peer()
	}
	switch w.finale {
	case loneNode:
		n.say("FOR GOOD without power")
		n.gone = true
		n.supply(false)
	case noRouter:
		w.say("FOR GOOD without a router")
		w.net.noRouter = true
	case hungEngine:
		n.say("FOR GOOD a hung engine")
		n.engine.faults.hung = true
	case blindNode:
		n.say("FOR GOOD a hung engine, of which its daemon knows nothing")
		n.engine.faults.hung = true
		n.killDaemon()
		n.peer().blinks(time.Second)
	case lastFenced:
		w.cutsAndGoes(n)
	case oldTest:
		n.say("FOR GOOD without power, after a day without for both")
		n.gone = true
		n.supply(false)
		n.peer().blinks(time.Second)
		if !w.planning.on { // a calendar has clocks that are set of its own
			n.peer().setClock(aDay)
		}
	case nothingBroken:
	}
	w.settle()
	return n
}

// blinks takes a node's power for a while.
func (n *node) blinks(long time.Duration) {
	n.supply(false)
	n.w.after(long, func() { n.supply(true) })
}

// cutsAndGoes has a server cut the other node, which it does not hear any more, and
// then takes its power for good: who is left was fenced.
func (w *world) cutsAndGoes(n *node) {
	n.say("FOR GOOD without power, once it has cut %s", nodeName(1-n.id))
	n.w.net.blocked = [2]bool{true, true}
	began := w.now
	for w.now-began < silentAndHeld && w.check.node[1-n.id].cutAt < began && !w.over {
		w.run(w.now + 500*time.Millisecond)
	}
	n.gone = true
	n.supply(false)
	n.w.net.blocked = [2]bool{}
}

// silentAndHeld is how long a server takes to cut a silent node.
const silentAndHeld = 100 * time.Second

// demandAllTheSame demands the service with what stays broken, and then mends that,
// too. A node that was never shown to be able to cut the other one may wait for a
// person.
func (p *plan) demandAllTheSame(n *node) {
	w := p.w
	if w.finale == nothingBroken || w.prof.mode == Bounded || w.over {
		return
	}
	limit := healWithin
	lone := w.finale == loneNode || w.finale == lastFenced || w.finale == oldTest
	waits := !lone || n.peer().disk.Fenced != ""
	serves := w.await(limit, steadyFor, w.steady)
	if !serves && (waits || n.peer().disk.Fenced != "") && !w.over {
		// A fenced node waits for extin_wait, and again after each hold that brought nothing.
		limit = 3 * (n.cfg.ExtinWait + secondExtin)
		serves = w.await(limit, steadyFor, w.steady)
	}
	if !serves && !w.over && !p.mayWait(n) {
		w.check.violate("L1", "nobody serves %s after the end of the faults; waits: %v", limit, w.waits())
	}
	if serves && lone && !w.over {
		p.demandWake(n.peer())
	}
	n.gone, w.net.noRouter, n.engine.faults.hung = false, false, false
	if w.finale == oldTest && !w.planning.on {
		n.setClock(aDay) // it was as long without power
	}
	w.settle()
	p.nursedOnce()
}

// mayWait tells that a person must help: the fence path of who is left never
// worked, or is not known to.
func (p *plan) mayWait(n *node) bool {
	for _, m := range p.w.nodes {
		if m.gone || (p.w.finale == hungEngine || p.w.finale == blindNode) && m == n {
			continue
		}
		if m.disk.Wire.Result != scheduler.WirePassed || m.disk.PeerUnarmed {
			return true
		}
	}
	return false
}

const (
	firstWake  = 5*time.Minute + 45*time.Second // what a planned reboot may take, on a slow clock
	secondWake = 3 * time.Minute                // the pause between two pulses, and a hold before the first
)

// demandWake demands that a server tries to wake a node that stays away, and goes
// on trying (L3).
func (p *plan) demandWake(n *node) {
	w := p.w
	f := &w.check.node[n.id]
	begin := max(f.word.at, f.care.started, f.care.owns, f.uplink.badAt) // without uplink it may not hold
	for pulses := 1; pulses <= 2; pulses++ {
		until := begin + firstWake + time.Duration(pulses-1)*secondWake
		if pulses > 1 { // what it said meanwhile without hearing this node shortens no pause
			until = max(until, f.care.pulseAt+pauseAfter(f.care.row)+secondWake/2)
		}
		if w.now < until {
			w.run(until)
		}
		if w.over || n.d == nil || n.wakesNobody() {
			return
		}
		if f.care.pulses < pulses {
			w.check.violate("L3", "%s serves alone and pulsed %d times within %s after the last word of %s", nodeName(n.id), f.care.pulses, w.now-begin, nodeName(1-n.id))
		}
	}
}

// pauseAfter is the pause after so many wake pulses in a row.
func pauseAfter(row int) time.Duration {
	return min(90*time.Second<<min(max(row, 1)-1, 8), 15*time.Minute)
}

// wakesNobody tells that a node need not wake the other one: it went on purpose, is
// in quarantine, or was never heard by this daemon, which knows of no planned reboot
// either, or it cannot be cut.
func (n *node) wakesNobody() bool {
	k, f := &n.disk, &n.w.check.node[n.id]
	left := k.PeerLeft != scheduler.Staying && k.PeerLeft != scheduler.Rebooting && k.PeerLeftIn == n.bootID
	told := k.PeerBackBy != 0 && k.PeerLeftIn == n.bootID
	alone := !told && (len(f.knew) == 0 || !f.care.met) && f.grounds.holdFrom < f.care.started
	return f.care.contests || k.PeerOff || left || alone || len(k.Fences) >= quarantine || k.Wire.Result != scheduler.WirePassed || k.PeerUnarmed
}
