package resources

import (
	"context"
	"slices"
	"time"
)

// watchEvents keeps an event stream open for as long as Run runs. Events only say where to look: the look tells the truth.
func (l *loop) watchEvents() {
	since := time.Now()
	for delay := retryMin; l.ctx.Err() == nil; delay = min(2*delay, retryMax) {
		begun := time.Now()
		ready := func() {
			delay = retryMin
			l.post(l.lookAtAll)
		}
		tell := func(name string) {
			since = time.Now()
			l.post(func() { l.lookAt(name) })
		}
		err := l.engine.watch(l.ctx, since, readTimeout, ready, tell)
		if l.ctx.Err() != nil {
			return
		}
		since = begun.Add(-time.Second) // replaying too much does no harm
		l.log.Debug("event stream ended", "err", err)
		l.post(l.lookAtAll)
		pause(l.ctx, delay)
	}
}

// lookAtAll looks again at everything, now.
func (l *loop) lookAtAll() {
	for _, u := range l.units {
		u.touch()
	}
}

func (l *loop) lookAt(name string) {
	for _, u := range l.units {
		if u.spec.Name == name {
			u.touch()
		}
	}
}

// touch asks for a look as soon as one can be had.
func (u *unit) touch() {
	u.lookAt = time.Now()
	if u.busy != rest || u.looking {
		u.dirty = true
	}
}

func (l *loop) lookIfDue(u *unit, now time.Time) {
	if u.looking || u.busy != rest || now.Before(u.lookAt) {
		return
	}
	u.looking, u.dirty, u.lookAt = true, false, now.Add(l.options.Resync)
	epoch := u.epoch
	l.spawn(func() {
		ctx, cancel := context.WithTimeout(l.ctx, readTimeout)
		defer cancel()
		s, err := l.engine.inspect(ctx, u.spec.Name)
		l.post(func() { l.lookedAt(u, epoch, s, err, time.Now()) })
	})
}

// lookedAt takes in a look at an idle container. This is where a death is noticed.
func (l *loop) lookedAt(u *unit, epoch int, s seen, err error, now time.Time) {
	u.looking, u.looked = false, true
	if u.dirty {
		u.dirty, u.lookAt = false, now
	}
	if epoch != u.epoch {
		return // a job has been at work since and knows better
	}
	u.checked = false
	if err != nil {
		l.silent(asProblem(err))
		u.doubt()
		u.lookAt = now.Add(relook)
		return
	}
	l.answered()
	was := u.run
	u.note(s)
	switch {
	case !l.applied || !u.wantUp(l.level):
	case was == Yes && u.run == No:
		l.struck(u, exited(s, u.spec.Name), now)
	case u.healthy && (s.Health == "unhealthy" || s.Paused):
		l.struck(u, unhealthy(u.spec.Name, s.unwell()), now)
	}
}

func (l *loop) probeIfDue(u *unit, now time.Time) {
	if !u.probes() || now.Before(u.probeAt) {
		return
	}
	u.probing, u.probeAt = true, now.Add(u.spec.Health.Interval)
	epoch, last, pid := u.epoch, u.failures+1 >= u.spec.Health.Fall, u.seen.Pid
	l.spawn(func() {
		var d death
		err := l.prober.probe(l.ctx, u.spec.Health)
		if err != nil && last {
			d = l.deathOf(u.spec.Name, pid)
		}
		l.post(func() { l.probed(u, epoch, err, d, time.Now()) })
	})
}

// death is what is known of the end of a container whose probe failed: nothing, what the engine says, or only that its first
// process is gone.
type death struct {
	why  *Problem
	seen seen // Exists or not, and not Running: the engine knows
	told bool
}

// deathOf finds out whether a container is dead that the probe is about to be blamed for: its port is closed before the
// engine has heard of its end. One whose first process is gone the engine is asked for a while how it ended.
func (l *loop) deathOf(name string, pid int) death {
	limit, gone := askWhy, !lives(pid)
	if gone {
		limit = readTimeout
	}
	ctx, cancel := context.WithTimeout(l.ctx, limit)
	defer cancel()
	for {
		s, err := l.engine.inspect(ctx, name)
		if err == nil && !s.Running {
			return death{exited(s, name), s, true}
		}
		if err == nil && lives(s.Pid) {
			return death{}
		}
		gone = gone || err == nil
		down := err != nil && asProblem(err).Code == EngineDown
		if !down && pause(ctx, pollMin) {
			continue
		}
		if !gone {
			return death{}
		}
		return death{why: &Problem{
			Code: ContainerExited, Text: name + " ended, and the Docker engine did not say how", Do: "sudo docker logs --tail 50 " + name,
		}}
	}
}

// probed counts the probe's successes and failures on end; the last may have failed because the container is dead.
func (l *loop) probed(u *unit, epoch int, err error, d death, now time.Time) {
	u.probing = false
	if epoch != u.epoch || !u.healthy {
		return
	}
	if err == nil {
		if u.successes++; u.successes >= u.spec.Health.Rise {
			u.failures = 0
		}
		return
	}
	u.successes = 0
	if u.failures++; u.failures < u.spec.Health.Fall || !u.wantUp(l.level) {
		return
	}
	u.failures = 0
	if d.told {
		u.epoch++ // a look under way may not know yet
		u.note(d.seen)
	}
	if d.why == nil {
		d.why = unhealthy(u.spec.Name, err)
	}
	l.struck(u, d.why, now)
}

func unhealthy(name string, err error) *Problem {
	return &Problem{Code: ContainerUnhealthy, Text: name + " was unhealthy", Do: "sudo docker logs --tail 50 " + name, Err: err}
}

// listIfDue looks for containers of ours that no spec names any more.
func (l *loop) listIfDue(now time.Time) {
	if l.listing || now.Before(l.listAt) {
		return
	}
	l.listing, l.listAt = true, now.Add(l.options.Resync)
	l.spawn(func() {
		ctx, cancel := context.WithTimeout(l.ctx, readTimeout)
		defer cancel()
		names, err := l.engine.list(ctx)
		l.post(func() { l.tookList(names, err, time.Now()) })
	})
}

func (l *loop) tookList(names []string, err error, now time.Time) {
	l.listing, l.listed = false, true
	if err != nil {
		l.silent(asProblem(err))
		l.listAt = now.Add(relook)
		return
	}
	for _, name := range names {
		if slices.ContainsFunc(l.units, func(u *unit) bool { return u.spec.Name == name }) {
			continue
		}
		u := newUnit(Spec{Name: name}.withDefaults(), l.options.Cluster)
		u.leftover, u.lookAt = true, now
		l.units = append(l.units, u)
	}
}
