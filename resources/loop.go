package resources

import (
	"context"
	"slices"
	"time"
)

const (
	relook = time.Second // between looks at a container whose state the engine did not tell
	askWhy = time.Second // how long the engine may take to tell why a probe failed
)

// loop owns the units. All its methods but post and watchEvents run in its one goroutine.
type loop struct {
	*Group
	ctx    context.Context
	spawn  func(func()) // a goroutine that Run waits for
	inbox  chan func()
	prober *prober

	units    []*unit
	listed   bool // left-over containers were looked for once
	listing  bool
	listAt   time.Time
	applied  bool
	level    Level
	pending  *apply   // not yet answered
	trouble  *Problem // with the engine as a whole
	out      []Report
	last     State // the one queued last
	lastSent bool
}

func newLoop(g *Group, ctx context.Context, spawn func(func())) *loop {
	l := &loop{Group: g, ctx: ctx, spawn: spawn, inbox: make(chan func()), prober: newProber()}
	now := time.Now()
	for _, s := range g.specs {
		u := newUnit(s, g.options.Cluster)
		u.lookAt = now
		l.units = append(l.units, u)
	}
	l.listAt = now
	return l
}

// post hands a message to the loop's goroutine; it gives up only when Run ends.
func (l *loop) post(f func()) {
	select {
	case l.inbox <- f:
	case <-l.ctx.Done():
	}
}

func (l *loop) run() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		now := time.Now()
		l.turn(now)
		timer.Reset(time.Until(l.due(now)))
		var reports chan Report
		var next Report
		if len(l.out) > 0 {
			reports, next = l.reports, l.out[0]
		}
		select {
		case <-l.ctx.Done():
			return
		case reports <- next:
			l.out = l.out[1:]
		case f := <-l.inbox:
			f()
		case <-l.wake:
			l.accept(l.take(), time.Now())
		case <-timer.C:
		}
	}
}

// turn does all that is due. Nothing in it blocks.
func (l *loop) turn(now time.Time) {
	l.expireStops(now)
	if l.applied {
		views := l.views(now)
		for i, v := range plan(l.level, views) {
			if v != rest {
				l.begin(l.units[i], v)
			}
		}
		l.settle(now)
	}
	for _, u := range l.units {
		l.lookIfDue(u, now)
		l.probeIfDue(u, now)
	}
	l.listIfDue(now)
	l.tell(now)
}

func (l *loop) due(now time.Time) time.Time {
	at := l.listAt
	if l.listing {
		at = now.Add(l.options.Resync)
	}
	for _, u := range l.units {
		if t := u.due(now, l.applied); !t.IsZero() && t.Before(at) {
			at = t
		}
	}
	return at
}

func (l *loop) views(now time.Time) []view {
	views := make([]view, len(l.units))
	for i, u := range l.units {
		views[i] = u.view(now)
	}
	return views
}

// accept takes new levels. All but the newest are superseded, and so is the one under way.
func (l *loop) accept(applies []apply, now time.Time) {
	for _, a := range applies {
		if p := l.pending; p != nil {
			l.push(Result{ID: p.id, Level: p.level, Outcome: Superseded})
		}
		l.pending = &a
	}
	if len(applies) == 0 {
		return
	}
	was, first := l.level, !l.applied
	l.level, l.applied = l.pending.level, true
	l.log.Info("level applied", "level", l.level.String(), "id", l.pending.id)
	for _, u := range l.units {
		up := u.wantUp(l.level)
		u.failed, u.backoff, u.restAt, u.stopBy = nil, 0, time.Time{}, time.Time{}
		u.verify = !up
		if up && (first || !u.wantUp(was)) {
			u.budget.reset()
			u.trying = time.Time{}
		}
		l.giveWay(u, up, now)
	}
}

// giveWay breaks off a job that the new level does not want. Its call under way is still waited for.
func (l *loop) giveWay(u *unit, up bool, now time.Time) {
	if u.busy == raise && !up {
		u.cancel()
		u.stopBy = now.Add(u.spec.StopTimeout + l.options.Patience)
	}
	if u.busy == ensure && up {
		u.cancel()
	}
}

// expireStops reports a container as not stopped because a start that the engine does not answer is in the way.
func (l *loop) expireStops(now time.Time) {
	for _, u := range l.units {
		if u.stopBy.IsZero() || now.Before(u.stopBy) {
			continue
		}
		u.stopBy = time.Time{}
		l.fail(u, &Problem{
			Code: StopFailed, Do: "sudo systemctl status docker",
			Text: "the Docker engine did not answer an earlier start of " + u.spec.Name + ", so it could not be proved stopped",
		})
	}
}

// settle answers the Apply under way as soon as there is an answer.
func (l *loop) settle(now time.Time) {
	if l.pending == nil {
		return
	}
	views := l.views(now)
	if reached(l.level, views) {
		l.push(Result{ID: l.pending.id, Level: l.level, Outcome: Done})
		l.pending = nil
		return
	}
	var culprit *unit
	for i, u := range l.units {
		stops := views[i].mustStop(l.level)
		if stops && u.failed == nil {
			return // it may still be stopped; the answer waits for all of them
		}
		if u.failed != nil && (stops || l.level != None) && culprit == nil {
			culprit = u
		}
	}
	if culprit != nil {
		l.push(Result{ID: l.pending.id, Level: l.level, Outcome: Refused, Container: culprit.spec.Name, Problem: *culprit.failed})
		l.pending = nil
	}
}

// fail marks a unit as the reason why the level cannot be reached, or tells at once that it cannot be kept.
func (l *loop) fail(u *unit, p *Problem) {
	l.show(u, p)
	if u.failed == nil && l.applied && l.pending == nil && (l.level != None || u.run != No) {
		l.push(Failed{Container: u.spec.Name, Problem: *p})
	}
	u.failed = p
}

// show makes a problem visible and tells when one begins.
func (l *loop) show(u *unit, p *Problem) {
	if u.problem == nil || u.problem.Code != p.Code {
		l.push(Trouble{Container: u.spec.Name, Problem: *p})
	}
	u.problem = p
}

// push queues a report; a newer State replaces one that still waits.
func (l *loop) push(r Report) {
	if _, isState := r.(State); isState {
		l.out = slices.DeleteFunc(l.out, func(r Report) bool { _, old := r.(State); return old })
	}
	l.out = append(l.out, r)
}

// tell queues the state if it changed. The first waits until everything was looked at once.
func (l *loop) tell(now time.Time) {
	if !l.listed || slices.ContainsFunc(l.units, func(u *unit) bool { return !u.looked }) {
		return
	}
	s := l.state(now)
	if l.lastSent && sameState(s, l.last) {
		return
	}
	l.last, l.lastSent = s, true
	l.push(s)
}
