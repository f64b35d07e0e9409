package scheduler_test

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/futago-ha/futago/scheduler"
	"github.com/futago-ha/futago/scheduler/calendar"
)

// doFutago is an operator's command: "futago move pi2", "futago fence pi2
// --off", "futago maintenance on --for=2h", "futago confirm off pi2".
func doFutago(n *node, args []string) error {
	c := scheduler.Command{ID: uint64(n.w.order)<<32 | 1, By: "root"}
	text := strings.Join(args, " ")
	text = strings.Replace(text, "confirm off", string(scheduler.VerbConfirmOff), 1)
	text = strings.Replace(text, "fence test", string(scheduler.VerbFenceTest), 1)
	for i, word := range strings.Fields(text) {
		limit, limited := strings.CutPrefix(word, "--for=")
		switch {
		case i == 0:
			c.Verb = scheduler.Verb(word)
		case limited:
			d, err := time.ParseDuration(limit)
			if err != nil {
				return err
			}
			c.For = d
		case word == "--off":
			c.Off = true
		case word == "--now":
			c.Now = true
		case word == "on":
			c.On = true
		case word == "off":
		default:
			c.Node = word
		}
	}
	n.w.order++
	n.deliver(c)
	return nil
}

// doSystemctl is "systemctl stop" or "systemctl restart" of the daemon.
func doSystemctl(n *node, args []string) error {
	word := strings.Join(args, " ")
	if word != "stop" && word != "restart" {
		return errors.New("want stop or restart")
	}
	restart := word == "restart"
	n.afterExit(func() {
		if restart {
			n.w.after(time.Second, n.startDaemon)
			return
		}
		n.vip = false // ExecStopPost
	})
	n.deliver(scheduler.StopRequested{Restart: restart})
	return nil
}

// doShutdown is a person's "shutdown -r now" or "shutdown -h now".
func doShutdown(n *node, args []string) error {
	switch strings.Join(args, " ") {
	case "announced", "called off":
		n.deliver(scheduler.ShutdownAnnounced{Off: args[0] != "announced"})
		return nil
	}
	off := strings.Join(args, " ") == "off"
	n.deliver(scheduler.StopRequested{Off: off, Reboot: !off})
	return nil
}

// afterExit lets something follow the end of the daemon that runs now.
func (n *node) afterExit(do func()) {
	life := n.life
	var look func()
	look = func() {
		switch {
		case n.life == life:
			n.w.after(tickEvery, look)
		case n.m == nil:
			do()
		}
	}
	n.w.after(tickEvery, look)
}

// doPeer moves the scripted peer: fields of its State ("peer Term=2 Own=2
// Serving !Ready"), or one of the words below.
func doPeer(n *node, args []string) error {
	p := n.w.peer
	if p == nil {
		return errors.New("both nodes of a pair are real")
	}
	if len(args) == 0 {
		p.talk()
		return nil
	}
	switch word, rest := args[0], args[1:]; word {
	case "silent":
		p.silence()
	case "deaf", "hears":
		p.deaf = word == "deaf"
	case "restarts": // the daemon: a new session
		p.restarts()
		return p.say(rest)
	case "reboots": // the kernel: a new boot id too
		p.reboots()
		return p.say(rest)
	case "tests":
		p.tests = strings.Join(rest, " ")
	case "lags": // its last word, which was on its way until now
		p.send()
	case "replays": // everything it ever said in this session, again
		for _, l := range p.log {
			p.give(l)
		}
	case "forges": // a letter of an unknown session and boot, bound to nothing
		p.give(scheduler.Letter{From: "pi2", Boot: p.boot, Session: 77, Seq: 1, State: p.state})
	case "intrudes": // a letter of a session that never came to be heard, to this one, a while ago
		p.give(scheduler.Letter{From: "pi2", Boot: "pi2-boot0", Session: 55, To: 17, Seq: 50, Echo: 1, State: p.state})
	case "haunts": // a hello of a boot of it long ago, which nobody remembers, played back
		p.give(scheduler.Letter{From: "pi2", Boot: "pi2-boot-9", Session: 77, Seq: 1, State: p.state})
	case "recalls": // a letter of an earlier session of it to an earlier one of this node
		p.give(scheduler.Letter{From: "pi2", Boot: p.boot, Session: 55, To: 16, Seq: 50, Echo: 1, State: p.state})
	case "reminds": // the same of one that began before the one that it had, as their numbers say
		p.give(scheduler.Letter{From: "pi2", Boot: p.boot, Session: 25, To: 16, Seq: 50, Echo: 1, State: p.state})
	case "asks": // carry a command out: "peer asks standby"
		p.request = &scheduler.Request{ID: p.seq + 1, Verb: scheduler.Verb(rest[0]), Node: n.name, By: "root"}
		p.talk()
	default:
		return p.say(args)
	}
	return nil
}

func (p *script) say(words []string) error {
	err := set(&p.state, words)
	p.talk()
	return err
}

// doStatus tells how the nodes stand.
func doStatus(n *node, _ []string) error {
	nodes := n.w.nodes[:]
	if n.w.peer != nil {
		nodes = nodes[:1]
	}
	for _, n := range nodes {
		n.w.sayf(n, "status: %s", n.standing())
	}
	return nil
}

func (n *node) standing() string {
	switch {
	case !n.powered:
		return "off"
	case n.panicked:
		return "dead, with power"
	case n.m == nil:
		return fmt.Sprintf("no daemon, vip %t, containers %s", n.vip, levelName(n.level))
	}
	v := n.m.View()
	words := []string{}
	switch {
	case v.State.Own != 0:
		words = append(words, fmt.Sprintf("owns term %d (%s)", v.State.Own, v.Ground))
	case v.State.Ready:
		words = append(words, "ready")
	default:
		words = append(words, "not ready ("+v.State.NotReady+")")
	}
	if n.vip {
		words = append(words, "has the VIP")
	}
	words = append(words, "containers "+levelName(n.level))
	for _, w := range v.Waits {
		words = append(words, "waits ["+w.Code+"]")
	}
	return strings.Join(words, ", ")
}

func levelName(l scheduler.Level) string { return [...]string{"none", "prepared", "running"}[l] }

// doCalendar gives a node its planned reboots; "calendar none" takes them away.
func doCalendar(n *node, args []string) error {
	text := strings.Join(args, " ")
	if text == "none" {
		n.cfg.Calendar = nil
		return nil
	}
	var err error
	n.cfg.Calendar, err = calendar.Parse(text, time.UTC)
	return err
}

func doClock(n *node, args []string) error {
	word := strings.Join(args, " ")
	if word == "unsynced" || word == "synced" {
		n.unsynced = word == "unsynced"
		return nil
	}
	step, err := time.ParseDuration(word)
	n.stepped += step
	return err
}
