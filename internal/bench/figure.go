package bench

import "slices"

// Unit is what a figure is counted in.
type Unit string

// The units. A Count has no unit of its own.
const (
	Milliseconds Unit = "ms"
	Megabytes    Unit = "MB" // of 1,000,000 bytes
	PercentCPU   Unit = "% of a core"
	Count        Unit = ""
)

// Figure is one thing that was promised, with what was measured of it.
type Figure struct {
	Name   string    `json:"name"`
	Title  string    `json:"title"`
	Unit   Unit      `json:"unit"`
	Goal   float64   `json:"goal"`            // at most
	Worst  bool      `json:"worst"`           // the goal is for the largest value, not for the median
	Tail   float64   `json:"tail,omitempty"`  // a second goal, for the 99th percentile, at most; 0: none
	Floor  string    `json:"floor"`           // what could be reached at best, measured apart
	Peer   string    `json:"pacemaker"`       // Pacemaker's at the same work
	How    string    `json:"how"`             // it was measured
	Values []float64 `json:"values"`          // one per measurement, in their order
	Why    string    `json:"why,omitempty"`   // why an experiment came to no end
	Notes  []string  `json:"notes,omitempty"` // what else was seen
}

// Met tells whether the goal was reached; a figure without values reached none.
func (f Figure) Met() bool {
	s := summarize(f.Values)
	if f.Worst {
		return s.n > 0 && s.top <= f.Goal
	}
	return s.n > 0 && s.median <= f.Goal && (f.Tail == 0 || s.tail <= f.Tail)
}

// The names of the figures.
const (
	figNoticed  = "loss-noticed"
	figFalse    = "false-losses"
	figCrash    = "crash"
	figWhole    = "crash-whole"
	figVictim   = "victim"
	figKilled   = "container-killed"
	figColdBoot = "cold-boot"
	figMove     = "move"
	figMoveLost = "move-failed"
	figMoveSlow = "move-slow-disk"
	figMoveExcl = "move-exclusive"
	figSplit    = "split"
	figMemory   = "memory"
	figCPU      = "cpu"
)

// figures are those of the page, in its order, without values.
func figures() []Figure {
	all := []Figure{
		{
			Name: figNoticed, Title: "loss of the other node noticed", Unit: Milliseconds, Goal: 1200,
			Floor: "949 (memberlist 200/100/3, link down)", Peer: "6500 (corosync's defaults)",
			How: "From the order to the lab that cuts the link, or stops the active node's kernel, to the survivor's PEER_LOST in its history; a split gives two values.",
		},
		{
			Name: figFalse, Title: "false losses", Unit: Count, Goal: 0, Worst: true,
			Floor: "0", Peer: "not measured",
			How: "PEER_LOST in either history while every core runs a busy loop and 5 % of the frames of each node are dropped; one value per node.",
		},
		{
			Name: figCrash, Title: "crash of the active node to the first answer, less the hold of 12 s", Unit: Milliseconds, Goal: 1500,
			Floor: "500 to 1000 (noticing)", Peer: "29800 (41.8 s in all)",
			How: "The lab stops the active node's kernel: nothing of it runs or answers, its board keeps its power. Longest time without an answer, less 12 s.",
		},
		{
			Name: figWhole, Title: "the same with the hold", Unit: Milliseconds, Goal: 13500,
			Floor: "12500 to 13000 (hold and noticing)", Peer: "41800",
			How: "The same times, from the last answer of the node that crashed to the first of the other.",
		},
		{
			Name: figVictim, Title: "EXTIN high to the VIP dropped on a victim", Unit: Milliseconds, Goal: 500,
			Floor: "50 (a look at the line) and one call of netlink", Peer: "never: the victim does nothing",
			How: "The active node's cable is pulled and its engine stopped, so the other node cuts it. From the level at its EXTIN to the VIP gone from its kernel; both looked at every 1 ms. The cable is plugged in again before the board cuts.",
		},
		{
			Name: figKilled, Title: "container killed to the first answer", Unit: Milliseconds, Goal: 1000,
			Floor: "340 (die event 40, start 300)", Peer: "23300, 28500",
			How: "SIGKILL to the container's first process from outside the engine. Longest time without an answer.",
		},
		{
			Name: figColdBoot, Title: "cold boot of both to the first answer", Unit: Milliseconds, Goal: 5000,
			Floor: "300 (container start) and the meeting", Peer: "27400 (from power, no boot delay)",
			How: "Power for both boards at once, the container there from an earlier boot. From the start of the second daemon to the end of the first answered request.",
		},
		{
			Name: figSplit, Title: "failed requests in a split with a healthy owner", Unit: Count, Goal: 0, Worst: true,
			Floor: "0", Peer: "all: both nodes cut for good in 2 of 3 runs",
			How: "Only frames between the nodes are dropped, for 20 s. Requests that failed from the cut until the pair was well again.",
		},
		{
			Name: figMemory, Title: "memory while idle, per node", Unit: Megabytes, Goal: 20,
			Floor: "12 to 14 (a daemon that only links all libraries)", Peer: "219, 237 MiB",
			How: "Proportional set size (Pss of smaps_rollup) of daemon and guard together, as the floor was measured: the two nodes of the machine run one file, which nothing else runs, and share its pages.",
		},
		{
			Name: figCPU, Title: "CPU while idle, per node", Unit: PercentCPU, Goal: 1,
			Floor: "0.6 (a daemon that only links all libraries)", Peer: "1.7, 2.3",
			How: "User and system time of daemon and guard (/proc/PID/stat) over the stated time; one value per node and time.",
		},
	}
	split := slices.IndexFunc(all, func(f Figure) bool { return f.Name == figSplit })
	return slices.Insert(all, split, moveFigures()...)
}
