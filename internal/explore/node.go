package explore

import (
	"slices"
	"strconv"
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// node is one machine: a Pi with its board, its disk, and what runs on it.
type node struct {
	id    int
	cfg   scheduler.Config
	board board
	bus   bool // the board's bus answers
	cable bool // the uplink has carrier
	mute  bool // no reference answers

	up       bool // a kernel runs
	panicked bool
	boot     string
	kernelAt time.Duration // a kernel will be up; 0 is not
	daemonAt time.Duration // a daemon will start; 0 is not
	bootAt   time.Duration

	disk     scheduler.Disk
	readOnly bool
	dieAt    dying // at the next write

	vip  bool
	eng  engine
	stop departure

	running bool
	machine *scheduler.Machine // valid while running
	session uint64
	born    time.Duration
	hung    time.Duration // the daemon does nothing before this
	hungFor time.Duration
	failing bool // a Persist failed, which the machine must hear next
	inbox   []scheduler.Event
	guard   bool // the daemon is gone and its line is up

	job   job
	claim claim
	probe struct {
		id uint64
		at time.Duration
	}
	worker worker
	told   told
}

// told is what the daemon's parts reported last.
type told struct {
	lines     scheduler.Lines
	linesAt   time.Duration
	uplink    scheduler.Uplink
	uplinkYet bool
	link      bool
	contact   time.Duration
	boardAt   time.Duration // report the board again; 0 is not
}

// departure is how the process is asked to go.
type departure struct{ asked, restart, off, reboot, stopped bool }

// dying is where in a write a node dies.
type dying byte

const (
	livesOn dying = iota
	diesBefore
	diesAfter
)

func (n *node) copied(from *node) {
	if from.running {
		from.machine.CopyTo(n.machine)
	}
	n.inbox = slices.Clip(n.inbox)
}

// serving is the physical fact that S1 is about.
func (n *node) serving() bool { return n.up && (n.vip || n.eng.runs) }

// uplink is the physical truth about a node's way to the clients.
func (n *node) uplink() bool { return n.cable && !n.mute }

// healthy is what a client needs.
func (n *node) healthy() bool { return n.up && n.vip && n.eng.runs }

// wakesWithin tells that something of the node's power or start is due soon.
func (n *node) wakesWithin(now, d time.Duration) bool {
	for _, at := range [...]time.Duration{n.kernelAt, n.daemonAt, n.board.onAt, n.board.resetAt} {
		if at != 0 && at <= now+d {
			return true
		}
	}
	return false
}

// settled tells that a running daemon is past its first moments.
func (n *node) settled(now time.Duration) bool { return !n.running || now-n.born > 3*time.Second }

// kernelDies ends all that runs. The guard dies with it, so the line stays.
func (w *world) kernelDies(n *node) {
	n.up = false
	w.daemonGone(n)
	n.guard = false
	n.vip, n.eng = false, engine{fails: n.eng.fails}
	n.kernelAt, n.daemonAt, n.panicked = 0, 0, false
}

func (w *world) daemonGone(n *node) {
	if n.running {
		w.factsDaemonEnds(n)
		w.happened()
	}
	n.running, n.failing, n.hung = false, false, 0
	n.inbox = nil
	n.job, n.claim, n.worker = job{}, claim{}, worker{}
	n.probe.id = 0
	n.told = told{}
	n.eng.inherited = n.eng.calling
	n.dieAt = livesOn
	n.guard = true
	w.guardLowers(n)
}

// guardLowers is the small process that watches the line of a dead daemon.
func (w *world) guardLowers(n *node) {
	if n.guard && n.up && w.setOut(n, false) {
		n.guard = false
	}
}

// bootDue brings kernel and daemon up when their time has come.
func (w *world) bootDue(n *node) {
	switch {
	case n.kernelAt != 0 && w.now >= n.kernelAt && n.board.power:
		w.kernelUp(n)
	case n.daemonAt != 0 && w.now >= n.daemonAt && n.up:
		w.daemonUp(n)
	}
}

func (w *world) kernelUp(n *node) {
	w.lastBoot++
	n.kernelAt, n.up, n.panicked = 0, true, false
	n.boot = nodeName(n.id) + strconv.FormatUint(w.lastBoot, 10)
	n.bootAt = w.now
	n.stop = departure{}
	w.setOut(n, false) // the early-boot unit
	n.guard = n.board.out
	if !w.plan.KeepsArmed {
		n.board.armed = false // the vendor's start-up service
	}
	n.daemonAt = w.now + unitTakes
	w.factsBooted(n)
	w.say(nodeName(n.id), "booted kernel %s", n.boot)
}

func (w *world) daemonUp(n *node) {
	w.lastSession++
	n.daemonAt, n.running, n.session, n.born, n.guard = 0, true, w.lastSession, w.now, false
	n.stop = departure{}
	b := scheduler.Boot{ID: n.boot, Session: n.session, Now: w.instant(), Wall: w.wall()}
	fresh := scheduler.New(n.cfg, n.disk, b)
	fresh.CopyTo(n.machine)
	w.say(nodeName(n.id), "started its daemon")
	w.factsDaemonStarts(n)
	w.reportBoard(n)
	w.reportContainers(n)
	n.inbox = append(n.inbox, scheduler.VIPState{Known: true, Held: n.vip})
	w.happened()
}

// kill is kill -9; systemd starts the daemon again.
func (w *world) kill(n *node) {
	if !n.running {
		return
	}
	stop := n.stop
	w.daemonGone(n)
	w.afterDaemon(n, stop)
}

func (w *world) afterDaemon(n *node, stop departure) {
	if !stop.asked || stop.restart {
		n.daemonAt = w.now + 3*pace
		return
	}
	n.stop = departure{stopped: true}
	n.vip = false
	switch {
	case stop.off:
		w.kernelDies(n)
		w.cutPower(n, "shut down")
	case stop.reboot:
		w.reset(n)
	}
}

// reset restarts the kernel with the power on.
func (w *world) reset(n *node) {
	w.say(nodeName(n.id), "restarts its kernel")
	w.kernelDies(n)
	n.kernelAt = w.now + bootTakes
	w.happened()
}

// panics ends the kernel with the power on; the board's watchdog ends that.
func (w *world) panics(n *node) {
	if !n.up {
		return
	}
	out := n.board.out
	w.kernelDies(n)
	n.panicked = true
	if w.plan.NoWatchdog {
		return
	}
	n.board.resetAt = w.now + dogLong
	if out {
		n.board.resetAt = w.now + dogShort
	}
}

func seconds(d time.Duration) string {
	return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
}
