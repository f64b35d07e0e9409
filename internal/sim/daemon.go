package sim

import (
	"slices"
	"time"

	"github.com/futago-ha/futago/internal/translate"
	"github.com/futago-ha/futago/membership"
	"github.com/futago-ha/futago/scheduler"
)

const (
	tickEvery    = 100 * time.Millisecond
	probeTurns   = 2 // membership asks at every second tick
	feedTurns    = 5
	neverFed     = ^uint64(0)
	livelyFor    = 300 * time.Millisecond // longer than any board shows an old EXTIN
	mostQuiet    = 2 * time.Second        // shorter than the board's watchdog
	lateFrom     = 500 * time.Millisecond // the loop reports its own lateness from here on
	systemdKills = 10 * time.Second       // WatchdogSec of the unit
	untilTold    = 1 << 62                // the loop is blocked until something frees it
	stopTimeout  = 120 * time.Second      // TimeoutStopSec of the unit
)

// daemon is one life of the daemon's process: the loop around the brain.
type daemon struct {
	n       *node
	brain   Brain
	thrifty Thrifty // the brain, if it is
	session uint64
	started time.Duration

	hung     time.Duration // the process does nothing before this instant
	busy     time.Duration // the loop waits for the disk until then
	inbox    []scheduler.Event
	lastWord time.Duration // when the loop went round last, if it does not now
	failing  bool          // a Persist failed and the brain does not know yet
	guarded  bool          // the guard has a raise to watch
	ticks    pace
	lastTick *scheduler.Tick
	told     wallClock     // the wall clock as the last tick said it
	fed      uint64        // turn of ticks, in feedTurns, at which the board's watchdog was fed last
	lively   time.Duration // something changed: every reading counts until then
	thought  time.Duration // when the brain was asked last, and the next tick found

	line line
	work worker
	addr address
	link link
	went departure
}

// departure is how the process is asked to go.
type departure struct {
	asked, off, reboot, restart bool
}

// startDaemon starts the process, unless it runs or is not wanted.
func (n *node) startDaemon() {
	if !n.up || n.d != nil || n.stopped {
		return
	}
	d := &daemon{
		n: n, fed: neverFed, session: uint64(n.w.now/(10*time.Millisecond))<<30 | n.w.rng.Uint64()>>34 | 1,
		started: n.w.now, lastWord: n.w.now, lively: n.w.now + livelyFor,
		told: wallClock{unsynced: !n.wallClock.unsynced}, // not yet as it is
	}
	n.d = d
	n.weFeed = true
	n.say("DAEMON starts, session %x", d.session&0xffff)
	n.w.after(deafAtStart+1, func() {}) // from then on it answers
	d.line.d, d.work.d, d.link.d, d.addr = d, d, d, newAddress(d)
	disk := cloneDisk(n.disk)
	n.w.check.daemonStarts(n)
	d.brain = n.maker(Birth{Config: n.cfg, Disk: disk, Boot: n.bootID, Session: d.session, Now: n.clock(), Wall: n.wall(), Uptime: time.Duration(n.clock()), All: n.w.all})
	d.thrifty, _ = d.brain.(Thrifty)
	d.lookAround()
	d.ticks.start(d, n.local(tickEvery), 0, n.w.now+n.w.between(0, tickEvery), d.tick)
	n.w.walk(n, &d.ticks, &d.line.polls)
}

// lookAround feeds what the parts find at the start, each in its own time.
func (d *daemon) lookAround() {
	soon := func(do func()) { d.proc(d.n.w.between(time.Millisecond, 300*time.Millisecond), do) }
	soon(d.line.reportBoard)
	d.line.polls.start(d, pollEvery, pollLate, d.n.w.now+d.n.w.between(time.Millisecond, 300*time.Millisecond), d.line.poll)
	soon(d.work.report)
	soon(d.addr.report)
	soon(d.link.reportUplink)
	d.link.firstReference()
	d.work.poll()
}

func cloneDisk(k scheduler.Disk) scheduler.Disk {
	k.PeerBoots = slices.Clone(k.PeerBoots)
	k.Fences = slices.Clone(k.Fences)
	return k
}

// proc lets do happen in this process d from now, later if it hangs then, and
// not at all if it died.
func (d *daemon) proc(in time.Duration, do func()) {
	d.n.w.queue.push(d.n.w.now+in, task{do: do, d: d})
}

// calmly is proc for what changes nothing of the situation by itself.
func (d *daemon) calmly(in time.Duration, do func()) {
	d.n.w.queue.push(d.n.w.now+in, task{do: do, d: d, calm: true})
}

// deliver gives the loop an event, now or when it is free again.
func (d *daemon) deliver(e scheduler.Event) {
	if d.n.d != d {
		return
	}
	if len(d.inbox) == 0 && !d.failing && d.busy <= d.n.w.now {
		d.think(e) // as nearly always: it need not wait
	} else if _, tick := e.(*scheduler.Tick); !tick || len(d.inbox) == 0 {
		d.inbox = append(d.inbox, e)
	}
	d.drain()
}

// slept is membership's word that this process did not run.
func slept(long time.Duration) scheduler.Event {
	e, _ := translate.Member(membership.Slept{For: long})
	return e
}

func (d *daemon) deliverAll(events []scheduler.Event) {
	for _, e := range events {
		d.deliver(e)
	}
}

// drain gives the brain what waits. A batch whose Persist failed was dropped,
// and the brain hears of that before anything else.
func (d *daemon) drain() {
	for len(d.inbox) > 0 && d.n.d == d && d.busy <= d.n.w.now {
		if d.failing {
			d.failing = false
			d.think(scheduler.PersistFailed{Why: "read-only file system"})
			if d.failing {
				return
			}
			continue
		}
		e := d.inbox[0]
		d.inbox = slices.Delete(d.inbox, 0, 1)
		d.think(e)
	}
}

func (d *daemon) think(e scheduler.Event) {
	if d.n.w.story != nil {
		d.n.tellEvent(e)
	}
	d.n.w.check.event(d.n, e)
	if d.thrifty != nil {
		d.thrifty.Trust(!d.n.readOnly)
	}
	_, tick := e.(*scheduler.Tick)
	if d.thrifty == nil {
		e = unlent(e)
	}
	actions := d.brain.Step(d.n.clock(), e)
	if tick && d.n.w.story != nil {
		d.n.tellTick(actions)
	}
	if kept := d.perform(actions); d.thrifty != nil && !kept {
		d.thrifty.Recycle(actions)
	}
	d.nextTick()
	d.thought = d.n.w.now
}

// unlent is the event itself, for a brain that may keep it: what is lent is used
// for another one soon.
func unlent(e scheduler.Event) scheduler.Event {
	switch e := e.(type) {
	case *scheduler.Tick:
		return *e
	case *scheduler.Received:
		return *e
	}
	return e
}

// perform carries a batch out in order, and tells whether it keeps some of it for
// later. A crash may come between any two.
func (d *daemon) perform(actions []scheduler.Action) (kept bool) {
	n := d.n
	for i, a := range actions {
		if n.crashes(before) || n.d != d {
			return false
		}
		if n.w.story != nil {
			n.tellAction(a)
		}
		switch a := a.(type) {
		case *scheduler.Send: // as nearly always
			n.w.check.letter(n, &a.Letter)
			n.w.net.send(n, &a.Letter)
		case scheduler.Persist:
			n.w.stir()
			if !d.persist(a) {
				return false
			}
			if wait := n.diskTakes(); wait > 0 && i+1 < len(actions) {
				d.blockFor(wait, actions[i+1:])
				return true
			}
		default:
			n.w.stir()
			n.w.check.action(n, a)
			d.dispatch(a)
		}
		if n.crashes(after) || n.d != d {
			return false
		}
	}
	return false
}

// persist writes the state. What cannot be written drops the batch, and the
// loop hears of it before anything else.
func (d *daemon) persist(p scheduler.Persist) bool {
	n := d.n
	if !n.readOnly {
		n.keep(p.Disk)
		n.w.check.persisted(n)
		return true
	}
	n.say("DISK refuses")
	n.w.check.node[n.id].fenced.late = n.bootID
	d.failing = true
	return false
}

// blockFor is the loop waiting for the disk; the rest of the batch follows,
// then what came in the meantime.
func (d *daemon) blockFor(wait time.Duration, rest []scheduler.Action) {
	d.stops()
	d.busy = untilTold
	d.proc(wait, func() {
		d.busy = 0
		d.perform(rest)
		if d.n.d != d || d.busy > d.n.w.now {
			return
		}
		if wait > lateFrom {
			d.inbox = append([]scheduler.Event{slept(wait)}, d.inbox...)
		}
		d.drain()
	})
}

// wasAway is the process running again after it did not for a while.
func (d *daemon) wasAway(long time.Duration) {
	d.link.misses = 0
	if long > lateFrom {
		d.deliver(slept(long))
	}
}

// hang stops the process for that long; systemd ends it when it hangs too long.
func (d *daemon) hang(long time.Duration) {
	n := d.n
	n.say("DAEMON hangs for %s", long)
	since := n.w.now
	d.stops()
	d.hung = n.w.now + long
	d.proc(0, func() {
		n.say("DAEMON goes on")
		d.wasAway(n.w.now - since)
	})
	if long > systemdKills {
		n.kernel(systemdKills, func() {
			if n.d == d {
				n.killDaemon()
			}
		})
	}
}

// dropDaemon forgets the process; its line is the guard's now.
func (n *node) dropDaemon() {
	if n.d == nil {
		return
	}
	n.d.stops()
	n.d = nil
	n.w.walk(n, resting, resting)
	n.pending = nil
	n.w.check.daemonEnds(n)
}

// killDaemon is kill -9; systemd starts it again, with the same kernel.
func (n *node) killDaemon() {
	if n.d == nil {
		return
	}
	n.say("DAEMON killed")
	went := n.d.went
	n.dropDaemon()
	n.guardLowers(n.w.between(5*time.Millisecond, 50*time.Millisecond))
	if went.asked && !went.restart {
		n.afterStop(went)
		return
	}
	n.kernel(n.w.between(time.Second, 5*time.Second), n.startDaemon)
}

// exit is the process ending by itself.
func (d *daemon) exit() {
	n := d.n
	n.say("DAEMON exits")
	went := d.went
	n.w.check.exited(n)
	n.dropDaemon()
	n.guardLowers(n.w.between(5*time.Millisecond, 50*time.Millisecond))
	if n.w.prof.watchdog && n.bus.lower() {
		n.bus.watchdog(watchdogLong)
	}
	if went.asked && !went.restart {
		n.afterStop(went)
		return
	}
	n.kernel(n.w.spread(time.Second, 40*time.Second), n.startDaemon)
}

// ask is systemd's stop of the unit, alone or as part of a shutdown.
func (d *daemon) ask(went departure) {
	if d.went.asked {
		d.went.off, d.went.reboot = d.went.off || went.off, d.went.reboot || went.reboot
		return
	}
	went.asked = true
	d.went = went
	d.deliver(scheduler.StopRequested{Restart: went.restart, Off: went.off, Reboot: went.reboot})
	n := d.n
	n.kernel(stopTimeout, func() {
		if n.d == d {
			n.killDaemon()
		}
	})
}

// afterStop is the unit's clean-up (ExecStopPost): the line down, the address
// off, the heartbeat back to the vendor; then the shutdown goes on.
func (n *node) afterStop(went departure) {
	n.stopped = true
	n.lowerAtLast(20 * time.Millisecond)
	n.kernel(30*time.Millisecond, func() {
		n.setVIP(false)
		n.weFeed = false
		n.vendorFeeds()
	})
	if went.off || went.reboot {
		n.shutDown(went.off)
	}
}

// shutDown is the rest of an orderly shutdown: the engine stops its containers.
func (n *node) shutDown(off bool) {
	n.leaves = true
	n.kernel(n.w.between(time.Second, 6*time.Second), func() {
		if off {
			n.powerOff()
			return
		}
		n.restart()
	})
}
