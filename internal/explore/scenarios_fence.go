package explore

import (
	"time"

	"github.com/futago-ha/futago/scheduler"
)

func wireKnownBroken() Scenario {
	return Scenario{
		Name: "wire known broken", Why: "at the start a wire is known to be broken",
		prepare: func(w *world) {
			w.net.wire[0] = wireCut
			for i := range w.nodes {
				w.nodes[i].disk = scheduler.Disk{Boot: "old", Wire: tested(w), PeerWire: tested(w)}
			}
			w.nodes[0].disk.Wire.Result, w.nodes[1].disk.PeerWire.Result = scheduler.WireFailed, scheduler.WireFailed
			w.setSupply(&w.nodes[0], true)
			w.setSupply(&w.nodes[1], true)
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
		faults: []fault{linkCut(), kill(0), supplyBlinks(0), supplyBlinks(1), busSilent(0)},
	}
}

func noUplinkHeardOneWay() Scenario {
	return Scenario{
		Name: "no uplink, heard one way", Why: "a server without uplink is heard one way only",
		prepare: func(w *world) {
			serves(w)
			w.net.blocked[1] = true
			w.nodes[0].cable = false
		},
		faults: []fault{cableOut(0), oneWay(0), oneWay(1), kill(0), supplyBlinks(1)},
	}
}

func busFailsInMidHold() Scenario {
	return Scenario{
		Name: "bus fails in mid-hold", Why: "the bus of a holder does not answer for a while",
		prepare: func(w *world) {
			split(w)
			w.setSupply(&w.nodes[0], false)
			w.run(func() bool { return w.nodes[1].job.kind == hold })
			w.setSupply(&w.nodes[0], true)
		},
		faults: []fault{busSilent(1), busSilent(0), kill(1), linkCut(), cableOut(1)},
	}
}

func takerFails() Scenario {
	return Scenario{
		Name: "taker fails", Why: "the taker of a handoff fails before or after it wrote its term",
		prepare: func(w *world) {
			serves(w)
			commands(0, scheduler.VerbMove).do(w)
		},
		faults: []fault{diesWriting(1, diesBefore), diesWriting(1, diesAfter), diskReadOnly(1), engineFails(1, failsStart), linkCut()},
	}
}

func bothFenced() Scenario {
	return Scenario{
		Name: "both fenced", Why: "both nodes were fenced and the link is down", Horizon: 75 * time.Second,
		prepare: func(w *world) {
			serves(w)
			w.net.blocked = [2]bool{true, true}
			for i := range w.nodes {
				n := &w.nodes[i]
				w.setSupply(n, false)
				w.setSupply(n, true)
				n.board.woken = "extin"
			}
		},
		faults: []fault{linkCut(), oneWay(0), supplyBlinks(0), supplyBlinks(1), kill(1)},
	}
}

func wireTestExpired() Scenario {
	return Scenario{
		Name: "wire test expired", Why: "the last test of the line is older than 25 h",
		prepare: func(w *world) {
			for i := range w.nodes {
				old := tested(w)
				old.At = old.At.Add(-26 * time.Hour)
				w.nodes[i].disk = scheduler.Disk{Boot: "old", Wire: old, PeerWire: old}
				w.setSupply(&w.nodes[i], true)
			}
		},
		faults: []fault{linkCut(), oneWay(1), kill(0), kill(1), busSilent(1)},
	}
}

func failedStop() Scenario {
	return Scenario{
		Name: "failed stop", Why: "the owner cannot stop its container and is fenced",
		prepare: func(w *world) {
			serves(w)
			engineFails(0, failsStop).do(w)
			commands(0, scheduler.VerbMove).do(w)
		},
		faults: []fault{engineFails(0, failsStop), linkCut(), oneWay(0), kill(1), cableOut(1)},
	}
}

func plannedReboot() Scenario {
	return Scenario{
		Name: "planned reboot", Why: "a node reboots as planned", Failback: true,
		prepare: func(w *world) {
			serves(w)
			commands(0, scheduler.VerbReboot).do(w)
		},
		faults: []fault{linkCut(), oneWay(1), kill(1), supplyOff(0), diskReadOnly(1)},
	}
}
