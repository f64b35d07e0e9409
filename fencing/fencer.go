package fencing

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// ErrBusy is a command that was not taken, because the results of too many
// earlier ones have not been read.
var ErrBusy = errors.New("too many commands to the fence device")

type verb int

const (
	doHold verb = iota + 1
	doContest
	doPulse
	doLower
	doGiveUp
	doArm
	doDisarm
	doBoard
)

type command struct {
	verb   verb
	id     uint64
	length time.Duration
}

// raises tells whether the command wants the line up.
func (c command) raises() bool { return c.verb == doHold || c.verb == doContest || c.verb == doPulse }

// Fencer has the whole conversation with one fence device. Its methods are safe
// for concurrent use and never block on the device; what comes of them is on
// Reports. Each accepted Hold, Contest and Pulse gets exactly one [End], each
// Arm and Disarm one [ArmDone], each Board one [BoardInfo], while Run runs.
type Fencer struct {
	opts    Options
	dev     Device
	guard   *guardLink
	out     *outbox
	reports chan Report
	wake    chan struct{} // commands changed
	spoken  chan struct{} // the decision loop's word
	looks   chan inspection

	mu       sync.Mutex
	commands []command

	// What follows belongs to the conversation's goroutine.
	lane      lane
	line      lineState
	dog       watchdog
	health    Health
	lastErr   error     // of the last call that failed
	shown     Lines     // last reported
	lowerDone bool      // the last lowering was answered without an error
	ticked    time.Time // last poll
}

// New returns a Fencer for dev. Nothing happens before Run.
func New(dev Device, opts Options) (*Fencer, error) {
	if err := opts.validate(); err != nil {
		return nil, fmt.Errorf("fencer options: %w", err)
	}
	f := &Fencer{
		opts:    opts,
		dev:     dev,
		guard:   newGuardLink(opts.StartGuard, opts.Log),
		out:     newOutbox(),
		reports: make(chan Report),
		wake:    make(chan struct{}, 1),
		spoken:  make(chan struct{}, 1),
		looks:   make(chan inspection, maxLooks),
		lane:    lane{timeout: opts.CallTimeout},
	}
	// Until it was read low the line may be up: an EXTOUT can outlive its Pi.
	f.line.mayBeUp = true
	f.health.Watchdog = WatchdogUnknown
	f.dog.restore = opts.WatchdogRest > 0
	return f, nil
}

// Reports is where everything is said. A slow reader gets the latest lines,
// progress and health, and every result. It is never closed.
func (f *Fencer) Reports() <-chan Report { return f.reports }

// Hold raises EXTOUT and holds it for d without a break, read back ten times a
// second: 0 < d <= 38 s, 12 s in the design. It ends as Held, Lowered,
// BrokenEarly, Unknown, Superseded or Refused. After Held the line is lowered.
func (f *Fencer) Hold(id uint64, d time.Duration) error {
	return f.accept(command{verb: doHold, id: id, length: d})
}

// Contest raises EXTOUT until Lower. A hold or contest under way goes over into
// it without a break of the line.
func (f *Fencer) Contest(id uint64) error { return f.accept(command{verb: doContest, id: id}) }

// Pulse raises EXTOUT for d, 0 < d <= MaxPulse, from a line that is down.
func (f *Fencer) Pulse(id uint64, d time.Duration) error {
	return f.accept(command{verb: doPulse, id: id, length: d})
}

// Lower lowers the line, whatever is under way, and ends that as Lowered, or as
// Unknown if it could not be read back low within 2 s; it is lowered on then.
func (f *Fencer) Lower() { f.enqueue(command{verb: doLower}) }

// GiveUp is the saving throw: it lowers the line and ends the hold as Lowered,
// but only as long as the other node cannot have been cut. From NoReturn on it
// does nothing, and a line that is not read back low by CutOff is raised again:
// the hold then runs to its end.
func (f *Fencer) GiveUp() { f.enqueue(command{verb: doGiveUp}) }

// Arm makes this node's power follow EXTIN; Disarm makes EXTIN harmless.
func (f *Fencer) Arm(id uint64) error { return f.accept(command{verb: doArm, id: id}) }

// Disarm makes EXTIN harmless.
func (f *Fencer) Disarm(id uint64) error { return f.accept(command{verb: doDisarm, id: id}) }

// Board asks for a [BoardInfo].
func (f *Fencer) Board(id uint64) error { return f.accept(command{verb: doBoard, id: id}) }

// Alive is the decision loop's word that it lives. While it has been silent for
// longer than SilenceLimit nothing is raised, and what is up is lowered, here
// and by the guard. Call it at each tick.
func (f *Fencer) Alive() {
	f.guard.word()
	select {
	case f.spoken <- struct{}{}:
	default:
	}
}

func (f *Fencer) accept(c command) error {
	if !f.out.accept() {
		return ErrBusy
	}
	f.enqueue(c)
	return nil
}

// enqueue adds a command. One that has no result and is already last adds
// nothing, so the queue is bounded by what accept lets in.
func (f *Fencer) enqueue(c command) {
	f.mu.Lock()
	if n := len(f.commands); n == 0 || c.id != 0 || f.commands[n-1] != c {
		f.commands = append(f.commands, c)
	}
	f.mu.Unlock()
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

func (f *Fencer) dequeue() (command, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.commands) == 0 {
		return command{}, false
	}
	c := f.commands[0]
	f.commands = f.commands[1:]
	return c, true
}

// Run lowers the line, then does what it is told until ctx ends, then lowers
// the line again. Everything it started has ended when it returns, with one
// exception that is reported as ErrLost: a transfer that hangs for good.
func (f *Fencer) Run(ctx context.Context) error {
	// Guard and reports outlast the conversation: it needs both to its end.
	after, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var group errgroup.Group
	group.Go(func() error { f.guard.run(after); return nil })
	group.Go(func() error { f.out.pump(after, f.reports); return nil })
	group.Go(func() error {
		defer stop()
		f.converse(ctx)
		return f.lane.settle(exitLimit)
	})
	return group.Wait()
}

// converse is the one goroutine that talks to the device.
func (f *Fencer) converse(ctx context.Context) {
	next := command{verb: doLower} // before anything else
	for ctx.Err() == nil {
		switch next.verb {
		case doHold:
			next = f.hold(ctx, next)
		case doContest:
			next = f.contest(ctx, next)
		case doPulse:
			next = f.pulse(ctx, next)
		case doLower, doGiveUp, doArm, doDisarm, doBoard:
			next = f.idle(ctx)
		}
	}
	if f.line.mayBeUp {
		f.takeDown(context.WithoutCancel(ctx), exitLimit)
	}
	if !f.line.mayBeUp {
		f.relax() // nobody feeds the board until the next daemon does
	}
}

// nextIdle is next for a line that is down: at the decision loop's word, for then
// the process is awake anyway, and by its own time while the loop is silent.
func (f *Fencer) nextIdle(ctx context.Context) (command, bool) {
	return f.nextOr(ctx, idleLimit, f.spoken)
}

// next waits until a poll is due or a command came. Arm, Disarm and Board are
// done in passing, whatever else is under way.
func (f *Fencer) next(ctx context.Context, poll time.Duration) (command, bool) {
	return f.nextOr(ctx, poll, nil)
}

func (f *Fencer) nextOr(ctx context.Context, poll time.Duration, spoken <-chan struct{}) (command, bool) {
	timer := time.NewTimer(time.Until(f.ticked.Add(poll)))
	defer timer.Stop()
	for {
		c, ok := f.dequeue()
		switch {
		case ok && (c.verb == doArm || c.verb == doDisarm || c.verb == doBoard):
			f.errand(c)
			continue
		case ok:
			return c, true
		}
		select {
		case <-ctx.Done():
			return command{}, false
		case <-timer.C:
			f.ticked = time.Now()
			return command{}, false
		case <-spoken:
			if time.Since(f.ticked) >= idleLeast {
				f.ticked = time.Now()
				return command{}, false
			}
		case l := <-f.looks:
			l.done <- f.lane.do(l.look)
		case <-f.wake:
		}
	}
}
