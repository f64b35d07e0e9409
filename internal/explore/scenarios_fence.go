package explore

import (
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// wireKnownBroken: the line of a does not reach b, which serves.
func wireKnownBroken() Scenario {
	return Scenario{
		Name: "wire known broken", Why: "at the start a wire is known to be broken", Prefers: 1,
		prepare: func(w *world) {
			w.net.wire[0] = wireCut
			for i := range w.nodes {
				w.nodes[i].disk = scheduler.Disk{Boot: "old", Wire: tested(w), PeerWire: tested(w)}
			}
			w.nodes[0].disk.Wire.Result, w.nodes[1].disk.PeerWire.Result = scheduler.WireFailed, scheduler.WireFailed
			powered(w)
		},
		faults: []fault{linkCut(), oneWay(0), supplyOff(0), panics(0), kill(0)},
	}
}

func cutAt11S() Scenario {
	return Scenario{
		Name: "cut at 11 s", Why: "the boards cut as late as they may", CutsAt: 11,
		prepare: func(w *world) {
			split(w)
			hang(0, 30*time.Second).do(w)
		},
		Begun:  1,
		faults: []fault{linkCut(), hang(0, 9*time.Second), hang(1, 3*time.Second), busSilent(0), busSilent(1)},
	}
}

func lineStuck() Scenario {
	return Scenario{
		Name: "line stuck", Why: "a node died and its line stays up", NoWatchdog: true, Horizon: 75 * time.Second,
		prepare: func(w *world) {
			split(w)
			hang(0, 4*time.Second).do(w)
			w.run(func() bool { return w.nodes[1].job.kind == hold })
			w.panics(&w.nodes[1])
		},
		Begun:  1,
		faults: []fault{linkCut(), kill(0), supplyBlinks(0), supplyBlinks(1), busSilent(0)},
	}
}

// busFailsInMidHold: b holds against a, whose supply comes back meanwhile.
func busFailsInMidHold() Scenario {
	return Scenario{
		Name: "bus fails in mid-hold", Why: "the bus of a holder does not answer for a while",
		prepare: func(w *world) {
			split(w)
			w.setSupply(&w.nodes[0], false)
			w.run(func() bool { return w.nodes[1].job.kind == hold })
			w.setSupply(&w.nodes[0], true)
		},
		Begun:  1,
		faults: []fault{linkCut(), busSilent(1), busSilent(0), kill(1), cableOut(1)},
	}
}

// serverHangs: b holds against a, whose daemon hangs and whose kernel answers.
func serverHangs() Scenario {
	return Scenario{
		Name: "server hangs", Why: "a server hangs for less or more than a hold",
		prepare: serves,
		faults:  []fault{hang(0, 7*time.Second), hang(0, 25*time.Second), linkCut(), busSilent(1), busSilent(0)},
	}
}

func wireTestExpired() Scenario {
	return Scenario{
		Name: "wire test expired", Why: "the last test of the line is older than 25 h",
		prepare: func(w *world) { expired(w); powered(w) },
		faults:  []fault{linkCut(), oneWay(1), kill(0), kill(1), busSilent(1)},
	}
}

// wireBrokeSince: the line of b broke after its last test, which is too old to
// say otherwise; both met a moment ago.
func wireBrokeSince() Scenario {
	return Scenario{
		Name: "wire broke since its test", Why: "a line that no longer works is believed to work",
		prepare: func(w *world) {
			expired(w)
			w.net.wire[1] = wireCut
			powered(w)
			w.run(func() bool { return w.nodes[0].disk.PeerBoot != "" && w.nodes[1].disk.PeerBoot != "" })
		},
		faults: []fault{linkCut(), oneWay(0), oneWay(1), cableOut(0), cableOut(1)},
	}
}
