package mutate

// liars are the mutants of "Handoff" for an owner that says it let go and goes on
// answering for the VIP.
var liars = []Mutant{
	{
		Name: "liar-cut", Part: "Handoff", Guards: "L1",
		Rule:   "An owner that let its term go and answers for the VIP does not give back either: it is fenced.",
		File:   "scheduler/liar.go",
		Old:    "\t\tl.tried = m.fire(shotLies, 0, false)\n",
		New:    "",
		Faults: liarFaults,
	},
	{
		Name: "liar-not-offered", Part: "Handoff", Guards: "L1",
		Rule:   "The term is not offered back to it before that.",
		File:   "scheduler/liar.go",
		Old:    "\tif e.Code != CodeVIPForeign || !e.Peer || !m.lies() {\n",
		New:    "\tif true {\n",
		Faults: liarFaults,
	},
	{
		Name: "liar-sure", Part: "Handoff", Guards: "S3",
		Rule:   "One claim that meets it is not enough: it may have been on its way.",
		File:   "scheduler/liar.go",
		Old:    "\tl.sure = l.sure || m.now.Since(l.since) >= liarAgain\n\treturn true\n",
		New:    "\tl.sure = true\n\treturn true\n",
		Faults: liarFaults,
	},
	{
		Name: "liar-late", Part: "Handoff", Guards: "L1",
		Rule:   "It is fenced as well when it is found only after the claim.",
		File:   "scheduler/liar.go",
		Old:    "\tif !m.letGo() || m.cutsLiar() {\n",
		New:    "\tif m.now >= 0 || !m.letGo() || m.cutsLiar() {\n",
		Faults: liarFaults,
	},
	{
		Name: "liar-late-sure", Part: "Handoff", Guards: "S3",
		Rule:   "One answer after the claim is not enough.",
		File:   "scheduler/liar.go",
		Old:    "\tl.sure = l.sure || m.now.Since(l.since) >= liarAgain\n}\n",
		New:    "\tl.sure = true\n}\n",
		Faults: liarFaults,
	},
	{
		Name: "liar-once", Part: "Handoff", Guards: "S3",
		Rule:   "It is fenced once: what answers may outlive its reboot.",
		File:   "scheduler/liar.go",
		Old:    "\t\tl.tried = m.fire(shotLies, 0, false)\n",
		New:    "\t\tm.fire(shotLies, 0, false)\n",
		Faults: liarFaults,
	},
	{
		Name: "liar-once-unsure", Part: "Handoff", Guards: "S3", Tests: "./scheduler", // one simulated run in some hundred thousand
		Rule: "Cut for that, it is not rebooted for silence as well, also when the verdict is Unknown (Refused it was not cut).",
		File: "scheduler/shot.go",
		Old:  "s.heldAt != 0 && (once || m.own != 0 && v == verdictUnknown)",
		New:  "s.heldAt != 0 && once",
	},

	{
		Name: "liar-then-offered", Part: "Handoff", Guards: "L1",
		Rule:   "When that does not help the term is offered to it.",
		File:   "scheduler/liar.go",
		Old:    "\t\tm.notClaimed()\n",
		New:    "",
		Faults: liarFaults,
	},
	{
		Name: "liar-by-its-word", Part: "Handoff", Guards: "S3",
		Rule:   "Only one that does not serve by its own word lies.",
		File:   "scheduler/liar.go",
		Old:    "return released && peer.Own == 0 && !peer.Serving && !goes",
		New:    "return released && !goes",
		Faults: liarFaults + ",state lost",
		Beyond: "Within the assumptions no term is taken on a release whose node serves: it is said when nothing of the service is left there (release-said-late).",
	},
	{
		Name: "liar-leaves", Part: "Leave", Guards: "S3",
		Rule:   "One that leaves is not fenced for it.",
		File:   "scheduler/liar.go",
		Old:    "goes := peer.Leaving != Staying || m.peerLeft() || m.fencedAway()",
		New:    "goes := m.fencedAway()",
		Faults: "VIP lingers,proxy ARP,systemctl stop,shutdown -h,planned reboot",
	},
	{
		Name: "liar-given-up", Part: "Saving throw", Guards: "S3",
		Rule: "A hold for that is given up before second 8 if the address is free.",
		File: "scheduler/shot.go",
		Old: "\tcase s.why == shotLies && s.round == 1 && m.vip.held && !m.liar.late:\n\t\treturn m.cfg.Peer + \" does not answer for the VIP any more\"\n" +
			"\tcase s.why == shotLies && s.round == 1 && (m.liar.since == 0 || !m.lies()):\n",
		New:    "\tcase false:\n",
		Faults: liarFaults,
	},
	{
		Name: "liar-not-in-vain", Part: "Handoff", Guards: "S6",
		Rule:   "Not where the fence could not be Confirmed, nor in quarantine or maintenance.",
		File:   "scheduler/liar.go",
		Old:    "return code == \"\" && !m.liar.tried &&",
		New:    "return (code == \"\" || m.now >= 0) && !m.liar.tried &&",
		Faults: "VIP lingers,proxy ARP,command,bus silent,daemon killed",
	},
}

// liarFaults make one, and move the service.
const liarFaults = "VIP lingers,proxy ARP,command"
