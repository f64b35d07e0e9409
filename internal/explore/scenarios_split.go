package explore

import (
	"time"

	"github.com/futago-ha/futago/scheduler"
)

func coldStart() Scenario {
	return Scenario{
		Name: "cold start", Why: "both come up together and nobody ever served",
		prepare: func(w *world) {
			w.setSupply(&w.nodes[0], true)
			w.setSupply(&w.nodes[1], true)
		},
		faults: []fault{linkCut(), oneWay(0), oneWay(1), supplyOff(0), kill(1)},
	}
}

func claimsDiffer() Scenario {
	return Scenario{
		Name: "claims differ", Why: "uplink and owner claims differ between the nodes",
		prepare: serves,
		faults:  []fault{cableOut(0), cableOut(1), oneWay(0), oneWay(1), commands(0, scheduler.VerbMove)},
	}
}

func releaseLostOneWay() Scenario {
	return Scenario{
		Name: "release lost one way", Why: "a release is lost one way",
		prepare: func(w *world) {
			serves(w)
			commands(0, scheduler.VerbMove).do(w)
		},
		faults: []fault{oneWay(0), oneWay(1), linkCut(), supplyOff(0), kill(0)},
	}
}

func supplyCycledInASplit() Scenario {
	return Scenario{
		Name: "supply cycled in a split", Why: "a supply is cycled in mid-split",
		prepare: split,
		faults:  []fault{supplyOff(0), supplyOff(1), supplyBlinks(0), supplyBlinks(1), linkCut()},
	}
}

func holderPanics() Scenario {
	return Scenario{
		Name: "holder panics", Why: "the kernel of a node that holds its line panics",
		prepare: func(w *world) {
			serves(w)
			w.setSupply(&w.nodes[0], false)
		},
		faults: []fault{panics(1), supplyOff(0), supplyBlinks(1), linkCut(), panics(0)},
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

func parity() Scenario {
	return Scenario{
		Name: "parity", Why: "two nodes could take the same term",
		prepare: func(w *world) {
			w.nodes[0].disk = scheduler.Disk{Boot: "old", Term: 4, Released: 3, Wire: tested(w), PeerWire: tested(w)}
			w.nodes[1].disk = scheduler.Disk{Boot: "old", Term: 3, Wire: tested(w), PeerWire: tested(w)}
			w.setSupply(&w.nodes[0], true)
			w.setSupply(&w.nodes[1], true)
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

func staleLeftNote() Scenario {
	return Scenario{
		Name: "stale left note", Why: "a note that the peer left outlives what it says",
		prepare: func(w *world) {
			serves(w)
			w.ask(&w.nodes[0], departure{})
			w.run(func() bool { return !w.nodes[0].running && w.nodes[1].healthy() })
		},
		faults: []fault{stops(0, departure{}, "stop"), startDaemon(0), oneWay(0), supplyBlinks(1), kill(1)},
	}
}

func oneWayToTheServer() Scenario {
	return Scenario{
		Name: "one way to the server", Why: "what goes towards the server is lost",
		prepare: func(w *world) {
			serves(w)
			w.net.blocked[1] = true
		},
		faults: []fault{oneWay(0), cableOut(0), supplyOff(0), kill(0), hang(1, 3*time.Second)},
	}
}
