package scheduler_test

import (
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// hands is how the parts of a node do what they are told. A story changes it
// by "hands start=fail:IMAGE_MISSING:no_image".
type hands struct {
	Start string // ok, hang, or fail:CODE:why
	Stop  string
	Claim string // as Start, or peer: the peer answers for the address
	Drop  string // as Start, or lingers: the kernel goes on answering for the address, until it dies
	Hold  string // held, dead (EXTOUT reads 0), hang (a transfer that never ends), slow (read back low only after 9 s)
	Probe string // auto, peer (its address answers), vip, fail
	Usable,
	Engine bool // images are in place; the engine answers
}

func defaultHands() hands {
	return hands{Start: "ok", Stop: "ok", Claim: "ok", Drop: "ok", Hold: "held", Probe: "auto", Usable: true, Engine: true}
}

type jobKind int

const (
	idle jobKind = iota
	holding
	contesting
	pulsing
)

// job is one raise of EXTOUT.
type job struct {
	kind  jobKind
	id    uint64
	want  time.Duration
	began scheduler.Instant
	reads int
}

// perform carries one action out; what it comes to is reported later.
func (n *node) perform(a scheduler.Action) {
	switch a := a.(type) {
	case scheduler.Send:
		n.w.post(n, a.Letter)
	case scheduler.Hold:
		n.raise(job{kind: holding, id: a.ID, want: a.For})
	case scheduler.Contest:
		n.raise(job{kind: contesting, id: a.ID})
	case scheduler.Pulse:
		n.raise(job{kind: pulsing, id: a.ID, want: a.For})
	case scheduler.Lower:
		n.soon(5*time.Millisecond, func() { n.lower(a.GiveUp) })
	case scheduler.Arm:
		n.soon(5*time.Millisecond, func() { n.armed = n.armable && !n.mute; n.reportBoard() })
	case scheduler.Disarm:
		n.soon(5*time.Millisecond, func() { n.armed = n.armed && n.mute; n.reportBoard() })
	case scheduler.ProbePeer:
		n.soon(300*time.Millisecond, func() { n.deliver(n.probe(a.ID)) })
	case scheduler.Containers:
		n.containers(a)
	case scheduler.ClaimVIP:
		n.claim(a)
	case scheduler.DropVIP:
		n.soon(2*time.Millisecond, func() { n.drop(a.ID) })
	case scheduler.Reboot:
		n.goingDown(a.Off)
	case scheduler.ResetSelf:
		n.reboot()
	case scheduler.Exit:
		n.exits()
	}
}

func (n *node) goingDown(off bool) {
	kernel := n.kernel
	n.w.after(time.Second, func() {
		if n.kernel != kernel || !n.powered {
			return
		}
		if off {
			n.powerOff()
			return
		}
		n.reboot()
	})
}

// raise writes EXTOUT. A hold goes over into a contest without a break.
func (n *node) raise(j job) {
	j.began = n.clock()
	n.job, n.falling = j, false // from a line that is still up: without a break
	n.extout = n.hands.Hold != "dead"
	n.w.lines()
	if j.kind == pulsing {
		n.soon(j.want, func() { n.endJob(j.id, scheduler.HoldHeld, "") })
	}
}

// poll reads io_status five times a second and reports what changed, and
// everything once a second.
func (n *node) poll() {
	n.soon(200*time.Millisecond, n.poll)
	e := scheduler.Lines{}
	if !n.mute {
		e = scheduler.Lines{OK: true, Out: n.extout, In: n.extin}
		if n.extin {
			e.Count = int((n.w.now - n.riseAt) / time.Second)
		}
	}
	if e != n.sentLines || n.w.now-n.sentLinesAt >= time.Second {
		n.sentLines, n.sentLinesAt = e, n.w.now
		n.deliver(e)
	}
	if n.falling && !n.mute {
		n.falling, n.extout = false, false
		n.w.lines()
	}
	n.progress()
}

// lineDrops: EXTOUT falls in the middle of a job. It is read low once, raised again,
// and the hold counts anew.
func (n *node) lineDrops() {
	n.extout = false
	n.w.lines()
	n.soon(250*time.Millisecond, func() {
		n.extout, n.job.began = true, n.clock()
		n.w.lines()
	})
}

// progress is the worker's own judgement of a hold.
func (n *node) progress() {
	j := &n.job
	if n.m == nil || j.kind != holding && j.kind != pulsing || n.hands.Hold == "hang" {
		return
	}
	j.reads++
	p := scheduler.HoldProgress{ID: j.id, At: n.clock(), LowUntil: j.began, Reads: j.reads}
	if n.extout {
		p.HighSince, p.Highs = j.began.Add(10*time.Millisecond), j.reads
	} else {
		p.LowUntil = n.clock()
	}
	n.deliver(p)
	if j.kind != holding {
		return
	}
	held := n.clock().Since(j.began)
	switch {
	case n.mute:
		n.endJob(j.id, scheduler.HoldUnknown, "the board did not answer for 1 s")
	case n.extout && held >= j.want:
		n.endJob(j.id, scheduler.HoldHeld, "")
	case held >= 40*time.Second:
		n.endJob(j.id, scheduler.HoldUnknown, "EXTOUT read back 0 for 40 s")
	}
}

func (n *node) lower(giveUp bool) {
	j := n.job
	if j.kind == idle {
		return
	}
	if n.hands.Hold == "slow" && giveUp {
		n.hands.Hold = "held"
		return // the bus did not take it before second 8.5: the hold runs to its end
	}
	n.endJob(j.id, scheduler.HoldLowered, "")
}

// endJob lowers the line, then tells the machine.
func (n *node) endJob(id uint64, r scheduler.HoldResult, why string) {
	j := n.job
	if j.id != id || j.kind == idle {
		return
	}
	n.job, n.falling = job{}, n.mute // a silent board is told to lower as soon as it answers
	n.extout = n.extout && n.mute
	n.w.lines()
	if j.kind == pulsing {
		n.deliver(scheduler.Pulsed{ID: j.id, OK: r == scheduler.HoldHeld && !n.mute, Why: why})
		return
	}
	n.deliver(scheduler.HoldEnded{ID: j.id, Result: r, At: n.clock(), Why: why})
}

// probe asks by ARP, as anybody on the segment would see it.
func (n *node) probe(id uint64) scheduler.Probed {
	e := scheduler.Probed{ID: id, OK: true}
	switch n.hands.Probe {
	case "peer":
		e.Peer = true
	case "vip":
		e.VIP = true
	case "fail":
		e.OK = false
	default:
		if n.w.peer == nil && n.w.reach() {
			e.Peer, e.VIP = true, n.w.nodes[1-n.i].hasVIP()
		}
	}
	return e
}

func (n *node) claim(a scheduler.ClaimVIP) {
	if n.hands.Claim == "hang" {
		return
	}
	takes := map[scheduler.Look]time.Duration{scheduler.LookNone: 2, scheduler.LookQuick: 20, scheduler.LookFull: 600}
	n.soon(takes[a.Look]*time.Millisecond, func() {
		if code, why, bad := failure(n.hands.Claim); bad {
			n.deliver(scheduler.VIPDone{ID: a.ID, Code: code, Why: why})
			return
		}
		other := n.w.nodes[1-n.i]
		if n.hands.Claim == "peer" || a.Look != scheduler.LookNone && n.w.reach() && other.hasVIP() {
			n.deliver(scheduler.VIPDone{ID: a.ID, Code: scheduler.CodeVIPForeign, Why: other.name + " answers for the address", Peer: true})
			return
		}
		n.vip, n.lingers = true, false
		n.deliver(scheduler.VIPDone{ID: a.ID, OK: true})
	})
}

func (n *node) drop(id uint64) {
	if code, why, bad := failure(n.hands.Drop); bad {
		n.deliver(scheduler.VIPDone{ID: id, Code: code, Why: why})
		return
	}
	n.vip, n.lingers = false, n.vip && n.hands.Drop == "lingers"
	n.deliver(scheduler.VIPDone{ID: id, OK: true})
}

// hasVIP says that this node answers for the address.
func (n *node) hasVIP() bool { return n.vip || n.lingers }

// containers moves them to a level; an order that another one overtakes ends
// without success.
func (n *node) containers(a scheduler.Containers) {
	word, takes := n.hands.Stop, 200*time.Millisecond
	if a.Level > n.level {
		word, takes = n.hands.Start, 300*time.Millisecond
	}
	if a.Level == n.level || a.Level > n.level && n.level == scheduler.LevelPrepared && n.cfg.Overlap {
		takes = 5 * time.Millisecond // all that there is runs already
	}
	n.op = a.ID
	if word == "hang" && a.Level != n.level {
		return
	}
	n.soon(takes, func() {
		if n.op != a.ID {
			n.deliver(scheduler.ContainersDone{ID: a.ID, Code: "OVERTAKEN", Why: "another order came"})
			return
		}
		n.op = 0
		if code, why, bad := failure(word); bad && a.Level != n.level {
			n.deliver(scheduler.ContainersDone{ID: a.ID, Code: code, Why: why})
			return
		}
		n.level = a.Level
		n.deliver(scheduler.ContainersDone{ID: a.ID, OK: true})
		n.reportContainers()
	})
}

func (n *node) reportContainers() {
	if !n.hands.Engine {
		n.deliver(scheduler.ContainersState{Why: "the engine does not answer"})
		return
	}
	e := scheduler.ContainersState{Known: true, Usable: n.hands.Usable}
	e.Exclusive = n.cfg.Exclusive && n.level == scheduler.LevelRunning
	e.Any = n.level == scheduler.LevelRunning || n.level == scheduler.LevelPrepared && n.cfg.Overlap
	e.Healthy = n.level == scheduler.LevelRunning || n.level == scheduler.LevelPrepared && n.cfg.Overlap && !n.cfg.Exclusive
	if !e.Usable {
		e.Why = "the image httpd is missing"
	}
	n.deliver(e)
}
