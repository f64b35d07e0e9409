package sim

import (
	"time"

	"github.com/futago-ha/futago/internal/translate"
	"github.com/futago-ha/futago/resources"
	"github.com/futago-ha/futago/scheduler"
)

// container is one of the two that a service may have.
type container int

const (
	overlapping container = iota
	exclusive
)

// mostTries is how often a container is restarted in place before that is given
// up; then it is tried again each slowTries.
const (
	mostTries = 3
	slowTries = 15 * time.Second
)

// engineFaults is what goes wrong with a node's container engine.
type engineFaults struct {
	hung      bool // answers nothing; what runs keeps running
	slowStart bool
	failStart bool
	failStop  bool
}

// engine is a node's container engine. It is not part of the daemon: what was
// begun goes on when the daemon dies.
type engine struct {
	n      *node
	calls  int // under way; the engine tells nothing of a container meanwhile
	faults engineFaults
	ovl    bool
	excl   bool
}

func (e *engine) set(c container, run bool) {
	if c == exclusive {
		e.excl = run
	} else {
		e.ovl = run
	}
}

// all tells that every container of the service runs.
func (e *engine) all() bool {
	c := e.n.cfg
	return (e.excl || !c.Exclusive) && (e.ovl || !c.Overlap)
}

// change starts or stops a container and tells whether it came about.
func (e *engine) change(c container, run bool, done func(ok bool)) {
	n, f := e.n, e.faults
	took := n.w.spread(100*time.Millisecond, 2*time.Second)
	if run && f.slowStart {
		took = n.w.spread(2*time.Second, 90*time.Second)
	}
	fails := run && f.failStart || !run && f.failStop
	n.w.check.engineCalled(n, c, run)
	e.calls++
	n.kernel(took, func() {
		switch {
		case e.faults.hung:
			e.later(c, run, done)
		case fails:
			e.calls--
			done(false)
		default:
			e.calls--
			e.set(c, run)
			n.say("CONTAINER %d runs=%t", int(c), run)
			done(true)
		}
	})
}

// later is a call into an engine that hangs: it may still be done when the
// engine comes back.
func (e *engine) later(c container, run bool, done func(ok bool)) {
	e.n.kernel(time.Second, func() {
		if e.faults.hung {
			e.later(c, run, done)
			return
		}
		e.calls--
		e.set(c, run)
		done(true)
	})
}

// worker is the daemon's hand for the containers. The latest wish wins; a call
// that was begun is not broken off.
type worker struct {
	d       *daemon
	id      uint64
	level   scheduler.Level
	wished  bool
	pending bool // the wish is not reported done yet
	calling bool // a call to the engine is out
	calls   uint64
	called  container
	phase   resources.Phase // what that call makes of it
	since   time.Duration
	tries   int
	joined  translate.Containers
	seen    sight // of what was joined last
	sent    scheduler.ContainersState
	reports bool // something was sent
}

// sight is all that a report depends on.
type sight struct {
	ovl, excl, hung, inherited, calling bool

	called container
	phase  resources.Phase
}

// want takes a new wish. The one before it is superseded, of which the daemon
// says nothing.
func (k *worker) want(id uint64, level scheduler.Level) {
	k.id, k.level, k.wished, k.pending, k.tries = id, level, true, true, 0
	k.since = k.d.n.w.now
	limit := k.d.n.cfg.StartTimeout
	if level != scheduler.LevelRunning {
		limit = k.d.n.cfg.StopTimeout
	}
	k.d.proc(k.d.n.local(limit), func() {
		if k.pending && k.id == id {
			k.done(resources.Refused, resources.EngineHung)
		}
	})
	k.d.proc(time.Millisecond, k.step)
}

func (k *worker) done(how resources.Outcome, code resources.Code) {
	r := resources.Result{ID: k.id, Outcome: how, Problem: resources.Problem{Code: code}}
	k.pending = false
	k.d.proc(time.Millisecond, func() {
		k.report()
		if e, news := translate.Done(r); news {
			k.d.deliver(e)
		}
	})
}

// inherited tells that a call of the daemon before this one is under way: an
// inspection waits for its end.
func (k *worker) inherited() bool { return !k.calling && k.d.n.engine.calls > 0 }

// next is the next call that brings the engine closer to the wish: what is
// exclusive stops first and starts last.
func (k *worker) next() (c container, run, some bool) {
	e, cfg := &k.d.n.engine, k.d.n.cfg
	switch {
	case k.level != scheduler.LevelRunning && cfg.Exclusive && e.excl:
		return exclusive, false, true
	case k.level == scheduler.LevelNone && cfg.Overlap && e.ovl:
		return overlapping, false, true
	case k.level != scheduler.LevelNone && cfg.Overlap && !e.ovl:
		return overlapping, true, true
	case k.level == scheduler.LevelRunning && cfg.Exclusive && !e.excl:
		return exclusive, true, true
	}
	return 0, false, false
}

// step makes the next call, or reports the wish as done.
func (k *worker) step() {
	if k.calling || !k.wished || !k.pending {
		return
	}
	if k.inherited() {
		k.d.proc(100*time.Millisecond, k.step)
		return
	}
	c, run, some := k.next()
	if !some {
		k.done(resources.Done, "")
		return
	}
	k.call(c, run, func(ok bool) { k.answered(run, ok) })
}

// call begins a call to the engine. Until it is answered nobody knows whether
// the container runs.
func (k *worker) call(c container, run bool, answered func(ok bool)) {
	k.calling, k.called, k.phase = true, c, resources.PhaseStopping
	k.calls++
	if run {
		k.phase = resources.PhaseStarting
		k.limit()
	}
	k.report()
	d := k.d
	d.n.engine.change(c, run, func(ok bool) {
		if d.n.d != d {
			return
		}
		k.calling = false
		k.report()
		answered(ok)
	})
}

// limit is for a start in place that takes too long: another node may be able to
// run the container.
func (k *worker) limit() {
	this := k.calls
	k.d.proc(k.d.n.local(k.d.n.cfg.StartTimeout), func() {
		if k.calling && k.calls == this && !k.pending {
			k.failed("the engine did not answer")
		}
	})
}

func (k *worker) failed(why string) {
	k.d.deliver(translate.Failed(resources.Failed{Problem: resources.Problem{Code: resources.RestartsExhausted, Text: why}}))
}

func (k *worker) answered(run, ok bool) {
	switch {
	case ok:
		k.step()
	case k.pending && run && k.tries < 2:
		k.tries++
		k.d.proc(500*time.Millisecond, k.step)
	case k.pending && run:
		k.done(resources.Refused, resources.StartFailed)
	case k.pending:
		k.d.proc(time.Second, k.step)
	}
}

// died is the event stream's word that a container ended by itself. It is
// restarted in place; when that fails too often the loop is told.
func (k *worker) died() {
	k.report()
	if !k.wished || k.level != scheduler.LevelRunning || k.pending {
		return
	}
	k.d.proc(100*time.Millisecond, k.restart)
}

func (k *worker) restart() {
	c, run, some := k.next()
	if k.pending || k.calling || !some || !run {
		return
	}
	if k.tries >= mostTries {
		k.failed("restarts in place failed")
		return
	}
	k.tries++
	k.call(c, run, func(bool) {
		if k.pending {
			k.step()
			return
		}
		k.d.proc(500*time.Millisecond, k.restart)
	})
}

// state is what the keeper of the containers knows.
func (k *worker) state() resources.State {
	e, cfg := &k.d.n.engine, k.d.n.cfg
	s := resources.State{Exclusive: resources.No, Overlap: resources.No, Ready: true, Healthy: e.all()}
	if e.faults.hung {
		s.Engine = resources.EngineHung
	}
	if cfg.Overlap {
		s.Overlap = k.look(&s, overlapping, e.ovl)
	}
	if cfg.Exclusive {
		s.Exclusive = k.look(&s, exclusive, e.excl)
	}
	return s
}

// look adds one container to the state.
func (k *worker) look(s *resources.State, c container, runs bool) resources.Truth {
	one := resources.ContainerState{Overlap: c == overlapping, Running: resources.No, Phase: resources.PhaseStopped}
	if runs {
		one.Running, one.Phase = resources.Yes, resources.PhaseHealthy
	}
	unclear := k.d.n.engine.faults.hung || k.inherited()
	if moves := k.calling && k.called == c; moves || unclear {
		one.Running, one.Phase, s.Ready, s.Healthy = resources.Unknown, resources.PhaseUnknown, false, false
		if moves {
			one.Phase = k.phase
		}
	}
	s.Containers = append(s.Containers, one)
	return one.Running
}

// report tells what changed.
func (k *worker) report() {
	e := &k.d.n.engine
	now := sight{ovl: e.ovl, excl: e.excl, hung: e.faults.hung, inherited: k.inherited(), calling: k.calling, called: k.called, phase: k.phase}
	if k.reports && now == k.seen {
		return // as nearly always
	}
	k.seen = now
	s := k.joined.Take(k.state())
	if k.reports && s == k.sent {
		return
	}
	k.sent, k.reports = s, true
	k.d.deliver(s)
}

// keepTrying starts again what should run and does not, slower once it was said
// that it failed.
func (k *worker) keepTrying() {
	if !k.wished || k.pending || k.level != scheduler.LevelRunning {
		return
	}
	if k.tries >= mostTries {
		if k.d.n.w.now-k.since < slowTries {
			return
		}
		k.since, k.tries = k.d.n.w.now, mostTries-1
	}
	k.restart()
}

// poll is the health check's pace.
func (k *worker) poll() {
	var look func()
	look = func() {
		k.report()
		k.keepTrying()
		k.d.calmly(2*time.Second, look)
	}
	k.d.calmly(2*time.Second, look)
}
