package resources

import (
	"context"
	"fmt"
	"time"
)

// begin starts a job on a unit that has none.
func (l *loop) begin(u *unit, v verb) {
	ctx, cancel := context.WithCancel(l.ctx)
	u.busy, u.cancel, u.dirty = v, cancel, false
	u.epoch++
	l.log.Debug("job begun", "container", u.spec.Name, "verb", v.String())
	j := &job{
		spec: u.spec, leftover: u.leftover, known: u.seen, engine: l.engine, prober: l.prober, log: l.log,
		patience: l.options.Patience, calls: l.ctx, spawn: l.spawn,
		saw:    func(s seen) { l.post(func() { l.answered(); u.note(s) }) },
		proved: func(s seen) { l.post(func() { u.note(s) }) },
		unsure: func(p *Problem) { l.post(func() { l.silent(p); u.doubt() }) },
		late:   func(p *Problem) { l.post(func() { l.lateJob(u, v, p) }) },
	}
	if v == lower {
		late := j.late
		j.late = func(p *Problem) { late(j.stopFailed(p)) }
	}
	work := map[verb]func(context.Context) error{ensure: j.ensure, raise: j.raise, lower: j.lower}[v]
	l.spawn(func() {
		err := j.again(ctx, work)
		ended := ctx.Err() != nil
		cancel()
		l.post(func() { l.finished(u, v, err, ended, time.Now()) })
	})
}

// lateJob counts a job as failed that goes on.
func (l *loop) lateJob(u *unit, v verb, p *Problem) {
	if v == raise && !u.wantUp(l.level) || v == ensure {
		return // stopBy is the deadline of the one; the other shows as trouble with the engine
	}
	l.fail(u, p)
}

// finished takes in how a job ended.
func (l *loop) finished(u *unit, v verb, err error, brokenOff bool, now time.Time) {
	u.busy, u.cancel, u.stopBy = rest, nil, time.Time{}
	if u.dirty {
		u.lookAt = now
	}
	l.log.Debug("job ended", "container", u.spec.Name, "verb", v.String(), "err", err)
	switch p := asProblem(err); {
	case brokenOff && err != nil:
	case v == raise && p == nil:
		l.raised(u, now)
	case v == raise:
		l.struck(u, p, now)
	case v == ensure:
		l.ensured(u, p, now)
	case p == nil:
		l.lowered(u)
	default:
		l.fail(u, p)
		u.slow(now)
	}
}

func (l *loop) raised(u *unit, now time.Time) {
	u.clear()
	u.trying = time.Time{}
	u.healthy, u.sick, u.successes, u.failures = true, false, 0, 0
	u.probeAt, u.lookAt = now.Add(u.spec.Health.Interval), now.Add(l.options.Resync)
	u.note(u.seen) // shows again that it is outdated
}

func (l *loop) lowered(u *unit) {
	if u.leftover && !u.seen.Running {
		l.drop(u)
		return
	}
	if u.wantUp(l.level) {
		return
	}
	why := u.problem
	u.clear()
	if why != nil && why.final() {
		u.problem = why // still so: stopping mends nothing that keeps it from being made
	}
}

func (l *loop) ensured(u *unit, p *Problem, now time.Time) {
	u.lookAt = now.Add(l.options.Resync)
	u.checked = p == nil || p.Code == ImageMissing && u.made()
	switch {
	case p == nil:
		u.clear()
	case u.checked:
		l.show(u, p)
	default:
		l.fail(u, p)
		u.slow(now)
	}
}

// struck counts one failure of a container that should run: it died, was unhealthy or could not be started. As long as
// the budget lasts it is restarted in place, the first time at once; but no longer than a start may take, for the other
// node may be able to run it.
func (l *loop) struck(u *unit, p *Problem, now time.Time) {
	u.healthy, u.sick = false, u.run == Yes
	if u.trying.IsZero() {
		u.trying = now
	}
	switch {
	case p.final():
		l.fail(u, p)
	case now.Sub(u.trying) < u.spec.StartTimeout && u.budget.spend(now):
		l.show(u, p)
		u.restAt = now.Add(u.budget.pause(now))
		return
	case p.Code != ContainerExited && p.Code != ContainerUnhealthy:
		l.fail(u, p) // it never came up: why says more than how often
	default:
		l.fail(u, &Problem{
			Code: RestartsExhausted, Do: p.Do, Err: p,
			Text: fmt.Sprintf("%s failed more than %d times within %v, last because: %s",
				u.spec.Name, u.budget.limit, u.budget.window, p.Text),
		})
	}
	u.slow(now)
}

// answered takes in that the engine answers.
func (l *loop) answered() { l.trouble = nil }

// silent takes in that it does not; nil says nothing about the engine.
func (l *loop) silent(p *Problem) {
	if p == nil || !p.engine() {
		return
	}
	if l.trouble == nil || l.trouble.Code != p.Code {
		l.push(Trouble{Problem: *p})
	}
	l.trouble = p
}

// drop forgets a left-over container that is gone.
func (l *loop) drop(u *unit) {
	for i := range l.units {
		if l.units[i] == u {
			l.units = append(l.units[:i:i], l.units[i+1:]...)
			return
		}
	}
}
