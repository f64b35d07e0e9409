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
	case nothingBroken:
	}
	w.settle()
	return n
}

// demandAllTheSame demands the service with what stays broken, and then mends that,
// too. A node that was never shown to be able to cut the other one may wait for a
// person.
func (p *plan) demandAllTheSame(n *node) {
	w := p.w
	if w.finale == nothingBroken || w.prof.mode == Bounded || w.over {
		return
	}
	limit := healWithin
	serves := w.await(limit, steadyFor, w.steady)
	if !serves && (w.finale != loneNode || n.peer().disk.Fenced != "") && !w.over {
		// A fenced node waits for extin_wait, and again after each hold that brought nothing.
		limit = 3 * (n.cfg.ExtinWait + secondExtin)
		serves = w.await(limit, steadyFor, w.steady)
	}
	if !serves && !w.over && !p.mayWait(n) {
		w.check.violate("L1", "nobody serves %s after the end of the faults; waits: %v", limit, w.waits())
	}
	if serves && w.finale == loneNode && !w.over {
		p.demandWake(n.peer())
	}
	n.gone, w.net.noRouter, n.engine.faults.hung = false, false, false
	w.settle()
	p.nursedOnce()
}

// mayWait tells that a person must help: the fence path of who is left never
// worked, or is not known to.
func (p *plan) mayWait(n *node) bool {
	for _, m := range p.w.nodes {
		if m.gone || p.w.finale == hungEngine && m == n {
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
	begin := max(f.word.at, f.care.started, f.care.owns)
	for pulses := 1; pulses <= 2; pulses++ {
		if until := begin + firstWake + time.Duration(pulses-1)*secondWake; w.now < until {
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

// wakesNobody tells that a node need not wake the other one: it went on purpose, is
// in quarantine, or was never heard by this daemon, or it cannot be cut.
func (n *node) wakesNobody() bool {
	k, f := &n.disk, &n.w.check.node[n.id]
	left := k.PeerLeft != scheduler.Staying && k.PeerLeft != scheduler.Rebooting && k.PeerLeftIn == n.bootID
	alone := (len(f.knew) == 0 || !f.care.met) && f.grounds.holdFrom < f.care.started
	return f.care.contests || k.PeerOff || left || alone || len(k.Fences) >= quarantine || k.Wire.Result != scheduler.WirePassed || k.PeerUnarmed
}
