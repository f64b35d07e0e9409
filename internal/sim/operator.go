package sim

import (
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// personFaults are what operators do at bad moments.
func personFaults() []faultKind {
	verb := func(name string, weight int, apply func(n *node)) faultKind {
		return faultKind{name: name, weight: weight, outage: always(anything), apply: func(n *node) func() {
			apply(n)
			return nil
		}}
	}
	return []faultKind{
		verb("command", 6, func(n *node) { n.randomCommand() }),
		{name: "planned reboot", weight: 2, outage: ifServer(handover, nothing), apply: func(n *node) func() {
			n.command(scheduler.Command{Verb: scheduler.VerbReboot, Node: n.cfg.Self, Now: true})
			return nil
		}},
		{name: "systemctl restart", weight: 3, outage: always(nothing), apply: func(n *node) func() {
			n.systemctl(departure{restart: true})
			return nil
		}},
		verb("systemctl stop", 1, func(n *node) {
			n.systemctl(departure{})
			n.w.after(n.w.spread(2*time.Second, 3*time.Minute), n.startAgain)
		}),
		verb("shutdown -r", 1, func(n *node) { n.shutdown(departure{reboot: true}) }),
		verb("shutdown -h", 1, func(n *node) {
			n.shutdown(departure{off: true})
			n.w.after(n.w.spread(30*time.Second, 5*time.Minute), n.push)
		}),
	}
}

func (n *node) systemctl(went departure) {
	if n.d != nil {
		n.say("OPERATOR stops the unit: %+v", went)
		n.d.ask(went)
	}
}

// inhibitMost is how long logind waits for a delay lock (InhibitDelayMaxSec).
const inhibitMost = 5 * time.Second

// shutdown is a person's: logind announces it and waits for the word to go on,
// but not for long. Now and then it is called off.
func (n *node) shutdown(went departure) {
	if n.d == nil {
		return
	}
	calledOff := n.w.chance(0.1)
	n.say("OPERATOR shuts down: %+v, called off %t", went, calledOff)
	n.announced = func() {
		n.announced = nil
		if calledOff {
			if d := n.d; d != nil {
				d.proc(time.Millisecond, func() { d.deliver(scheduler.ShutdownAnnounced{Off: true}) })
			}
			return
		}
		n.systemctl(went)
	}
	n.kernel(inhibitMost, func() {
		if n.announced != nil {
			n.announced()
		}
	})
	d := n.d
	d.proc(time.Millisecond, func() { d.deliver(scheduler.ShutdownAnnounced{}) })
}

// letGo ends the wait of an announced shutdown.
func (n *node) letGo() {
	if n.announced != nil {
		n.kernel(time.Millisecond, func() {
			if n.announced != nil {
				n.announced()
			}
		})
	}
}

// startAgain is systemctl start. While the machine shuts down systemd refuses it: the
// kernel would go in the middle of whatever that daemon does, with its line up.
func (n *node) startAgain() {
	if n.up && n.d == nil && !n.leaves {
		n.stopped = false
		n.startDaemon()
	}
}

// command gives an operator's command to the node's daemon.
func (n *node) command(c scheduler.Command) {
	d := n.d
	if d == nil {
		return
	}
	n.w.commands++
	c.ID, c.By = n.w.commands, "operator"
	d.proc(time.Millisecond, func() { d.deliver(c) })
}

func (n *node) randomCommand() {
	w := n.w
	who := pick(w, n.cfg.Self, n.cfg.Peer)
	c := scheduler.Command{Node: who}
	switch w.rng.IntN(12) {
	case 0, 1:
		c.Verb = scheduler.VerbMove
		c.Node = pick(w, "", n.cfg.Self, n.cfg.Peer)
	case 2:
		c.Verb = scheduler.VerbStandby
		w.after(w.spread(time.Second, 5*time.Minute), func() {
			n.command(scheduler.Command{Verb: scheduler.VerbUnstandby, Node: who})
		})
	case 3:
		c.Verb = scheduler.VerbUnstandby
	case 4:
		c.Verb, c.On, c.For = scheduler.VerbMaintenance, true, w.spread(time.Second, 5*time.Minute)
	case 5:
		c.Verb = scheduler.VerbMaintenance
	case 6:
		c.Verb = scheduler.VerbFenceTest
	case 7:
		c.Verb = scheduler.VerbWake
	case 8:
		c.Verb = scheduler.VerbReboot
	case 9:
		c.Verb = scheduler.VerbClear
	case 10:
		c.Verb, c.Off = scheduler.VerbFence, w.chance(0.3)
	case 11:
		n.confirmOff()
		return
	}
	n.command(c)
}

// confirmOff is the operator who looked before saying so: the other node's plug
// is out, and stays out for a while.
func (n *node) confirmOff() {
	p := n.peer()
	if p.powered {
		return
	}
	p.supply(false)
	n.command(scheduler.Command{Verb: scheduler.VerbConfirmOff, Node: p.cfg.Self})
	n.w.after(n.w.spread(20*time.Second, 5*time.Minute), func() { p.supply(true) })
}

// forget is a state file that is gone or corrupt.
func (n *node) forget() {
	n.disk = scheduler.Disk{}
	n.w.check.forgot(n)
}
