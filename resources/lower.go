package resources

import (
	"context"
	"fmt"
	"time"
)

// lower stops the container and returns nil only when the engine, or the kernel past a hung engine, says that it is down.
// It works towards one deadline, StopTimeout and patience from now, and counts as late from then on.
func (j *job) lower(ctx context.Context) error {
	deadline := time.Now().Add(j.spec.StopTimeout + j.patience)
	s, err := j.findOrKill(ctx, j.known, deadline)
	if err != nil {
		return err
	}
	if s.Exists && !j.leftover && !owned(s, j.spec, j.engine.cluster) {
		return nil // of the same name, but not ours: it is not for us to stop
	}
	if s.Running {
		if err := j.stopAndKill(ctx, s, deadline); err != nil {
			return err
		}
	}
	if j.leftover && s.Exists {
		return j.change("remove", func(c context.Context) error { return j.engine.remove(c, j.spec.Name, s.ID) })
	}
	return nil
}

// findOrKill inspects; where the engine does not answer for half of patience, the container last seen is killed without it.
// No start can be waiting in the engine then, for a job begins only after the one before has had all its answers.
func (j *job) findOrKill(ctx context.Context, known seen, deadline time.Time) (seen, error) {
	asked, cancel := context.WithTimeout(ctx, j.patience/2)
	s, err := j.inspect(asked)
	cancel()
	if err == nil || ctx.Err() != nil {
		return s, err
	}
	if known.ID != "" {
		j.killAlone(ctx, known, deadline)
	}
	return j.inspect(ctx)
}

// stopAndKill asks the engine to stop, then to kill, then verifies.
func (j *job) stopAndKill(ctx context.Context, s seen, deadline time.Time) error {
	stop := make(chan error, 1)
	j.spawn(func() { stop <- j.engine.stop(j.calls, j.spec.Name, s.ID, j.spec.StopTimeout) })
	timer := time.NewTimer(min(j.spec.StopTimeout+killMargin, j.spec.StopTimeout+j.patience/2))
	defer timer.Stop()
	select {
	case <-stop:
		return j.verifyStopped(ctx, s, deadline)
	case <-timer.C:
	}
	kill := make(chan error, 1)
	j.spawn(func() { kill <- j.engine.kill(j.calls, j.spec.Name, s.ID) })
	j.killAlone(ctx, s, deadline)
	<-stop // both are waited for: a stop that the engine executes late must not hit a later start
	<-kill
	return j.verifyStopped(ctx, s, deadline)
}

// killAlone kills by the kernel what the engine did not stop in time, and tells the loop what came of it.
func (j *job) killAlone(ctx context.Context, s seen, deadline time.Time) {
	bounded, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	if err := killPast(bounded, s.ID); err != nil {
		j.late(&Problem{Code: EngineHung, Text: "the Docker engine did not answer to: stop " + j.spec.Name, Err: err})
		return
	}
	s.Running, s.Pid, s.ExitCode = false, 0, 137
	j.proved(s)
}

// verifyStopped does not believe an answered stop: it looks, and kills what is still there, until the deadline.
func (j *job) verifyStopped(ctx context.Context, s seen, deadline time.Time) error {
	for {
		now, err := j.findOrKill(ctx, s, deadline)
		if err != nil {
			return err
		}
		if !now.Running {
			return nil
		}
		if !time.Now().Before(deadline) {
			return j.stopFailed(&Problem{Code: StopFailed, Text: j.spec.Name + " was still running"})
		}
		// An error here is not the end: the next look decides.
		err = j.change("kill", func(c context.Context) error { return j.engine.kill(c, j.spec.Name, s.ID) })
		if err != nil && !pause(ctx, pollMax) {
			return ctx.Err()
		}
	}
}

func (j *job) stopFailed(cause *Problem) *Problem {
	return &Problem{
		Code: StopFailed, Do: "sudo docker kill " + j.spec.Name, Err: cause,
		Text: fmt.Sprintf("%s could not be proved stopped within %v", j.spec.Name, j.spec.StopTimeout+j.patience),
	}
}
