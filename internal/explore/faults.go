package explore

import (
	"time"

	"github.com/futago-ha/futago/scheduler"
)

func linkCut() fault {
	return fault{
		name: "the link between the nodes is cut",
		do:   func(w *world) { w.net.blocked = [2]bool{true, true} },
		undo: func(w *world) { w.net.blocked = [2]bool{} },
	}
}

func oneWay(from int) fault {
	return fault{
		name: "what " + nodeName(from) + " sends is lost",
		do:   func(w *world) { w.net.blocked[from] = true },
		undo: func(w *world) { w.net.blocked[from] = false },
	}
}

func cableOut(i int) fault {
	return fault{
		name: "the cable of " + nodeName(i) + " is pulled",
		do:   func(w *world) { w.nodes[i].cable = false },
		undo: func(w *world) { w.nodes[i].cable = true },
	}
}

// noUplink is a cable that carries letters to the other node and no more: the
// reference does not answer.
func noUplink(i int) fault {
	return fault{
		name: "the uplink of " + nodeName(i) + " is gone",
		do:   func(w *world) { w.nodes[i].mute = true },
		undo: func(w *world) { w.nodes[i].mute = false },
	}
}

func supplyOff(i int) fault {
	return fault{
		name: "the supply of " + nodeName(i) + " goes",
		do:   func(w *world) { w.setSupply(&w.nodes[i], false) },
		undo: func(w *world) { w.setSupply(&w.nodes[i], true) },
	}
}

// diesWriting takes the supply away at the next write of the state.
func diesWriting(i int, at dying) fault {
	when := map[dying]string{diesBefore: "before", diesAfter: "right after"}[at]
	return fault{
		name: nodeName(i) + " will lose its supply " + when + " its next write",
		do:   func(w *world) { w.nodes[i].dieAt = at },
		undo: func(w *world) { w.nodes[i].dieAt = livesOn; w.setSupply(&w.nodes[i], true) },
		can:  func(w *world) bool { return w.nodes[i].running },
	}
}

func supplyBlinks(i int) fault {
	return fault{
		name: "the supply of " + nodeName(i) + " blinks",
		do:   func(w *world) { w.setSupply(&w.nodes[i], false); w.setSupply(&w.nodes[i], true) },
	}
}

func panics(i int) fault {
	return fault{
		name: "the kernel of " + nodeName(i) + " panics",
		do:   func(w *world) { w.say(nodeName(i), "panicked"); w.panics(&w.nodes[i]) },
		can:  func(w *world) bool { return w.nodes[i].up },
	}
}

func kill(i int) fault {
	return fault{
		name: "the daemon of " + nodeName(i) + " is killed",
		do:   func(w *world) { w.kill(&w.nodes[i]) },
		can:  func(w *world) bool { return w.nodes[i].running },
	}
}

// hang stops the daemon for a while, with its kernel alive.
func hang(i int, d time.Duration) fault {
	return fault{
		name: "the daemon of " + nodeName(i) + " hangs for " + seconds(d),
		do:   func(w *world) { w.nodes[i].hung, w.nodes[i].hungFor = w.now+d, d },
		can:  func(w *world) bool { return w.nodes[i].running && w.nodes[i].hung == 0 },
	}
}

func busSilent(i int) fault {
	return fault{
		name: "the bus of " + nodeName(i) + " does not answer",
		do:   func(w *world) { w.nodes[i].bus = false },
		undo: func(w *world) { w.nodes[i].bus = true },
	}
}

func diskReadOnly(i int) fault {
	return fault{
		name: "the disk of " + nodeName(i) + " refuses writes",
		do:   func(w *world) { w.nodes[i].readOnly = true },
		undo: func(w *world) { w.nodes[i].readOnly = false },
	}
}

func losesState(i int) fault {
	return fault{
		name: nodeName(i) + " loses its state and its daemon",
		do: func(w *world) {
			w.kill(&w.nodes[i])
			w.nodes[i].disk = scheduler.Disk{}
			w.factsForgot(&w.nodes[i])
		},
	}
}

func engineFails(i int, how engineFault) fault {
	what := map[engineFault]string{failsStart: "start", failsStop: "stop"}[how]
	return fault{
		name: "the container of " + nodeName(i) + " does not " + what,
		do:   func(w *world) { w.nodes[i].eng.fails = how },
		undo: func(w *world) { w.nodes[i].eng.fails = worksWell },
	}
}

func stops(i int, how departure, name string) fault {
	return fault{
		name: "an operator has " + nodeName(i) + " " + name,
		do:   func(w *world) { w.ask(&w.nodes[i], how) },
		undo: func(w *world) { w.startAgain(&w.nodes[i]) },
		can:  func(w *world) bool { return w.nodes[i].running && !w.nodes[i].stop.asked },
	}
}

// startAgain is an operator's systemctl start.
func (w *world) startAgain(n *node) {
	if n.up && !n.running && n.daemonAt == 0 {
		n.daemonAt = w.now
	}
}

func commands(i int, verb scheduler.Verb) fault {
	return fault{
		name: "an operator on " + nodeName(i) + " says " + string(verb),
		do: func(w *world) {
			n := &w.nodes[i]
			c := scheduler.Command{ID: 1000 + uint64(w.spent.faults), Verb: verb}
			if verb == scheduler.VerbFence || verb == scheduler.VerbConfirmOff {
				c.Node = n.cfg.Peer
				w.facts[i].operator = w.now
			}
			n.inbox = append(n.inbox, c)
		},
		can: func(w *world) bool { return w.nodes[i].running },
	}
}

// startDaemon is an operator's systemctl start.
func startDaemon(i int) fault {
	return fault{
		name: "an operator starts the daemon of " + nodeName(i),
		do:   func(w *world) { w.startAgain(&w.nodes[i]) },
		can:  func(w *world) bool { return w.nodes[i].stop.stopped },
	}
}
