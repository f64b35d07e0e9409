package scheduler_test

import (
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// node is one Pi: what is on its disk and its board, and the daemon if it runs.
type node struct {
	w    *world
	i    int
	name string
	cfg  scheduler.Config

	m       *scheduler.Machine // nil: no daemon runs
	life    int                // of the daemon
	session uint64
	kernel  int // how often it booted

	disk     scheduler.Disk
	diskBad  bool
	unsynced bool          // the kernel does not call its wall clock synchronised
	stepped  time.Duration // how far the wall clock was set off
	upFor    time.Duration // how long the kernel had run when the daemon started
	writing  bool          // the loop waits for the disk
	inbox    []scheduler.Event
	asleep   bool
	supply   bool // 12 V are there
	powered  bool // and the board lets them through
	panicked bool

	// network
	carrier, reference bool
	link, deaf         bool
	answered           time.Duration
	lastLetter         scheduler.Letter

	// board and harness
	armed, armable, mute   bool // mute: the board does not answer
	woken                  string
	extin, extout          bool
	falling                bool // to be lowered when the board answers again
	stuckIn, loop, wireCut bool
	rise                   int
	riseAt                 time.Duration
	job                    job
	sentLines              scheduler.Lines
	sentLinesAt            time.Duration

	// service
	level   scheduler.Level
	vip     bool
	lingers bool   // the kernel answers for the address, though no interface has it
	op      uint64 // the Containers action under way
	hands   hands

	print printer
}

func newNode(w *world, i int) *node {
	names := []string{"pi1", "pi2"}
	n := &node{
		w: w, i: i, name: names[i], supply: true, powered: true, carrier: true, reference: true, armable: true, woken: "poweron",
		kernel: 1, hands: defaultHands(),
		cfg: scheduler.Config{
			Self: names[i], Peer: names[1-i], First: i == 0, Preferred: i == 0,
			Failback: true, FailbackDelay: 60 * time.Second, Overlap: true,
			Hold: 12 * time.Second, Pulse: time.Second, StartWait: 60 * time.Second, ExtinWait: 10 * time.Minute,
			StartTimeout: 60 * time.Second, StopTimeout: 30 * time.Second, BackWithin: 5 * time.Minute,
		},
	}
	if i == 1 {
		n.wireCut = true // of a scripted peer until the story says otherwise; pair mends it
	}
	passed := scheduler.Wire{Result: scheduler.WirePassed, At: wallOrigin.Add(-time.Hour)}
	n.disk = scheduler.Disk{Wire: passed, PeerWire: passed, PeerBoot: names[1-i] + "-boot0", Boot: names[i] + "-boot0"}
	return n
}

func (n *node) clock() scheduler.Instant { return origin.Add(n.w.now) }
func (n *node) wall() time.Time          { return wallOrigin.Add(n.w.now + n.stepped) }

// startDaemon begins a life of the daemon; the parts report what they find
// within the next tenth of a second.
func (n *node) startDaemon() {
	n.life++
	n.session = uint64((n.i+1)*16 + n.life)
	n.op, n.writing, n.inbox = 0, false, nil
	boot := scheduler.Boot{ID: bootID(n), Session: n.session, Now: n.clock(), Wall: n.wall(), Uptime: n.upFor}
	n.m = scheduler.New(n.cfg, cloneDisk(n.disk), boot)
	n.print = printer{late: map[string]bool{}}
	n.w.sayf(n, "-- daemon starts, boot %s, session %d", boot.ID, n.session)
	n.link, n.sentLines = false, scheduler.Lines{}
	n.soon(10*time.Millisecond, n.reportBoard)
	n.soon(20*time.Millisecond, n.reportContainers)
	n.soon(30*time.Millisecond, func() { n.deliver(scheduler.VIPState{Known: true, Held: n.vip}) })
	n.soon(40*time.Millisecond, n.reportUplink)
	n.soon(50*time.Millisecond, n.poll)
	n.soon(tickEvery, n.tick)
	if n.w.peer != nil {
		n.w.peer.daemonStarted()
	}
}

func (n *node) endDaemon() {
	n.m = nil
	n.life++
	if n.job.kind != idle { // the guard process (S5)
		n.job, n.extout = job{}, false
		n.w.lines()
	}
}

// soon lets something happen in this life of the daemon.
func (n *node) soon(d time.Duration, do func()) {
	life := n.life
	var due func()
	due = func() {
		switch {
		case n.life != life || n.m == nil || n.panicked:
		case n.asleep:
			n.w.after(tickEvery, due)
		default:
			do()
		}
	}
	n.w.after(d, due)
}

func (n *node) tick() {
	n.soon(tickEvery, n.tick)
	n.membership()
	n.deliver(scheduler.Tick{Wall: n.wall(), Synced: !n.unsynced})
}

// deliver is one Step and its actions, in the order given; what cannot be
// written drops the rest, and the machine hears of that before anything else.
func (n *node) deliver(e scheduler.Event) {
	if n.m == nil {
		return
	}
	if n.writing || n.asleep {
		n.inbox = append(n.inbox, e)
		return
	}
	n.showEvent(e)
	actions := n.m.Step(n.clock(), e)
	for i, a := range actions {
		if p, is := a.(scheduler.Persist); is {
			if i != 0 {
				n.w.sayf(n, "%sPersist is action %d of its batch", alarm, i+1)
			}
			if n.diskBad {
				n.persistFails()
				return
			}
			n.showDisk(p.Disk)
			n.disk = cloneDisk(p.Disk)
			continue
		}
		n.showAction(a)
		n.perform(a)
		if n.m == nil {
			return
		}
	}
	n.showWaits()
}

// persistFails reports what came of a write, a moment later, and then what
// happened in that moment.
func (n *node) persistFails() {
	n.writing = true
	n.soon(20*time.Millisecond, func() {
		n.writing = false
		n.goesOn(scheduler.PersistFailed{Why: "read-only file system"})
	})
}

// goesOn gives the machine an event and then what happened in the meantime.
func (n *node) goesOn(first scheduler.Event) {
	inbox := n.inbox
	n.inbox = nil
	n.deliver(first)
	for _, e := range inbox {
		n.deliver(e)
	}
}

func cloneDisk(d scheduler.Disk) scheduler.Disk {
	d.PeerBoots, d.Fences = slices.Clone(d.PeerBoots), slices.Clone(d.Fences)
	return d
}

func (n *node) reportBoard() {
	e := scheduler.Board{OK: !n.mute, Armed: n.armed, Woken: []string{n.woken}, Watchdog: true}
	if n.mute {
		e = scheduler.Board{Why: "the board does not answer"}
	}
	n.deliver(e)
}

func (n *node) reportUplink() {
	n.deliver(scheduler.Uplink{Carrier: n.carrier, Reference: n.carrier && n.reference})
}

// exits is the end of the daemon by its own will.
func (n *node) exits() {
	n.w.sayf(n, "-- daemon exits")
	n.endDaemon()
}

// set changes fields of a struct by words such as Term=3, Serving, !Ready.
func set(target any, words []string) error {
	v := reflect.ValueOf(target).Elem()
	for _, word := range words {
		name, text, no := splitWord(word)
		f := v.FieldByName(name)
		if !f.IsValid() {
			return fmt.Errorf("%s has no field %s", v.Type(), name)
		}
		if err := setField(f, text, no); err != nil {
			return fmt.Errorf("%s: %w", word, err)
		}
	}
	return nil
}
