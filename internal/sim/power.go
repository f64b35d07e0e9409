package sim

import (
	"fmt"
	"time"

	"github.com/futago-ha/futago/internal/board"
	"github.com/futago-ha/futago/scheduler"
)

// The board's watchdog: while the daemon may raise its line, and otherwise.
const (
	watchdogShort = 6 * time.Second
	watchdogLong  = 60 * time.Second
	sleepTimeout  = 10 * time.Second
)

// node is one machine: a Pi with its board, its disk and what runs on it.
type node struct {
	w     *world
	id    int
	maker Maker
	cfg   scheduler.Config
	bus   bus

	wallClock  wallClock
	setAt      time.Duration // when it was set last, as a fault of its own
	powered    bool          // the Pi has power
	up         bool          // its kernel runs (also while it is frozen)
	panicked   bool
	leftLine   time.Duration // when its kernel last died or slept with its line up, which stays up until a kernel lowers it
	life       uint64        // one more whenever the kernel dies or starts
	bootID     string
	boots      int
	bootAt     time.Duration // when this kernel came up
	bootBegan  time.Duration
	clockFrom  time.Duration     // at this instant
	clockShown scheduler.Instant // the node's clock showed this
	driftAt    time.Duration     // when a fault set how fast it runs
	wallAhead  time.Duration     // what the wall clock shows more than the other one
	frozen     time.Duration     // the kernel does nothing before this instant

	disk scheduler.Disk
	storage

	engine engine
	vip    bool // the address is on the interface

	cable     bool          // to the switch
	stranger  bool          // somebody else on its segment answers for the VIP
	clings    bool          // its kernel goes on answering for the VIP once it had it
	lingers   bool          // and does so now
	proxies   bool          // its kernel always answers for the VIP
	liedAt    time.Duration // when that ended
	d         *daemon
	supplied  bool   // its supply is on
	gone      bool   // its supply is off for good
	refLost   bool   // its reference does not answer it
	stopped   bool   // an operator stopped the daemon: nobody restarts it
	leaves    bool   // the machine shuts down: systemd starts nothing any more
	tight     bool   // the board's watchdog is short, since the last raise in this boot
	weFeed    bool   // the heartbeat is ours, not the vendor's feeder
	announced func() // an announced shutdown goes on
	pending   *crash // a crash that waits for a step of the daemon
}

func newNode(w *world, id int, maker Maker) *node {
	n := &node{w: w, id: id, maker: maker, cable: true}
	n.bus.n, n.engine.n = n, n
	n.cfg = w.prof.config
	n.cfg.Self, n.cfg.Peer = nodeName(id), nodeName(1-id)
	n.cfg.First = id == 0
	n.cfg.Preferred = id == w.prof.prefer
	n.cfg.Calendar, n.cfg.MinUptime = w.planning.calendars[id], w.planning.minUptime
	return n
}

func nodeName(id int) string { return string(rune('a' + id)) }

// clock is the node's own monotonic clock. It starts anew with each boot.
func (n *node) clock() scheduler.Instant { return n.clockAt(n.w.now) }

func (n *node) clockAt(at time.Duration) scheduler.Instant {
	ran := float64(at-n.clockFrom) * (1 + n.w.prof.drift[n.id])
	return n.clockShown + scheduler.Instant(ran)
}

var wallOrigin = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// wall is the node's wall clock: the board's right time at boot, then at the
// pace of the node's own clock.
func (n *node) wall() time.Time {
	return wallOrigin.Add(n.wallAhead + n.wallClock.off + time.Duration(n.clock()))
}

// world is about when the node's clock shows at.
func (n *node) world(at scheduler.Instant) time.Duration {
	ran := float64(at-n.clockShown) / (1 + n.w.prof.drift[n.id])
	return n.clockFrom + time.Duration(ran)
}

// local turns a duration of the node's clock into one of the world.
func (n *node) local(d time.Duration) time.Duration {
	return time.Duration(float64(d) / (1 + n.w.prof.drift[n.id]))
}

// kernel lets do happen d from now on this node, later if the kernel is frozen
// then, and not at all if it died.
func (n *node) kernel(d time.Duration, do func()) {
	n.w.queue.push(n.w.now+d, task{do: do, n: n, life: n.life})
}

// calmly is kernel for what changes nothing of the situation by itself.
func (n *node) calmly(d time.Duration, do func()) {
	n.w.queue.push(n.w.now+d, task{do: do, n: n, life: n.life, calm: true})
}

// gainPower is the board switching the Pi on.
func (n *node) gainPower(why board.Reason) {
	n.say("POWER on (%s)", why)
	n.powered, n.panicked = true, false
	n.boot()
}

// boot starts a kernel: the vendor's start-up service first, then our
// early-boot unit, then the daemon.
func (n *node) boot() {
	n.life++
	n.up, n.frozen, n.bootBegan = false, 0, n.w.now
	took := n.w.prof.boot[n.id] + n.w.between(0, 3*time.Second)
	n.kernel(took, n.kernelUp)
}

func (n *node) kernelUp() {
	n.up, n.panicked = true, false
	n.boots++
	n.bootAt = n.w.now
	n.clockFrom, n.clockShown = n.w.now, scheduler.Instant(time.Second)
	n.wallAhead = n.w.now + n.w.prof.skew[n.id] - time.Duration(n.clock())
	n.bootID = fmt.Sprintf("%s-boot%d", nodeName(n.id), n.boots)
	n.say("KERNEL %s", n.bootID)
	n.restored()
	n.tight = false
	n.engine = engine{n: n, faults: n.engine.faults}
	n.vip = false
	woken, _ := n.bus.woken()
	n.w.check.booted(n, woken)
	if n.w.prof.vendorDisarms {
		n.bus.arm(false)
	}
	if n.w.prof.watchdog {
		n.bus.watchdog(watchdogLong)
	}
	n.bus.store(regSleep, byte(sleepTimeout/time.Second))
	n.weFeed = false
	n.vendorFeeds()
	n.lowerAtLast(n.w.between(100*time.Millisecond, time.Second))
	n.stopped = false
	n.kernel(n.w.between(1500*time.Millisecond, 4*time.Second), n.startDaemon)
}

// lowerAtLast is the early-boot unit: it lowers EXTOUT as soon as the bus
// answers.
func (n *node) lowerAtLast(d time.Duration) {
	n.kernel(d, func() {
		if !n.bus.lower() {
			n.lowerAtLast(100 * time.Millisecond)
		}
	})
}

// vendorFeeds is the vendor's heartbeat, which feeds while our daemon does not.
func (n *node) vendorFeeds() {
	if !n.w.prof.watchdog {
		return
	}
	n.kernel(time.Second, func() {
		if !n.weFeed {
			n.beat()
			n.vendorFeeds()
		}
	})
}

// losePower is the board cutting the Pi's power.
func (n *node) losePower(why board.Reason) {
	n.say("POWER cut (%s)", why)
	n.w.check.powerCut(n, why)
	if n.out() && n.w.prof.boards[n.id].OutSurvivesCut {
		n.leftLine = n.w.now
	}
	n.kernelDies()
	n.losesWrites()
	n.powered = false
}

// kernelDies ends everything that runs; what was synced stays on disk.
func (n *node) kernelDies() {
	n.life++
	n.announced = nil
	n.up, n.vip, n.leaves = false, false, false
	if n.lies() {
		n.liedAt = n.w.now
	}
	n.clings, n.lingers = false, false
	n.frozen = 0
	n.engine.excl, n.engine.ovl = false, false
	n.dropDaemon()
}

// panics is a kernel that died with the power on. It answers nothing.
func (n *node) panics() {
	if !n.up {
		return
	}
	n.say("KERNEL panics")
	if o := n.w.prof.boards[n.id]; n.out() && o.OutSurvivesPanic && (o.OutSurvivesCut || !n.tight) {
		n.leftLine = n.w.now
	}
	n.kernelDies()
	n.panicked = true
	n.onBoard(func(b *board.Board) { b.Panic(n.w.now) })
}

// freeze stops the kernel for d: it neither runs nor answers, and then goes on.
func (n *node) freeze(d time.Duration) {
	if !n.up || n.frozen > n.w.now {
		return
	}
	n.say("KERNEL freezes for %s", d)
	if n.out() && (!n.tight || n.w.prof.boards[n.id].OutSurvivesCut) {
		n.leftLine = n.w.now
	}
	if n.d != nil {
		n.d.stops()
	}
	n.frozen = n.w.now + d
	since := n.w.now
	n.kernel(0, func() {
		n.say("KERNEL thaws")
		if n.d != nil {
			n.d.wasAway(n.w.now - since)
		}
	})
}

// restart is a warm restart of the machine, orderly or not.
func (n *node) restart() {
	n.say("KERNEL restarts")
	n.kernelDies()
	n.onBoard(func(b *board.Board) { b.Reboot(n.w.now) })
	n.boot()
}

// powerOff is a machine that shut down in order: the board takes its power.
func (n *node) powerOff() {
	n.say("KERNEL shut down")
	n.kernelDies()
	n.onBoard(func(b *board.Board) {
		b.Halt(n.w.now)
	})
}

// push is a person at the board's switch.
func (n *node) push() {
	n.onBoard(func(b *board.Board) { b.Push(n.w.now) })
}

// serving is the physical fact that S1 is about. A kernel that is frozen still
// has what it had.
func (n *node) serving() bool { return n.up && (n.vip || n.exclusive()) }

func (n *node) exclusive() bool { return n.up && n.cfg.Exclusive && n.engine.excl }

// healthy is what a client needs: the address and all containers, on a node
// that answers.
func (n *node) healthy() bool {
	return n.up && n.frozen <= n.w.now && n.vip && n.engine.all()
}
