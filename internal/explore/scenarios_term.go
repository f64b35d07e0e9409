package explore

import (
	"time"

	"github.com/futago-ha/futago/scheduler"
)

func releaseLostOneWay() Scenario {
	return Scenario{
		Name: "release lost one way", Why: "a release is lost one way",
		prepare: moving,
		faults:  []fault{oneWay(0), oneWay(1), linkCut(), supplyOff(0), kill(0)},
	}
}

func adoption() Scenario {
	return Scenario{
		Name: "adoption", Why: "a daemon restarts and adopts what runs",
		prepare: func(w *world) {
			serves(w)
			w.kill(&w.nodes[0])
		},
		faults: []fault{linkCut(), kill(0), kill(1), hang(1, 6*time.Second), stops(0, departure{restart: true}, "restart its daemon")},
	}
}

// parity begins with a server that takes the next term after its own.
func parity() Scenario {
	return Scenario{
		Name: "parity", Why: "two nodes could take the same term",
		prepare: func(w *world) {
			w.nodes[0].disk = scheduler.Disk{Boot: "old", Term: 3, Wire: tested(w), PeerWire: tested(w)}
			w.nodes[1].disk = scheduler.Disk{Boot: "old", Term: 4, Released: 4, Wire: tested(w), PeerWire: tested(w)}
			powered(w)
		},
		faults: []fault{linkCut(), oneWay(0), oneWay(1), supplyBlinks(0), supplyBlinks(1)},
	}
}

func stateLost() Scenario {
	return Scenario{
		Name: "state lost", Why: "a node meets its peer after it lost its state",
		prepare: func(w *world) {
			serves(w)
			losesState(0).do(w)
		},
		faults: []fault{losesState(0), losesState(1), linkCut(), oneWay(0), supplyBlinks(1)},
	}
}

// staleLeftNote: a left, b took over and lost its supply; a came back alone,
// fenced b and serves. b has a note that a left.
func staleLeftNote() Scenario {
	return Scenario{
		Name: "stale left note", Why: "a note that the peer left outlives what it says",
		prepare: func(w *world) {
			serves(w)
			w.ask(&w.nodes[0], departure{})
			w.run(func() bool { return !w.nodes[0].running && w.nodes[1].healthy() })
			w.setSupply(&w.nodes[1], false)
			w.startAgain(&w.nodes[0])
			w.run(w.nodes[0].healthy)
			w.setSupply(&w.nodes[1], true)
		},
		Begun:  1,
		faults: []fault{oneWay(0), stops(0, departure{}, "stop"), oneWay(1), supplyBlinks(1), kill(1)},
	}
}

// leaves is the note while it is fresh.
func leaving() Scenario {
	return Scenario{
		Name: "leave", Why: "a node leaves, comes back, and its promise is still believed",
		prepare: func(w *world) {
			serves(w)
			w.ask(&w.nodes[0], departure{})
		},
		faults: []fault{startDaemon(0), oneWay(0), oneWay(1), linkCut(), kill(1)},
	}
}

func takerFails() Scenario {
	return Scenario{
		Name: "taker fails", Why: "the taker of a handoff fails before or after it wrote its term",
		prepare: moving,
		faults:  []fault{diesWriting(1, diesBefore), diesWriting(1, diesAfter), diskReadOnly(1), engineFails(1, failsStart), linkCut()},
	}
}

// releaseReturned: the taker gives the release back, because it was put on
// standby in between.
func releaseReturned() Scenario {
	return Scenario{
		Name: "release returned", Why: "a taker that cannot take gives the release back, and then could",
		prepare: func(w *world) {
			moving(w)
			w.run(func() bool { return w.facts[0].said.State.Leading != 0 })
			commands(1, scheduler.VerbStandby).do(w)
		},
		faults: []fault{commands(1, scheduler.VerbUnstandby), oneWay(0), oneWay(1), kill(1), supplyOff(0)},
	}
}

func failedStop() Scenario {
	return Scenario{
		Name: "failed stop", Why: "the owner cannot stop its container and is fenced",
		prepare: moving, Begun: 1,
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
