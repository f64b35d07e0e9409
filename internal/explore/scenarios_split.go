package explore

import (
	"time"

	"github.com/futago-ha/futago/scheduler"
)

func coldStart() Scenario {
	return Scenario{
		Name: "cold start", Why: "both come up together and nobody ever served",
		prepare: powered,
		faults:  []fault{linkCut(), oneWay(0), oneWay(1), supplyOff(0), kill(1)},
	}
}

func claimsDiffer() Scenario {
	return Scenario{
		Name: "claims differ", Why: "uplink and owner claims differ between the nodes",
		prepare: serves,
		faults:  []fault{cableOut(0), cableOut(1), oneWay(0), oneWay(1), commands(0, scheduler.VerbMove)},
	}
}

func supplyCycledInASplit() Scenario {
	return Scenario{
		Name: "supply cycled in a split", Why: "a supply is cycled in mid-split",
		prepare: serves, Begun: 1,
		faults: []fault{linkCut(), supplyOff(0), supplyOff(1), supplyBlinks(0), supplyBlinks(1)},
	}
}

func holderPanics() Scenario {
	return Scenario{
		Name: "holder panics", Why: "the kernel of a node that holds its line panics",
		prepare: serves, Begun: 1,
		faults: []fault{supplyOff(0), panics(1), supplyBlinks(1), linkCut(), panics(0)},
	}
}

func oneWayToTheServer() Scenario {
	return Scenario{
		Name: "one way to the server", Why: "what goes towards the server is lost",
		prepare: serves, Begun: 1,
		faults: []fault{oneWay(1), oneWay(0), cableOut(0), supplyOff(0), kill(0), hang(1, 3*time.Second)},
	}
}

func noUplinkHeardOneWay() Scenario {
	return Scenario{
		Name: "no uplink, heard one way", Why: "a server without uplink is heard one way only",
		prepare: serves, Begun: 2,
		faults: []fault{oneWay(1), noUplink(0), oneWay(0), kill(0), supplyBlinks(1)},
	}
}

func bothFenced() Scenario {
	return Scenario{
		Name: "both fenced", Why: "both nodes were fenced and the link is down", Horizon: 75 * time.Second,
		prepare: func(w *world) {
			serves(w)
			for i := range w.nodes {
				supplyBlinks(i).do(w)
				w.nodes[i].board.woken = "extin"
				w.facts[i].cut = true
			}
		},
		Begun:  1,
		faults: []fault{linkCut(), oneWay(0), supplyBlinks(0), supplyBlinks(1), kill(1)},
	}
}

// bothServe begins outside the assumptions: the board of a, whose daemon hung,
// had lost eipde, so the fence that b saw confirmed was none. What must hold is
// that the next meeting ends it.
func bothServe() Scenario {
	return Scenario{
		Name: "both serve", Why: "an assumption broke, both serve, and meet again",
		prepare: func(w *world) {
			split(w)
			hang(0, 20*time.Second).do(w)
			w.run(func() bool { return w.nodes[1].job.kind == hold })
			w.nodes[0].board.armed = false
			w.run(w.nodes[1].healthy)
			w.excuse()
		},
		Begun:  1,
		faults: []fault{linkCut(), oneWay(0), oneWay(1), kill(0), hang(1, 3*time.Second)},
	}
}
