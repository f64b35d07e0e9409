package daemon

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/futago-ha/futago/fencing"
	"github.com/futago-ha/futago/fencing/sleepi3"
	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/internal/inputs"
	"github.com/futago-ha/futago/internal/store"
	"github.com/futago-ha/futago/membership"
	"github.com/futago-ha/futago/resources"
	"github.com/futago-ha/futago/scheduler"
	"golang.org/x/sync/errgroup"
)

// Daemon is one node's futago. It runs once.
type Daemon struct {
	opts Options

	bus       *bus
	dev       *sleepi3.Dev
	member    *membership.Member
	fencer    *fencing.Fencer
	heartbeat *fencing.Heartbeat
	kernelDog *fencing.Heartbeat // nil: not configured
	device    *fencing.KernelWatchdog
	vendor    chan vendorSeen
	alarm     chan error // nil: it can be set again
	turnOff   atomic.Bool
	turned    chan struct{} // turnOff changed
	group     *resources.Group
	vips      *addresses
	server    *control.Server
	state     *store.Store[scheduler.Disk]
	journal   *journal
	recorder  *inputs.Recorder

	machine  *scheduler.Machine
	boot     scheduler.Boot
	orders   chan order // operators' commands
	leave    chan scheduler.StopRequested
	rereads  chan reread
	stale    []string          // keys of the file that hold only after a restart
	later    []scheduler.Event // reports that arose while actions were carried out
	answers  map[uint64]chan scheduler.Answer
	answered []scheduler.Answer // to be given once the status shows them
	ownLine  ownLine
	lastCmd  uint64
	leaving  bool // on the way out
	how      scheduler.StopRequested
	exited   bool          // the machine said Exit
	late     time.Duration // how late the loop's ticks were, fading
	save     func(scheduler.Disk) error
	known    facts
	shown    time.Time // when the snapshot was published last
	feed     *control.Feed
	lines    lineLog

	clocks    clockWatch
	beaten    time.Time // when the board's watchdog was fed last
	shownKey  shownKey
	peerTerm  uint64 // the peer's term shown last, and since when
	peerSince scheduler.Instant
	peerIdle  bool // it was seen not to serve: when it begins is seen as well
}

// New makes the parts from the configuration and opens the state directory.
// It starts nothing.
func New(opts Options) (*Daemon, error) {
	if err := opts.check(); err != nil {
		return nil, err
	}
	d := &Daemon{
		opts: opts, bus: &bus{open: opts.OpenBus}, feed: &control.Feed{},
		orders: make(chan order), leave: make(chan scheduler.StopRequested, 4), rereads: make(chan reread, 1), answers: map[uint64]chan scheduler.Answer{},
		vendor: make(chan vendorSeen), alarm: make(chan error), turned: make(chan struct{}, 1),
	}
	bootID, err := opts.System.BootID()
	if err != nil {
		return nil, err
	}
	var random [8]byte
	if _, err := rand.Read(random[:]); err != nil {
		return nil, fmt.Errorf("draw a session number: %w", err)
	}
	d.boot = scheduler.Boot{ID: bootID, Session: newSession(bootClock(), random), Now: bootClock(), Wall: wallClock(), Uptime: time.Duration(bootClock())}
	if err := d.parts(); err != nil {
		return nil, err
	}
	return d, nil
}

// newSession is the number of a start of the daemon: fiftieths of a second since
// the kernel's start, so that within a boot they count up (for five years), and
// 20 random bits. 53 bits in all keep it exact in any JSON.
func newSession(at scheduler.Instant, random [8]byte) uint64 {
	const luck = 1<<20 - 1
	tick := uint64(time.Duration(at) / (20 * time.Millisecond))
	return tick<<20&(1<<53-1) | binary.BigEndian.Uint64(random[:])&luck | 1
}

func (d *Daemon) parts() error {
	var err error
	if d.member, err = membership.New(d.memberConfig()); err != nil {
		return fmt.Errorf("membership: %w", err)
	}
	d.dev, err = sleepi3.New(d.bus, sleepi3.Opts{Addr: d.opts.BoardAddress, Retries: 2, Pause: 5 * time.Millisecond})
	if err != nil {
		return fmt.Errorf("fence device: %w", err)
	}
	d.heartbeat = fencing.NewHeartbeat(d.toggle())
	if path := d.opts.Config.Fence.WatchdogDevice; path != "" {
		d.device = fencing.NewKernelWatchdog(path)
		d.kernelDog = fencing.NewHeartbeat(d.device.Feed)
	}
	if d.fencer, err = fencing.New(d.dev, d.fencerOptions()); err != nil {
		return fmt.Errorf("fencing: %w", err)
	}
	if d.group, err = resources.New(d.groupOptions(), d.specs(), d.opts.Log.With("part", "resources")); err != nil {
		return fmt.Errorf("containers: %w", err)
	}
	if d.vips, err = newAddresses(d.opts); err != nil {
		return fmt.Errorf("vip: %w", err)
	}
	d.recorder = inputs.NewRecorder(d.recorderOptions())
	d.server = control.NewServer(control.Options{Socket: d.opts.Socket, Log: d.opts.Log.With("part", "control")}, backend{d})
	return nil
}

// Ready is closed once operators are answered.
func (d *Daemon) Ready() <-chan struct{} { return d.server.Ready() }

// Leave begins an orderly way out; Run returns when it is done. It never
// blocks.
func (d *Daemon) Leave(how scheduler.StopRequested) {
	select {
	case d.leave <- how:
	default:
	}
}

// errExit ends the group when the machine says that the daemon is done.
var errExit = errors.New("exit")

// Run lives until the machine says Exit after Leave, or ctx ends: then at once,
// leaving what runs as it is. The line is lowered in either case.
func (d *Daemon) Run(ctx context.Context) (err error) {
	if err := d.openState(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.journal.close(), d.state.Close(), d.bus.close()) }()
	d.publish(true) // whoever asks first gets an answer
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return d.member.Run(ctx) })
	g.Go(func() error { return d.fencer.Run(ctx) })
	g.Go(func() error { return d.heartbeat.Run(ctx) })
	g.Go(func() error { return d.vendorLoop(ctx) })
	g.Go(func() error { return d.alarmLoop(ctx) })
	if d.kernelDog != nil {
		g.Go(func() error { return d.kernelDog.Run(ctx) })
	}
	g.Go(func() error { return d.group.Run(ctx) })
	g.Go(func() error { return d.vips.Run(ctx) })
	g.Go(func() error { return d.server.Run(ctx) })
	g.Go(func() error { return d.recorder.Run(ctx) })
	if d.opts.Shutdowns != nil {
		g.Go(func() error { return d.opts.Shutdowns.Run(ctx) })
	}
	g.Go(func() error { return d.loop(ctx) })
	err = g.Wait()
	d.quitWatchdogs()
	if !errors.Is(err, errExit) {
		return err
	}
	return nil
}

// openState reads what the machine must not have forgotten. A damaged state is
// kept aside and said: the machine then starts as one that never met its peer.
func (d *Daemon) openState() error {
	st, err := store.Open[scheduler.Disk](d.opts.StateDir)
	if err != nil {
		return err
	}
	d.state, d.save = st, st.Save
	if d.opts.SlowDisk > 0 {
		d.save = func(k scheduler.Disk) error { time.Sleep(d.opts.SlowDisk); return st.Save(k) }
	}
	disk, found, err := st.Load()
	if err != nil {
		return errors.Join(err, st.Close())
	}
	if d.journal, err = openJournal(d.opts.StateDir, d.opts.node().Name, d.opts.Log, d.feed); err != nil {
		return errors.Join(err, st.Close())
	}
	d.sayFound(found)
	d.machine = scheduler.New(d.schedulerConfig(), disk, d.boot)
	return nil
}

// sayFound writes into the history how a state differs from what the daemon
// before this one left.
func (d *Daemon) sayFound(found store.Found) {
	self := d.opts.node().Name
	if found.Condition == store.None {
		d.journal.write(scheduler.Note{
			Level: scheduler.Info, Code: "STATE_NEW",
			Text: self + " found no state in " + d.opts.StateDir + " and starts as never met: it is new, or that was emptied",
		})
	}
	if found.Condition == store.Corrupt {
		d.journal.write(scheduler.Note{
			Level: scheduler.Critical, Code: "STATE_CORRUPT",
			Text: fmt.Sprintf("%s set its damaged state aside as %s and starts as never met, because %v", self, found.Aside, found.Why),
			Do:   "futago fence test; keep the file for a report",
		})
	}
	if found.Unknown != nil {
		d.journal.write(scheduler.Note{
			Level: scheduler.Warning, Code: "STATE_UNKNOWN_FIELD",
			Text: fmt.Sprintf("%s passed over a part of its state, because another version of futago wrote it: %s", self, ascii(found.Unknown.Error())),
			Do:   "futago status --long",
		})
	}
}
