package daemon

import (
	"context"
	"errors"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/futago-ha/futago/membership"
	"github.com/futago-ha/futago/scheduler"
)

const (
	tickEvery    = membership.BeatInterval
	beatEvery    = 400 * time.Millisecond // the shortest watchdog in use waits 6 s
	boardEvery   = 10 * time.Second       // how often the board is asked whether it is still armed
	boardRetry   = 2 * time.Second        // and while it does not answer
	publishEvery = time.Second
	publishLeast = 100 * time.Millisecond
)

// extendStop asks systemd for more time than TimeoutStopSec= (sd_notify(3)): containers may have any stop_timeout, and the
// machine itself bounds the way out. A loop that hangs no longer asks, and is killed.
const extendStop = "EXTEND_TIMEOUT_USEC=30000000"

var errNotFed = errors.New("the heartbeat is not configured")

// loop is the one place where anything is decided: reports in, Step, actions
// out. Nothing in it waits for a part. What it does wait for is the disk, since
// a deed must not overtake the note that allows it.
func (d *Daemon) loop(ctx context.Context) error {
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	d.alive()
	announced := d.announced()
	var askedBoard, told time.Time
	ticked := time.Now()
	for !d.exited {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			d.alive()
			ticked = d.lateness(ticked)
			now, wall := bothClocks()
			d.watchClock(now, wall)
			d.step(scheduler.Tick{Wall: wall, Synced: d.opts.System.ClockSynchronised()})
			if now := time.Now(); now.Sub(askedBoard) >= d.boardPace() {
				askedBoard = now
				d.logError("ask the power board", d.fencer.Board(0))
			}
			if now := time.Now(); now.Sub(told) >= time.Second {
				told = now
				d.tellSystemd()
			}
		case e := <-d.member.Events():
			d.steps(d.fromMember(e))
		case r := <-d.fencer.Reports():
			d.steps(d.fromFencer(r))
		case r, open := <-d.group.Reports():
			if open {
				d.steps(d.fromGroup(r))
			}
		case n := <-d.vips.reports:
			d.steps(d.vips.joined.Events(n.index, n.report))
		case v := <-d.vendor:
			d.fromVendor(v)
		case err := <-d.alarm:
			d.fromAlarm(err)
		case o := <-d.orders:
			d.order(o)
		case how := <-d.leave:
			d.leaving, d.how = true, how
			d.step(how)
		case r := <-d.rereads:
			d.reload(r)
		case begins := <-announced:
			d.step(scheduler.ShutdownAnnounced{Off: !begins})
		}
		d.stepLater()
		d.publish(d.exited || len(d.answered) > 0)
		d.answer()
	}
	return errExit
}

// announced is nil, and never says a word, where nothing announces shutdowns.
func (d *Daemon) announced() <-chan bool {
	if d.opts.Shutdowns == nil {
		return nil
	}
	return d.opts.Shutdowns.Announced()
}

// letGo lets an announced shutdown go on.
func (d *Daemon) letGo() {
	if d.opts.Shutdowns != nil {
		d.opts.Shutdowns.LetGo()
	}
}

// alive is the loop's word to what watches it: the guard, the board's watchdog,
// and what must not believe a silence in which this loop did not run.
func (d *Daemon) alive() {
	d.fencer.Alive()
	d.member.Beat()
	if now := time.Now(); now.Sub(d.beaten) >= beatEvery {
		d.beaten = now
		d.heartbeat.Beat()
		if d.kernelDog != nil {
			d.kernelDog.Beat()
		}
	}
}

func (d *Daemon) boardPace() time.Duration {
	if d.known.board.Seen && d.known.board.Info.Err == nil {
		return boardEvery
	}
	return boardRetry
}

func (d *Daemon) tellSystemd() {
	state := daemon.SdNotifyWatchdog
	if d.leaving {
		state += "\n" + extendStop
	}
	select {
	case <-d.server.Ready():
		state += "\n" + daemon.SdNotifyReady
	default:
	}
	if _, err := daemon.SdNotify(false, state); err != nil {
		d.logError("notify systemd", err)
	}
}

func (d *Daemon) steps(events []scheduler.Event) {
	for _, e := range events {
		d.step(e)
	}
}

// stepLater takes what carrying out a batch itself reported.
func (d *Daemon) stepLater() {
	for len(d.later) > 0 && !d.exited {
		e := d.later[0]
		d.later = d.later[1:]
		d.step(e)
	}
}

// persistTries bounds the answers to failed writes within one step; the machine
// asks for no write right after one that failed.
const persistTries = 3

// step lets the machine decide and does what it says. A batch whose Persist
// fails is dropped whole, and the machine is told in the very next Step.
func (d *Daemon) step(e scheduler.Event) {
	for range persistTries {
		err := d.carryOut(d.recorder.Step(d.machine, bootClock(), e))
		if err == nil {
			return
		}
		d.opts.Log.Warn("the state could not be written", "err", err)
		e = scheduler.PersistFailed{Why: ascii(err.Error())}
	}
	d.opts.Log.Error("the state could not be written, and the machine insists", "tries", persistTries)
}

// carryOut does the actions in order. After a Persist that failed nothing of
// the batch is done.
func (d *Daemon) carryOut(batch []scheduler.Action) error {
	for _, a := range batch {
		if p, ok := a.(scheduler.Persist); ok {
			if err := d.save(p.Disk); err != nil {
				return err
			}
			continue
		}
		d.do(a)
	}
	return nil
}

// lateness keeps how much later than planned the loop got its ticks of late: a
// node that starves must not blame the other one for silence.
func (d *Daemon) lateness(last time.Time) time.Time {
	now := time.Now()
	d.late = max(now.Sub(last)-tickEvery, d.late*9/10, 0)
	return now
}

func (d *Daemon) logError(what string, err error) {
	if err != nil {
		d.opts.Log.Warn("could not "+what, "err", err)
	}
}
