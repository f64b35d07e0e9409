package explore

import (
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// engine is a node's container engine with the one exclusive container of the
// model. What was begun goes on when the daemon dies.
type engine struct {
	runs      bool
	fails     engineFault
	calling   bool
	start     bool // the call starts it
	due       time.Duration
	inherited bool // the call is of the daemon before this one
}

// engineFault is what the engine cannot do.
type engineFault byte

const (
	worksWell engineFault = iota
	failsStart
	failsStop
)

// worker is the daemon's hand for the containers: the latest wish wins.
type worker struct {
	id      uint64
	run     bool
	pending bool
	since   time.Duration
}

const (
	startTakes = 2 * pace
	startSlow  = 8 * pace
	stopTakes  = pace
)

func (n *node) working() bool {
	return n.eng.calling || n.worker.pending || n.claim.id != 0 || n.probe.id != 0
}

func (w *world) want(n *node, id uint64, level scheduler.Level) {
	n.worker = worker{id: id, run: level == scheduler.LevelRunning, pending: true, since: w.now}
	w.nextCall(n)
}

// nextCall makes the call that brings the engine closer to the wish.
func (w *world) nextCall(n *node) {
	k, e := &n.worker, &n.eng
	switch {
	case !k.pending || e.calling:
	case e.runs == k.run:
		k.pending = false
		w.reportContainers(n)
		n.inbox = append(n.inbox, scheduler.ContainersDone{ID: k.id, OK: true})
	default:
		e.calling, e.start, e.due = true, k.run, w.now+stopTakes
		if k.run {
			e.due = w.now + startTakes
			if w.delay("the containers of %s start slowly", nodeName(n.id)) == 1 {
				e.due = w.now + startSlow
			}
		}
	}
}

// engineDue ends the engine's call when its time has come.
func (w *world) engineDue(n *node) {
	e := &n.eng
	if e.calling && w.now >= e.due {
		e.calling = false
		ok := e.start && e.fails != failsStart || !e.start && e.fails != failsStop
		if ok {
			e.runs = e.start
			w.say(nodeName(n.id), "%s its container", map[bool]string{true: "started", false: "stopped"}[e.start])
			w.happened()
			w.checkServing()
		}
		if n.running {
			w.called(n, ok)
		}
		e.inherited = false
	}
	if k := &n.worker; n.running && k.pending && w.now-k.since >= w.limit(n) {
		k.pending = false
		n.inbox = append(n.inbox, scheduler.ContainersDone{ID: k.id, Code: "TIMEOUT", Why: "it took too long"})
	}
}

func (w *world) limit(n *node) time.Duration {
	if n.worker.run {
		return n.cfg.StartTimeout
	}
	return n.cfg.StopTimeout
}

func (w *world) called(n *node, ok bool) {
	k, e := &n.worker, &n.eng
	w.reportContainers(n)
	if !ok && k.pending && k.run && e.start {
		k.pending = false
		n.inbox = append(n.inbox, scheduler.ContainersDone{ID: k.id, Code: "START_FAILED", Why: "the container does not start"})
		return
	}
	w.nextCall(n)
}

func (w *world) reportContainers(n *node) {
	e := &n.eng
	s := scheduler.ContainersState{Why: "the engine does not answer"}
	if !e.calling || !e.inherited {
		s = scheduler.ContainersState{Known: true, Exclusive: e.runs, Any: e.runs, Healthy: e.runs, Usable: true}
	}
	n.inbox = append(n.inbox, s)
}

// claim is the daemon's hand for the VIP: a claim that looks for others.
type claim struct {
	id   uint64
	look scheduler.Look
	due  time.Duration
	seen bool
}

func (w *world) claimVIP(n *node, id uint64, look scheduler.Look) {
	w.cancelClaim(n)
	c := claim{id: id, look: look, due: w.now, seen: w.foreign(n, look)}
	switch look {
	case scheduler.LookNone:
	case scheduler.LookQuick:
		c.due += pace
	case scheduler.LookFull:
		c.due += 2 * pace
	}
	n.claim = c
	if look == scheduler.LookNone {
		w.claimDue(n)
	}
}

func (w *world) claimDue(n *node) {
	c := n.claim
	if c.id == 0 || w.now < c.due {
		return
	}
	n.claim = claim{}
	if c.seen || w.foreign(n, c.look) {
		n.inbox = append(n.inbox, scheduler.VIPDone{ID: c.id, Code: scheduler.CodeVIPForeign, Why: "another node answers for it"})
		return
	}
	w.setVIP(n, true)
	n.inbox = append(n.inbox, scheduler.VIPState{Known: true, Held: true}, scheduler.VIPDone{ID: c.id, OK: true})
}

func (w *world) cancelClaim(n *node) {
	if n.claim.id != 0 {
		n.inbox = append(n.inbox, scheduler.VIPDone{ID: n.claim.id, Code: "CANCELLED", Why: "cancelled"})
		n.claim = claim{}
	}
}

// dropVIP takes the address off at once.
func (w *world) dropVIP(n *node, id uint64) {
	w.cancelClaim(n)
	w.setVIP(n, false)
	n.inbox = append(n.inbox, scheduler.VIPState{Known: true}, scheduler.VIPDone{ID: id, OK: true})
}

func (w *world) setVIP(n *node, held bool) {
	if n.vip == held {
		return
	}
	n.vip = held
	w.say(nodeName(n.id), "%s the VIP", map[bool]string{true: "has", false: "dropped"}[held])
	w.happened()
	w.checkServing()
}

// foreign tells whether the other node answers for the address.
func (w *world) foreign(n *node, look scheduler.Look) bool {
	return look != scheduler.LookNone && w.peer(n).vip && w.reaches(n)
}

// reaches tells whether an ARP question to the other node is answered, by its
// kernel, whatever its daemon does.
func (w *world) reaches(n *node) bool {
	p := w.peer(n)
	return p.up && w.open(n.id) && w.open(p.id)
}

// partsDue collects what the daemon's parts have to say by now.
func (w *world) partsDue(n *node) {
	w.claimDue(n)
	if n.probe.id != 0 && w.now >= n.probe.at {
		there := w.reaches(n)
		n.inbox = append(n.inbox, scheduler.Probed{ID: n.probe.id, OK: n.cable, Peer: there, VIP: there && w.peer(n).vip})
		n.probe.id = 0
	}
	if now := (scheduler.Uplink{Carrier: n.cable, Reference: !n.mute}); n.told.uplink != now || !n.told.uplinkYet {
		n.told.uplink, n.told.uplinkYet = now, true
		n.inbox = append(n.inbox, now)
	}
	if n.told.boardAt != 0 && w.now >= n.told.boardAt {
		w.reportBoard(n)
	}
	w.watchLink(n)
}

// watchLink is membership: it notices a peer that answers in a step, and one
// that does not after a second.
func (w *world) watchLink(n *node) {
	p := w.peer(n)
	there := p.running && p.hung == 0 && w.open(0) && w.open(1)
	switch {
	case there:
		n.told.contact = w.now
	case n.told.link && w.now-n.told.contact <= time.Second:
		return
	}
	if there != n.told.link {
		n.told.link = there
		n.inbox = append(n.inbox, scheduler.Link{Up: there})
	}
}

func (w *world) arm(n *node, on bool) {
	if n.bus {
		n.board.armed = on
	}
	w.reportBoard(n)
}

func (w *world) reportBoard(n *node) {
	n.told.boardAt = 0
	e := scheduler.Board{OK: n.bus, Armed: n.bus && n.board.armed, Woken: []string{n.board.woken}, Watchdog: !w.plan.NoWatchdog}
	if !n.bus {
		e.Why = "the board does not answer"
		e.Woken = nil
		n.told.boardAt = w.now + 2*time.Second
	}
	n.inbox = append(n.inbox, e)
}
