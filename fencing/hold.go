package fencing

import (
	"context"
	"errors"
	"time"
)

// begin starts the account of a hold, contest or pulse.
func (f *Fencer) begin(c command) tally {
	f.lastErr = nil
	f.line.stood = 0
	return newTally(c.id, time.Now())
}

// end reports how it went.
func (f *Fencer) end(t tally, result Result, why Reason) {
	now := time.Now()
	f.out.put(End{
		ID: t.id, At: now, Result: result, Reason: why, Stood: f.line.longest(now),
		Readings: t.readings, Highs: t.highs, InSeen: t.inSeen, Err: f.lastErr,
	})
}

// refuse ends what did not begin. The line may be up for something else.
func (f *Fencer) refuse(c command, why Reason, err error) command {
	f.out.put(End{ID: c.id, At: time.Now(), Result: Refused, Reason: why, Err: err})
	return command{verb: doLower}
}

// unguarded is why the line may not be raised, "" if it may.
func (f *Fencer) unguarded() Reason {
	switch {
	case f.guard.silent():
		return ReasonSilent
	case !f.guard.living():
		return ReasonNoGuard
	}
	return ""
}

// hold runs one hold and returns what comes next.
func (f *Fencer) hold(ctx context.Context, c command) command {
	if c.length <= 0 || c.length > HoldLimit-lowerLimit {
		return f.refuse(c, ReasonBadLength, nil)
	}
	if why := f.unguarded(); why != "" {
		return f.refuse(c, why, nil)
	}
	t := f.begin(c)
	unwanted, givingUp := false, false
	for ctx.Err() == nil {
		before := f.line
		r := f.look(givingUp)
		gap := t.note(r)
		// Also where the guard, or somebody else, lowered it after the point of no
		// return: nobody wants it up again, and nothing was cut.
		if !f.line.mayBeUp && (givingUp || unwanted && f.line.longest(time.Now()) < CutOff) {
			f.end(t, Lowered, "")
			return command{verb: doLower}
		}
		givingUp = givingUp && f.line.upFor(time.Now()) < CutOff
		switch m := t.judge(r, gap, before, c.length); {
		case m == raiseIt && givingUp:
		case f.advance(ctx, &t, m):
			return command{verb: doLower}
		}
		f.stillTight(r)
		f.out.put(t.progress(f.line, time.Now(), givingUp))
		next, ok := f.next(ctx, holdPoll)
		switch {
		case !ok:
		case next.verb == doGiveUp:
			unwanted, givingUp = true, f.line.upFor(time.Now()) < NoReturn
		case f.interrupted(ctx, t, next):
			return next
		}
	}
	f.stopped(ctx, t)
	return command{}
}

// look is the hold's reading, or the attempt to lower when it is to be given up.
func (f *Fencer) look(givingUp bool) reading {
	if givingUp {
		return f.lower()
	}
	return f.read()
}

// advance makes the move; true if that was the end of the hold.
func (f *Fencer) advance(ctx context.Context, t *tally, m move) bool {
	switch m {
	case held:
		f.end(*t, Held, "")
		return true
	case breakOff:
		f.breakOff(ctx, *t, ReasonGap)
		return true
	case tooLong:
		f.end(*t, Unknown, ReasonNotHigh)
		return true
	case raiseIt:
		return f.raiseAgain(ctx, *t)
	case stay:
	}
	return f.guardHold(ctx, t)
}

// raiseAgain raises a line that reads low. If nobody guards it the hold ends
// before it began, or waits for a guard until its limit.
func (f *Fencer) raiseAgain(ctx context.Context, t tally) bool {
	err := f.raise()
	switch {
	case err == nil || f.line.mayBeUp: // a failed call can have raised it: the readings tell
		return false
	case f.line.longest(time.Now()) >= NoReturn:
		return false
	case errors.Is(err, errSilent):
		f.breakOff(ctx, t, ReasonSilent)
	default:
		f.breakOff(ctx, t, ReasonNoGuard)
	}
	return true
}

// guardHold ends or suspends a hold that lost its guard or its decision loop.
func (f *Fencer) guardHold(ctx context.Context, t *tally) bool {
	why := f.unguarded()
	if why == "" {
		return false
	}
	if f.line.longest(time.Now()) < NoReturn {
		f.breakOff(ctx, *t, why)
		return true
	}
	if why == ReasonSilent { // as the guard does by now
		f.lower()
		t.since = time.Time{}
	}
	return false
}

// breakOff lowers a line before the other node can have been cut, and says
// Unknown if that did not succeed in time.
func (f *Fencer) breakOff(ctx context.Context, t tally, why Reason) {
	f.takeDown(ctx, max(CutOff-f.line.upFor(time.Now()), 0))
	if !f.line.mayBeUp && f.line.stood < CutOff {
		f.end(t, BrokenEarly, why)
		return
	}
	f.end(t, Unknown, why)
}

// interrupted handles a command that ends what is under way; true if it does.
func (f *Fencer) interrupted(ctx context.Context, t tally, next command) bool {
	switch next.verb {
	case doLower:
		f.lowerNow(ctx, t)
		return true
	case doHold, doContest:
		f.end(t, Superseded, "")
		return true
	case doPulse: // it must start from a line that is down
		f.refuse(next, ReasonBusy, errNotYet)
	case doGiveUp, doArm, doDisarm, doBoard:
	}
	return false
}

// lowerNow is Lower for what is under way.
func (f *Fencer) lowerNow(ctx context.Context, t tally) {
	if f.takeDown(ctx, lowerLimit) {
		f.end(t, Lowered, "")
		return
	}
	f.end(t, Unknown, ReasonNotLow)
}

// stopped ends what is under way when Run is to end.
func (f *Fencer) stopped(ctx context.Context, t tally) {
	f.takeDown(context.WithoutCancel(ctx), exitLimit)
	f.end(t, Unknown, ReasonStopped)
}

// contest keeps the line up until it is told otherwise. It has no verdict and
// so no clock: a line that reads low is raised again.
func (f *Fencer) contest(ctx context.Context, c command) command {
	if why := f.unguarded(); why != "" {
		return f.refuse(c, why, nil)
	}
	t := f.begin(c)
	if !f.line.mayBeUp {
		f.failed(f.raise()) // at once, without a look first
	}
	for ctx.Err() == nil {
		r := f.read()
		t.note(r)
		switch {
		case f.guard.silent():
			f.lower() // raised again when the loop speaks
		case r.err == nil && !r.out:
			f.failed(f.raise())
		}
		f.stillTight(r)
		f.out.put(t.progress(f.line, time.Now(), false))
		next, ok := f.next(ctx, holdPoll)
		if ok && f.interrupted(ctx, t, next) {
			return next
		}
	}
	f.stopped(ctx, t)
	return command{}
}

// pulse raises the line for a moment.
func (f *Fencer) pulse(ctx context.Context, c command) command {
	if c.length <= 0 || c.length > MaxPulse {
		return f.refuse(c, ReasonBadLength, nil)
	}
	if why := f.unguarded(); why != "" {
		return f.refuse(c, why, nil)
	}
	if f.read(); f.line.mayBeUp {
		return f.refuse(c, ReasonBusy, errNotYet)
	}
	t := f.begin(c)
	f.failed(f.raise())
	over := time.Now().Add(c.length)
	for ctx.Err() == nil && time.Now().Before(over) && !f.guard.silent() {
		t.note(f.read())
		f.out.put(t.progress(f.line, time.Now(), false))
		next, ok := f.next(ctx, min(holdPoll, time.Until(over)))
		switch {
		case !ok:
		case next.verb == doLower:
			f.lowerNow(ctx, t)
			return next
		case next.raises(): // not from a pulse: it must come down first
			f.refuse(next, ReasonBusy, errNotYet)
		}
	}
	f.endPulse(ctx, t)
	return command{verb: doLower}
}

func (f *Fencer) endPulse(ctx context.Context, t tally) {
	silent := f.guard.silent()
	down := f.takeDown(context.WithoutCancel(ctx), lowerLimit)
	switch {
	case silent:
		f.end(t, Unknown, ReasonSilent)
	case !down:
		f.end(t, Unknown, ReasonNotLow)
	case t.highs == 0:
		f.end(t, Unknown, ReasonNotHigh)
	default:
		f.end(t, Pulsed, "")
	}
}
