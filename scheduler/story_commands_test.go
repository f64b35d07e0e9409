package scheduler_test

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// verbs are the commands of a story. Those of a node may be given with its
// name in front ("pi2 uplink down"); without it they mean pi1.
var verbs = map[string]func(n *node, args []string) error{
	// before the start
	"pair":     func(n *node, _ []string) error { n.w.pair(); n.w.nodes[1].wireCut = false; return nil },
	"show":     func(n *node, args []string) error { return n.w.setShow(args) },
	"config":   func(n *node, args []string) error { return set(&n.cfg, args) },
	"disk":     doDisk,     // "disk Term=3 !Standby", "disk broken", "disk mended"
	"calendar": doCalendar, // "calendar 5 3 * * *", in UTC
	"off":      func(n *node, _ []string) error { n.powered = false; return nil },

	// time
	"for":   doFor,   // "for 60s"
	"until": doUntil, // "until WORDS": until a line holds them, at most 20 min

	// the machine's life
	"start":  func(n *node, _ []string) error { n.startDaemon(); return nil },
	"kill":   func(n *node, _ []string) error { n.endDaemon(); return nil },
	"panic":  func(n *node, _ []string) error { n.endDaemon(); n.panicked = true; return nil },
	"reboot": func(n *node, _ []string) error { n.reboot(); return nil },
	"power":  doPower, // "power off", "power on": the supply
	"asleep": doAsleep,
	"reload": func(n *node, args []string) error {
		err := set(&n.cfg, args)
		n.deliver(scheduler.Reconfigured{Config: n.cfg})
		return err
	}, // "reload StartWait=2m": the file was changed
	"clock": doClock, // "clock +1h": the wall clock is set; "clock unsynced", "clock synced"

	// network and board
	"uplink": doUplink, // "uplink up", "uplink down", "uplink noref"
	"deaf":   func(n *node, _ []string) error { n.deaf = true; return nil },
	"hears":  func(n *node, _ []string) error { n.deaf = false; return nil },
	"cut":    func(n *node, _ []string) error { n.w.linkCut = true; return nil },
	"heal":   func(n *node, _ []string) error { n.w.linkCut = false; return nil },
	"extin":  doExtin, // "extin high", "extin low": somebody else drives this node's EXTIN
	"wire":   doWire,  // "pi1 wire cut": pi1's EXTOUT no longer reaches pi2; "ok", "loop"
	"board":  doBoard, // "board silent", "board answers", "board drops" (EXTOUT, for a moment), "board unarmable", "board woken=extin"

	// parts and people
	"hands":      func(n *node, args []string) error { return n.setHands(args) },
	"containers": func(n *node, args []string) error { return n.containersFail(args) },
	"vip":        func(n *node, args []string) error { return n.vipEvent(args) },
	"futago":     doFutago,
	"systemctl":  doSystemctl,
	"shutdown":   doShutdown,
	"peer":       doPeer,
	"status":     doStatus,
}

func (w *world) command(words []string) error {
	n := w.nodes[0]
	if words[0] == w.nodes[1].name {
		n = w.nodes[1]
	}
	if words[0] == w.nodes[0].name || words[0] == w.nodes[1].name {
		words = words[1:]
	}
	if len(words) == 0 || verbs[words[0]] == nil {
		return errors.New("no such command")
	}
	return verbs[words[0]](n, words[1:])
}

func (w *world) setShow(args []string) error {
	levels := map[string]show{"none": showNone, "deeds": showDeeds, "talk": showTalk, "all": showAll}
	level, known := levels[strings.Join(args, " ")]
	if !known {
		return errors.New("want none, deeds, talk or all")
	}
	w.shown = level
	return nil
}

func doDisk(n *node, args []string) error {
	switch strings.Join(args, " ") {
	case "broken":
		n.diskBad = true
	case "mended":
		n.diskBad = false
	case "empty":
		n.disk = scheduler.Disk{}
	default:
		return set(&n.disk, args)
	}
	return nil
}

func doFor(n *node, args []string) error {
	d, err := time.ParseDuration(strings.Join(args, " "))
	if err == nil {
		n.w.run(d, nil)
	}
	return err
}

func doUntil(n *node, args []string) error {
	words := strings.Join(args, " ")
	if !n.w.run(20*time.Minute, func() bool { return strings.Contains(n.w.out.String(), words) }) {
		return errors.New("did not happen within 20 min")
	}
	return nil
}

func doPower(n *node, args []string) error {
	switch strings.Join(args, " ") {
	case "off":
		n.supply = false
		n.powerOff()
	case "on":
		n.supply = true
		n.boots("poweron")
	default:
		return errors.New("want off or on")
	}
	return nil
}

// doAsleep stops the whole process for a while, as a starved or suspended one.
func doAsleep(n *node, args []string) error {
	d, err := time.ParseDuration(strings.Join(args, " "))
	if err != nil {
		return err
	}
	n.asleep = true
	n.w.run(d, nil)
	n.asleep = false
	n.inbox = append([]scheduler.Event{scheduler.Link{}}, n.inbox...) // membership woke up alone
	n.goesOn(scheduler.Slept{For: d})
	n.link = false
	if n.w.peer != nil && n.w.peer.talks {
		n.w.peer.linkIn(300*time.Millisecond, true)
	}
	return nil
}

func doUplink(n *node, args []string) error {
	word := strings.Join(args, " ")
	if word != "up" && word != "down" && word != "noref" {
		return errors.New("want up, down or noref")
	}
	n.carrier, n.reference = word != "down", word == "up"
	if n.m != nil {
		n.reportUplink()
	}
	return nil
}

func doExtin(n *node, args []string) error {
	n.stuckIn = strings.Join(args, " ") == "high"
	n.w.lines()
	return nil
}

func doWire(n *node, args []string) error {
	word := strings.Join(args, " ")
	n.wireCut, n.loop = word == "cut" || word == "loop", word == "loop"
	n.w.lines()
	return nil
}

func doBoard(n *node, args []string) error {
	word := strings.Join(args, " ")
	reason, woken := strings.CutPrefix(word, "woken=")
	switch {
	case woken:
		n.woken = reason
	case word == "silent", word == "answers":
		n.mute = word == "silent"
		if n.m != nil {
			n.reportBoard()
		}
	case word == "drops":
		n.lineDrops()
	case word == "unarmable", word == "armable":
		n.armable = word == "armable"
		n.armed = n.armed && n.armable
	default:
		return errors.New("want silent, answers, drops, unarmable, armable or woken=REASON")
	}
	return nil
}

func (n *node) setHands(args []string) error {
	if err := set(&n.hands, args); err != nil {
		return err
	}
	if n.m != nil {
		n.reportContainers()
	}
	return nil
}

// containersFail: "containers fail CODE why"; restarting in place was in vain.
func (n *node) containersFail(args []string) error {
	if len(args) < 3 || args[0] != "fail" {
		return errors.New("want fail CODE why")
	}
	n.deliver(scheduler.ContainersFailed{Code: args[1], Why: strings.Join(args[2:], " ")})
	return nil
}

// vipEvent: "vip deleted" by something else, "vip contested" by a stranger, or by
// the peer: "vip contested peer".
func (n *node) vipEvent(args []string) error {
	switch strings.Join(args, " ") {
	case "deleted":
		n.vip = false
		n.deliver(scheduler.VIPState{Known: true})
	case "contested", "contested peer":
		n.deliver(scheduler.VIPContested{MAC: "02:00:5e:10:00:99", Peer: len(args) > 1})
	default:
		return errors.New("want deleted, contested or contested peer")
	}
	return nil
}

// failure reads fail:CODE:why_with_underscores.
func failure(word string) (code, why string, bad bool) {
	rest, bad := strings.CutPrefix(word, "fail:")
	if !bad {
		return "", "", false
	}
	code, why, _ = strings.Cut(rest, ":")
	return code, strings.ReplaceAll(why, "_", " "), true
}

func splitWord(word string) (name, text string, no bool) {
	word, no = strings.CutPrefix(word, "!")
	name, text, _ = strings.Cut(word, "=")
	return name, text, no
}

func setField(f reflect.Value, text string, no bool) error {
	switch f.Interface().(type) {
	case time.Duration:
		d, err := time.ParseDuration(text)
		f.SetInt(int64(d))
		return err
	case time.Time:
		d, err := time.ParseDuration(text)
		f.Set(reflect.ValueOf(wallOrigin.Add(d)))
		return err
	case scheduler.Wire:
		return setWire(f, text)
	case scheduler.Outcome: // Reboot=started
		f.Set(reflect.ValueOf(scheduler.Outcome{At: wallOrigin, Result: scheduler.Result(text)}))
		return nil
	}
	switch f.Kind() {
	case reflect.Bool:
		f.SetBool(!no)
	case reflect.String:
		f.SetString(text)
	case reflect.Uint64:
		v, err := strconv.ParseUint(text, 10, 64)
		f.SetUint(v)
		return err
	default:
		return fmt.Errorf("cannot set a %s", f.Type())
	}
	return nil
}

// setWire reads passed@-26h, failed@0s or untested.
func setWire(f reflect.Value, text string) error {
	word, age, dated := strings.Cut(text, "@")
	results := map[string]scheduler.WireResult{"untested": scheduler.WireUntested, "passed": scheduler.WirePassed, "failed": scheduler.WireFailed}
	wire := scheduler.Wire{Result: results[word]}
	if dated {
		d, err := time.ParseDuration(age)
		if err != nil {
			return err
		}
		wire.At = wallOrigin.Add(d)
	}
	f.Set(reflect.ValueOf(wire))
	return nil
}
