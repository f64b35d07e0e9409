package nodeinit

import (
	"context"
	"errors"
	"syscall"
	"time"
)

// unitRun is one process of a unit, from its start to its end. alive is
// closed when the process has been reaped; every method ends with it.
type unitRun struct {
	*supervisor
	pid   int
	ready func()
	fed   chan struct{}
}

// hear takes the assignments of sd_notify(3).
func (r *unitRun) hear() func(string) {
	return func(assignment string) {
		switch assignment {
		case "READY=1":
			r.emit(Event{Unit: r.unit.Name, State: Ready, PID: r.pid})
			r.ready()
		case "WATCHDOG=1":
			select {
			case r.fed <- struct{}{}:
			default:
			}
		}
	}
}

// giveUpWaiting lets the boot go on when a unit never says that it is ready.
func (r *unitRun) giveUpWaiting(alive <-chan struct{}) {
	timer := time.NewTimer(r.unit.StartTimeout)
	defer timer.Stop()
	select {
	case <-timer.C:
		r.ready()
	case <-alive:
	}
}

// stopWhenAsked ends the process when the node shuts down or the unit is no
// longer wanted: SIGTERM, then SIGKILL after the stop time-out.
func (r *unitRun) stopWhenAsked(ctx context.Context, alive <-chan struct{}) {
	for r.isWanted() && ctx.Err() == nil {
		select {
		case <-alive:
			return
		case <-ctx.Done():
		case <-r.wake:
		}
	}
	r.terminate(syscall.SIGTERM, alive)
}

// terminate sends first and, when the process outlives the stop time-out,
// SIGKILL. A process that was stopped (hung) takes only the second.
func (r *unitRun) terminate(first syscall.Signal, alive <-chan struct{}) {
	r.kill(first)
	timer := time.NewTimer(r.unit.StopTimeout)
	defer timer.Stop()
	select {
	case <-alive:
	case <-timer.C:
		r.kill(syscall.SIGKILL)
	}
}

// kill signals the process, or its whole group for KillMode=control-group.
// An already ended process is no error here.
func (r *unitRun) kill(sig syscall.Signal) {
	target := r.pid
	if r.unit.KillGroup {
		target = -r.pid
	}
	if err := syscall.Kill(target, sig); err != nil && !errors.Is(err, syscall.ESRCH) {
		r.emit(Event{Unit: r.unit.Name, State: Failed, Text: err.Error()})
	}
}

// watchdog ends a process that was silent for the watchdog time, as systemd
// does: SIGABRT, then SIGKILL.
func (r *unitRun) watchdog(alive <-chan struct{}) {
	if r.unit.Watchdog == 0 {
		return
	}
	timer := time.NewTimer(r.unit.Watchdog)
	defer timer.Stop()
	for {
		select {
		case <-alive:
			return
		case <-r.fed:
			timer.Reset(r.unit.Watchdog)
		case <-timer.C:
			r.emit(Event{Unit: r.unit.Name, State: Failed, Text: "watchdog ran out"})
			r.terminate(syscall.SIGABRT, alive)
			return
		}
	}
}

// endGroup ends what the main process left behind in its group, as
// KillMode=control-group does: SIGTERM, a bounded wait, SIGKILL.
func (r *unitRun) endGroup() {
	if !r.unit.KillGroup {
		return
	}
	r.kill(syscall.SIGTERM)
	for deadline := time.Now().Add(r.unit.StopTimeout); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if err := syscall.Kill(-r.pid, 0); errors.Is(err, syscall.ESRCH) {
			return
		}
	}
	r.kill(syscall.SIGKILL)
}
