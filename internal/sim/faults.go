package sim

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/futago-ha/futago/internal/board"
)

// faultKind is one way to break something. It says how, and how to mend it.
type faultKind struct {
	name   string
	weight int
	// apply breaks something about the node and returns what mends it; nil when
	// it mends itself.
	apply func(n *node) (mend func())
	// outage is how long clients may go without an answer in a bounded run, by
	// whether the node served; negative is not demanded.
	outage func(server bool) time.Duration
	// outside names the assumption that this breaks.
	outside string
}

const (
	nothing  = 0
	anything = -1
	// A loss: noticed, held, judged, containers started, address claimed.
	takeover = 35 * time.Second
	handover = 15 * time.Second
	// A kernel that dies in the moment of a wire test, on a board that keeps EXTOUT
	// until the next one: the other node is cut as well, and the first that boots
	// waits for it, holds and takes over.
	linesCut = 100 * time.Second
)

func always(d time.Duration) func(bool) time.Duration {
	return func(bool) time.Duration { return d }
}

// ifServer demands the one when the node served, the other when not.
func ifServer(yes, no time.Duration) func(bool) time.Duration {
	return func(server bool) time.Duration {
		if server {
			return yes
		}
		return no
	}
}

// drawFaults chooses which kinds of faults a run has, and how thick they come:
// a run with few kinds goes deeper than one with all.
func drawFaults(w *world, p *profile) {
	p.setup = pick(w, 0, time.Minute, 3*time.Minute, 3*time.Minute)
	p.faults = w.spread(3*time.Minute, 40*time.Minute)
	p.gap = w.spread(2*time.Second, 90*time.Second)
	p.outside = w.chance(0.05)
	share := pick(w, 0.15, 0.3, 0.6, 1.0)
	for _, k := range commonFaults() {
		if k.outside != "" && !p.outside {
			continue
		}
		if w.chance(share) {
			p.kinds = append(p.kinds, k)
		}
	}
	if p.mode == Bounded {
		p.setup, p.faults = 4*time.Minute, 30*time.Minute
	}
	if len(p.kinds) == 0 {
		p.kinds = netFaults()[:1]
	}
	p.kinds = append(p.kinds, drawRare(w.lots)...)
}

// narrow leaves the named kinds of faults only, and brings them close together:
// for a rule of which few kinds are the test.
func (p *profile) narrow(only []string) {
	if len(only) == 0 {
		return
	}
	p.kinds = slices.DeleteFunc(allFaults(), func(k faultKind) bool { return !slices.Contains(only, k.name) })
	p.gap = min(p.gap, narrowGap)
	if slices.Contains(only, "old letters") {
		p.replay = max(p.replay, fewReplays) // or no letter would be remembered
	}
}

// fewReplays is the share of letters that brings an old one along in a narrow run
// of which old letters are a fault.
const fewReplays = 0.001

// narrowGap is the longest average pause between the faults of a narrow run.
const narrowGap = 20 * time.Second

// faultNames reads names with commas between them.
func faultNames(list string) ([]string, error) {
	if list == "" {
		return nil, nil
	}
	names := strings.Split(list, ",")
	var known []string
	for _, k := range allFaults() {
		known = append(known, k.name)
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("no fault is called %q; there are: %s", name, strings.Join(known, ", "))
		}
	}
	return names, nil
}

func allFaults() []faultKind { return append(commonFaults(), rareFaults()...) }

func commonFaults() []faultKind {
	var all []faultKind
	for _, some := range [][]faultKind{netFaults(), powerFaults(), processFaults(), diskFaults(), busFaults(), partFaults(), personFaults(), outsideFaults()} {
		all = append(all, some...)
	}
	return all
}

func netFaults() []faultKind {
	return []faultKind{
		{name: "link cut", weight: 5, outage: always(nothing), apply: func(n *node) func() {
			t := &n.w.net
			t.blocked = [2]bool{true, true}
			return func() { t.blocked = [2]bool{} }
		}},
		{name: "one way", weight: 3, outage: always(nothing), apply: func(n *node) func() {
			t := &n.w.net
			t.blocked[n.id] = true
			return func() { t.blocked[n.id] = false }
		}},
		{name: "loss", weight: 2, outage: always(nothing), apply: func(n *node) func() {
			t := &n.w.net
			t.burst = pick(n.w, 0.3, 0.6, 0.9)
			return func() { t.burst = 0 }
		}},
		{name: "switch off", weight: 2, outage: always(anything), apply: func(n *node) func() {
			t := &n.w.net
			t.setSwitch(false)
			return func() { t.setSwitch(true) }
		}},
		{name: "router off", weight: 1, outage: always(nothing), apply: func(n *node) func() {
			t := &n.w.net
			t.router = false
			return func() { t.router = true }
		}},
		{name: "cable pulled", weight: 4, outage: ifServer(takeover, nothing), apply: func(n *node) func() {
			n.cable = false
			n.uplinkChanged()
			return func() { n.cable = true; n.uplinkChanged() }
		}},
		{name: "one-way loss", weight: 2, outage: always(nothing), apply: func(n *node) func() {
			n.w.net.lose[n.id] = pick(n.w, 0.3, 0.6, 0.9)
			return func() { n.w.net.lose[n.id] = 0 }
		}},
		{name: "slow network", weight: 1, outage: always(anything), apply: func(n *node) func() {
			n.w.net.slow = n.w.spread(50*time.Millisecond, 4*time.Second)
			return func() { n.w.net.slow = 0 }
		}},
		{name: "stranger has the VIP", weight: 1, outage: always(anything), apply: func(n *node) func() {
			return n.w.strange(n)
		}},
		{name: "VIP lingers", weight: 1, outage: always(anything), apply: func(n *node) func() {
			return n.cling()
		}},
		{name: "proxy ARP", weight: 1, outage: always(anything), apply: func(n *node) func() {
			return n.proxy()
		}},
		{name: "old letters", weight: 1, outage: always(nothing), apply: func(n *node) func() {
			for range 20 {
				n.w.net.replay(n)
			}
			return nil
		}},
	}
}

func powerFaults() []faultKind {
	return []faultKind{
		{name: "supply off", weight: 3, outage: ifServer(takeover, nothing), apply: func(n *node) func() {
			n.supply(false)
			return func() { n.supply(true) }
		}},
		{name: "both supplies off", weight: 1, outage: always(anything), apply: func(n *node) func() {
			p := n.peer()
			n.supply(false)
			p.supply(false)
			return func() { n.supply(true); p.supply(true) }
		}},
		{name: "supply blinks", weight: 2, outage: ifServer(takeover, nothing), apply: func(n *node) func() {
			n.supply(false)
			n.w.after(n.w.spread(10*time.Millisecond, 5*time.Second), func() { n.supply(true) })
			return nil
		}},
		{name: "panic", weight: 3, outage: ifServer(takeover, nothing), apply: func(n *node) func() {
			n.panics()
			return func() {
				if n.panicked {
					n.supply(false)
					n.w.after(time.Second, func() { n.supply(true) })
				}
			}
		}},
		{name: "alarm", weight: 1, outage: always(nothing), apply: func(n *node) func() {
			n.onBoard(func(b *board.Board) {
				b.SetAlarm(n.w.now, n.w.now+n.w.spread(5*time.Second, 10*time.Minute))
			})
			return nil
		}},
		{name: "freeze", weight: 2, outage: ifServer(2*takeover, nothing), apply: func(n *node) func() {
			n.freeze(n.w.spread(100*time.Millisecond, 40*time.Second))
			return nil
		}},
	}
}

func processFaults() []faultKind {
	return []faultKind{
		{name: "daemon killed", weight: 4, outage: always(nothing), apply: func(n *node) func() {
			n.killDaemon()
			return nil
		}},
		{name: "daemon hangs", weight: 2, outage: ifServer(takeover, nothing), apply: func(n *node) func() {
			if n.d != nil && n.d.hung <= n.w.now {
				n.d.hang(n.w.spread(100*time.Millisecond, 25*time.Second))
			}
			return nil
		}},
		{name: "crash at a step", weight: 4, outage: always(takeover), apply: func(n *node) func() {
			n.pending = &crash{steps: 1 + n.w.rng.IntN(60), at: pick(n.w, before, after), how: drawDeath(n)}
			return func() { n.pending = nil }
		}},
	}
}

func drawDeath(n *node) func() {
	return pick(n.w, n.killDaemon, n.panics, func() {
		n.supply(false)
		n.w.after(n.w.spread(100*time.Millisecond, 20*time.Second), func() { n.supply(true) })
	})
}

func partFaults() []faultKind {
	return []faultKind{
		{name: "wire cut", weight: 1, outage: always(nothing), apply: wireFault(board.WireCut)},
		{name: "wire high", weight: 1, outage: always(anything), apply: wireFault(board.WireHigh)},
		{name: "wire low", weight: 1, outage: always(nothing), apply: wireFault(board.WireLow)},
		{name: "wire swapped", weight: 1, outage: always(anything), apply: wireFault(board.WireSwapped)},
		{name: "wire looped", weight: 1, outage: always(anything), apply: wireFault(board.WireLooped)},
		{name: "wires shorted", weight: 1, outage: always(anything), apply: wireFault(board.WireShorted)},
		{name: "container dies", weight: 2, outage: ifServer(handover, nothing), apply: func(n *node) func() {
			n.engine.ovl, n.engine.excl = false, false
			if n.d != nil {
				n.d.proc(30*time.Millisecond, n.d.work.died)
			}
			return nil
		}},
		engineFault("start fails", func(f *engineFaults, on bool) { f.failStart = on }),
		engineFault("start slow", func(f *engineFaults, on bool) { f.slowStart = on }),
		engineFault("stop fails", func(f *engineFaults, on bool) { f.failStop = on }),
		engineFault("engine hung", func(f *engineFaults, on bool) { f.hung = on }),
	}
}

func wireFault(state board.Wire) func(*node) func() {
	return func(n *node) func() {
		n.w.pair.SetWire(n.w.now, n.id, state)
		return func() { n.w.pair.SetWire(n.w.now, n.id, board.WireOK) }
	}
}

func engineFault(name string, set func(*engineFaults, bool)) faultKind {
	return faultKind{name: name, weight: 1, outage: always(anything), apply: func(n *node) func() {
		set(&n.engine.faults, true)
		return func() { set(&n.engine.faults, false) }
	}}
}
