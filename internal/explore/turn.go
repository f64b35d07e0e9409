package explore

import (
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// turn is a node's share of a step: what its parts report, what came in, one
// reading of the lines, a tick.
func (w *world) turn(n *node) {
	if !n.up {
		w.net.lose(1 - n.id)
		return
	}
	w.engineDue(n)
	if !n.running {
		w.guardLowers(n)
		w.net.lose(1 - n.id)
		return
	}
	if n.hung != 0 && !w.thaws(n) {
		return
	}
	w.partsDue(n)
	w.drain(n)
	w.letters(n)
	w.readLines(n)
	w.drain(n)
	w.feed(n, scheduler.Tick{Wall: w.wall()})
	w.drain(n)
	w.checkTurn(n)
}

// thaws ends a pause of the daemon; the guard has lowered the line meanwhile.
func (w *world) thaws(n *node) bool {
	if w.now < n.hung {
		if n.bus && w.now-(n.hung-n.hungFor) > time.Second {
			w.setOut(n, false)
		}
		return false
	}
	n.hung = 0
	w.say(nodeName(n.id), "runs again")
	w.feed(n, scheduler.Slept{For: n.hungFor})
	return n.running
}

// feed gives the machine one event and carries out what follows.
func (w *world) feed(n *node, e scheduler.Event) {
	if !n.running {
		return
	}
	w.checkEvent(n, e)
	n.machine.Trust(!n.readOnly)
	w.perform(n, n.machine.Step(w.instant(), e))
	for n.running && n.failing {
		n.failing = false
		w.perform(n, n.machine.Step(w.instant(), scheduler.PersistFailed{Why: "read-only file system"}))
	}
}

// drain gives the machine what its parts reported.
func (w *world) drain(n *node) {
	for n.running && len(n.inbox) > 0 {
		e := n.inbox[0]
		if n.inbox = n.inbox[1:]; len(n.inbox) == 0 {
			n.inbox = nil
		}
		w.feed(n, e)
	}
}

// perform carries a batch out in order.
func (w *world) perform(n *node, actions []scheduler.Action) {
	for _, a := range actions {
		if p, is := a.(scheduler.Persist); is {
			if !w.persist(n, p) {
				return
			}
			continue
		}
		w.checkAction(n, a)
		w.dispatch(n, a)
		if !n.running {
			return
		}
	}
}

// persist writes the state; a node may die at it.
func (w *world) persist(n *node, p scheduler.Persist) bool {
	die := n.dieAt
	if die == diesBefore {
		w.dies(n, "before it wrote its state")
		return false
	}
	if n.readOnly {
		w.say(nodeName(n.id), "could not write its state")
		n.failing = true
		return false
	}
	n.disk = p.Disk
	w.happened()
	w.checkPersisted(n)
	if die == diesAfter {
		w.dies(n, "right after it wrote its state")
		return false
	}
	return true
}

// dies is a supply that goes for a moment at the worst of times.
func (w *world) dies(n *node, when string) {
	n.dieAt = livesOn
	w.say(nodeName(n.id), "loses its supply %s", when)
	w.setSupply(n, false)
}

// dispatch hands an action to the part that does it.
func (w *world) dispatch(n *node, a scheduler.Action) {
	switch a := a.(type) {
	case scheduler.Send:
		w.post(n, &a.Letter)
		return
	case scheduler.Note:
		w.say("", "%s", a.Text)
		return
	case scheduler.Announce, scheduler.SyncDisks, scheduler.Answer:
		return
	case scheduler.Hold:
		w.raise(n, job{kind: hold, id: a.ID, want: a.For})
	case scheduler.Contest:
		w.raise(n, job{kind: contest, id: a.ID})
	case scheduler.Pulse:
		w.raise(n, job{kind: pulse, id: a.ID, want: a.For})
	case scheduler.Lower:
		w.lower(n, a.GiveUp)
	case scheduler.Arm:
		w.arm(n, true)
	case scheduler.Disarm:
		w.arm(n, false)
	case scheduler.ProbePeer:
		n.probe.id, n.probe.at = a.ID, w.now+pace
	case scheduler.Containers:
		w.want(n, a.ID, a.Level)
	case scheduler.ClaimVIP:
		w.claimVIP(n, a.ID, a.Look)
	case scheduler.DropVIP:
		w.dropVIP(n, a.ID)
	default:
		w.leaves(n, a)
	}
	w.happened()
}

// leaves is what ends the daemon or the kernel.
func (w *world) leaves(n *node, a scheduler.Action) {
	switch a := a.(type) {
	case scheduler.Reboot:
		n.stop = departure{asked: true, off: a.Off, reboot: !a.Off}
	case scheduler.ResetSelf:
		w.reset(n)
	case scheduler.Exit:
		stop := n.stop
		w.factsExited(n, stop)
		w.say(nodeName(n.id), "ended its daemon")
		w.daemonGone(n)
		w.afterDaemon(n, stop)
	}
}

// ask is systemd's stop of the daemon.
func (w *world) ask(n *node, stop departure) {
	if !n.running || n.stop.asked {
		return
	}
	stop.asked = true
	n.stop = stop
	n.inbox = append(n.inbox, scheduler.StopRequested{Restart: stop.restart, Off: stop.off, Reboot: stop.reboot})
}
