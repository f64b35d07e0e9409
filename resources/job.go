package resources

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

const (
	readTimeout = 3 * time.Second        // one question to the engine
	retryMin    = 50 * time.Millisecond  // first pause before an engine that did not answer is asked again
	retryMax    = 500 * time.Millisecond // and the longest
	pollMin     = 20 * time.Millisecond  // first pause while a container comes up
	pollMax     = 250 * time.Millisecond // and the longest
	killMargin  = 2 * time.Second        // past StopTimeout until futago kills by itself
)

// job is one piece of work on one container, run in a goroutine of its own. It tells the loop what it learns through its
// functions, which never block for longer than the loop takes for one message.
type job struct {
	spec     Spec
	leftover bool
	known    seen // what was last seen of it
	engine   *engine
	prober   *prober
	log      *slog.Logger
	patience time.Duration   // how long the engine may be silent before the job counts as failed
	calls    context.Context // ends with Run: the only end of a call that changes something
	spawn    func(func())    // a goroutine that Run waits for
	saw      func(seen)      // the engine said this
	proved   func(seen)      // the kernel did, past the engine
	unsure   func(*Problem)  // the engine did not say; the state is Unknown
	late     func(*Problem)  // the job counts as failed but goes on
}

// inspect asks until the engine answers or ctx ends. It complains once through late after patience.
func (j *job) inspect(ctx context.Context) (seen, error) {
	begun, complained := time.Now(), false
	for delay := retryMin; ; delay = min(2*delay, retryMax) {
		asked, cancel := context.WithTimeout(ctx, min(readTimeout, j.patience))
		s, err := j.engine.inspect(asked, j.spec.Name)
		cancel()
		if err == nil {
			j.saw(s)
			return s, nil
		}
		if errors.Is(ctx.Err(), context.Canceled) {
			return seen{}, ctx.Err()
		}
		p := asProblem(err)
		j.unsure(p)
		if !complained && time.Since(begun) >= j.patience {
			complained = true
			j.late(p)
		}
		if !pause(ctx, delay) {
			return seen{}, ctx.Err()
		}
	}
}

// change makes one call that changes something and waits for its answer however long it takes (see the package's
// documentation). It complains once: after patience if the engine is silent altogether, after StartTimeout if it is not,
// for a busy engine on a slow card may need long for one container.
func (j *job) change(what string, call func(context.Context) error) error {
	answer := make(chan error, 1)
	j.spawn(func() { answer <- call(j.calls) })
	begun := time.Now()
	for limit := j.patience; ; limit = max(j.patience, j.spec.StartTimeout) {
		timer := time.NewTimer(limit - time.Since(begun))
		select {
		case err := <-answer:
			timer.Stop()
			return err
		case <-timer.C:
		}
		if limit == j.patience && limit < j.spec.StartTimeout && j.answers() {
			continue
		}
		p := &Problem{
			Code: EngineHung, Text: fmt.Sprintf("the Docker engine did not answer within %v to: %s %s", limit, what, j.spec.Name),
			Do: "sudo systemctl status docker",
		}
		j.unsure(p)
		j.late(p)
		return <-answer
	}
}

// answers says whether the engine answers anything at all.
func (j *job) answers() bool {
	asked, cancel := context.WithTimeout(j.calls, min(readTimeout, j.patience))
	defer cancel()
	return j.engine.connect(asked) == nil
}

// again runs a piece of work until it ends otherwise than by trouble with the engine.
func (j *job) again(ctx context.Context, work func(context.Context) error) error {
	for {
		err := work(ctx)
		if p := asProblem(err); err == nil || ctx.Err() != nil || !p.engine() {
			return err
		}
		j.unsure(asProblem(err))
		if !pause(ctx, retryMin) {
			return ctx.Err()
		}
	}
}

// ensure makes the container exist as configured, stopped or running.
func (j *job) ensure(ctx context.Context) error {
	s, err := j.inspect(ctx)
	if err != nil {
		return err
	}
	if s, err = j.fit(ctx, s, true); err != nil {
		return err
	}
	j.saw(s)
	asked, cancel := context.WithTimeout(ctx, min(readTimeout, j.patience))
	defer cancel()
	_, err = j.engine.image(asked, j.spec.Image)
	return err
}

// fit creates what is missing, makes anew what is outdated and down, and forbids the engine to restart it. ahead says that
// there is time to follow an image that was pulled anew.
func (j *job) fit(ctx context.Context, s seen, ahead bool) (seen, error) {
	if s.Exists && !owned(s, j.spec, j.engine.cluster) {
		return s, foreign(s, j.spec)
	}
	if s.Exists && !s.Running && s.Cluster != "" {
		outdated := s.Spec != j.spec.digest()
		if !outdated && ahead {
			outdated = j.imageMoved(ctx, s)
		}
		if outdated {
			if err := j.replaceable(ctx); err != nil {
				return s, err
			}
			err := j.change("remove", func(c context.Context) error { return j.engine.remove(c, j.spec.Name, s.ID) })
			if err != nil {
				return s, err
			}
			s = seen{}
		}
	}
	if !s.Exists && ctx.Err() == nil {
		err := j.change("create", func(c context.Context) error { _, err := j.engine.create(c, j.spec); return err })
		if err != nil {
			return s, err
		}
		return j.inspect(ctx)
	}
	if s.Exists && s.Policy != "no" {
		err := j.change("update", func(c context.Context) error { return j.engine.forbidRestart(c, j.spec.Name, s.ID) })
		if err != nil {
			return s, err
		}
		s.Policy = "no"
	}
	return s, ctx.Err()
}

// replaceable checks that what is about to be removed can be made again.
func (j *job) replaceable(ctx context.Context) error {
	asked, cancel := context.WithTimeout(ctx, min(readTimeout, j.patience))
	defer cancel()
	_, err := j.engine.image(asked, j.spec.Image)
	return err
}

// imageMoved says whether the image's name means another image than the container was made from.
func (j *job) imageMoved(ctx context.Context, s seen) bool {
	asked, cancel := context.WithTimeout(ctx, min(readTimeout, j.patience))
	defer cancel()
	id, err := j.engine.image(asked, j.spec.Image)
	return err == nil && id != s.ImageID
}

// raise brings the container up and waits until it is healthy. One that runs already is taken over as it is.
func (j *job) raise(ctx context.Context) error {
	s, err := j.inspect(ctx)
	if err != nil {
		return err
	}
	if s, err = j.fit(ctx, s, false); err != nil {
		return err
	}
	if !s.Running {
		j.unsure(nil) // from now on it may run
		err := j.change("start", func(c context.Context) error { return j.engine.start(c, j.spec.Name, s.ID) })
		if err != nil {
			return err
		}
	}
	return j.awaitHealthy(ctx)
}

// awaitHealthy looks often at first, so that a start takes no longer than the container itself.
func (j *job) awaitHealthy(ctx context.Context) error {
	end := time.Now().Add(j.spec.StartTimeout)
	greeted := false
	for delay := pollMin; ; delay = min(2*delay, pollMax) {
		s, err := j.inspect(ctx)
		if err != nil {
			return err
		}
		if !s.Running {
			return exited(s, j.spec.Name)
		}
		if !greeted {
			greeted = true
			if err := greet(s.Ends); err != nil {
				j.log.Debug("neighbour not entered", "container", j.spec.Name, "err", err)
			}
		}
		why := j.unwell(ctx, s, 10*delay)
		if why == nil || ctx.Err() != nil {
			return ctx.Err()
		}
		if s.Health == "unhealthy" || !time.Now().Before(end) {
			return &Problem{
				Code: ContainerUnhealthy, Text: fmt.Sprintf("%s did not become healthy within %v", j.spec.Name, j.spec.StartTimeout),
				Do: "sudo docker logs --tail 50 " + j.spec.Name, Err: why,
			}
		}
		if !pause(ctx, delay) {
			return ctx.Err()
		}
	}
}

// unwell says why a running container is not healthy, nil if it is. The first tries are cut short, for one that was lost
// while the network came up would otherwise cost the whole probe timeout.
func (j *job) unwell(ctx context.Context, s seen, limit time.Duration) error {
	if err := s.unwell(); err != nil {
		return err
	}
	h := j.spec.Health
	h.Timeout = min(h.Timeout, limit)
	return j.prober.probe(ctx, h)
}

// unwell says why the engine does not call a running container healthy, nil if it does.
func (s seen) unwell() error {
	switch {
	case s.Paused:
		return errors.New("it is paused")
	case s.Health != "" && s.Health != "healthy":
		return errors.New("its HEALTHCHECK says " + s.Health)
	}
	return nil
}

// owned says whether futago may start, stop and replace the container.
func owned(s seen, spec Spec, cluster string) bool {
	if s.Cluster != "" {
		return s.Cluster == cluster
	}
	return spec.Adopt && canonicalImage(s.Image) == canonicalImage(spec.Image)
}

func foreign(s seen, spec Spec) *Problem {
	p := &Problem{
		Code: ContainerForeign, Do: "sudo docker rm -f " + spec.Name,
		Text: fmt.Sprintf("a container named %s (image %s) existed that futago did not make", spec.Name, s.Image),
	}
	if s.Cluster == "" && !spec.Adopt && canonicalImage(s.Image) == canonicalImage(spec.Image) {
		p.Text += "; with adopt = true it would be taken over"
	}
	return p
}

func exited(s seen, name string) *Problem {
	text := fmt.Sprintf("%s exited with code %d", name, s.ExitCode)
	if !s.Exists {
		text = name + " was removed"
	} else if s.OOM {
		text += " because it ran out of memory"
	}
	return &Problem{Code: ContainerExited, Text: text, Do: "sudo docker logs --tail 50 " + name}
}
