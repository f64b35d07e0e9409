package fencing

import (
	"context"
	"errors"
	"time"
)

// Why a line was not raised.
var (
	errSilent = errors.New("decision loop silent")
	errNotYet = errors.New("line already up")
)

// read looks at both lines, keeps what it means and reports it.
func (f *Fencer) read() reading {
	type levels struct{ out, in bool }
	r := reading{start: time.Now()}
	l, err := call(&f.lane, func() (levels, error) {
		out, in, err := f.dev.ReadLines()
		return levels{out, in}, err
	})
	r.end, r.out, r.in, r.err = time.Now(), l.out, l.in, err
	f.failed(err)
	f.line.note(r)
	if err == nil {
		f.setStuck(r.out && f.lowerDone)
	}
	f.show(r)
	return r
}

// failed keeps the last error for the end report and what it says of the bus.
func (f *Fencer) failed(err error) {
	if err != nil {
		f.lastErr = err
	}
	h := f.health
	h.HungSince = f.lane.hungSince()
	h.Guard = f.guard.living()
	f.setHealth(h)
}

func (f *Fencer) setStuck(stuck bool) {
	h := f.health
	h.StuckHigh = stuck
	f.setHealth(h)
}

func (f *Fencer) setHealth(h Health) {
	if h != f.health {
		f.health = h
		f.out.put(h)
	}
}

// show reports a reading when it is due.
func (f *Fencer) show(r reading) {
	l := Lines{At: r.start, Out: r.out, In: r.in, Seconds: -1, Err: r.err}
	if r.err == nil && r.in {
		if s, err := call(&f.lane, f.dev.InSeconds); err == nil {
			l.Seconds = s
		} else {
			f.failed(err)
		}
	}
	same := l.Out == f.shown.Out && l.In == f.shown.In && (l.Err == nil) == (f.shown.Err == nil)
	if same && !l.In && l.At.Sub(f.shown.At) < linesEvery {
		return
	}
	f.shown = l
	f.out.put(l)
}

// raise raises the line if a guard and the decision loop are there to see it
// come down again.
func (f *Fencer) raise() error {
	if f.guard.silent() {
		return errSilent
	}
	if err := f.guard.raising(); err != nil {
		return err
	}
	f.tighten()
	f.lowerDone = false
	f.line.raising()
	err := f.lane.do(func() error { return f.dev.SetOut(true) })
	f.failed(err)
	return err
}

// lower lowers the line once and looks.
func (f *Fencer) lower() reading {
	err := f.lane.do(func() error { return f.dev.SetOut(false) })
	f.failed(err)
	f.lowerDone = err == nil
	r := f.read()
	if !f.line.mayBeUp {
		f.guard.lowered()
	}
	return r
}

// takeDown lowers until the line reads low; false if it did not within limit.
func (f *Fencer) takeDown(ctx context.Context, limit time.Duration) bool {
	deadline := time.Now().Add(limit)
	for {
		f.lower()
		if !f.line.mayBeUp {
			return true
		}
		if !time.Now().Before(deadline) || !f.pause(ctx, holdPoll) {
			return false
		}
	}
}

// pause waits; false if ctx ended.
func (f *Fencer) pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// idle watches both lines and keeps the own one down until a command wants it
// up.
func (f *Fencer) idle(ctx context.Context) command {
	for ctx.Err() == nil {
		if f.line.mayBeUp {
			f.lower()
		} else {
			f.read()
		}
		if !f.line.mayBeUp {
			f.relax()
			f.checkWatchdog()
		}
		if c, ok := f.nextIdle(ctx); ok && c.raises() {
			return c
		}
	}
	return command{}
}

// errand does what needs no line.
func (f *Fencer) errand(c command) {
	switch c.verb {
	case doArm:
		err := f.lane.do(f.dev.Arm)
		f.failed(err)
		f.out.put(ArmDone{ID: c.id, Armed: err == nil, Err: err})
	case doDisarm:
		err := f.lane.do(f.dev.Disarm)
		f.failed(err)
		f.out.put(ArmDone{ID: c.id, Err: err})
	case doBoard:
		b := f.board(c.id)
		if b.Err != nil && !f.line.mayBeUp {
			b = f.board(c.id) // one late transfer does not make a board silent; a line that is up has no time to ask
		}
		f.out.put(b)
	case doHold, doContest, doPulse, doLower, doGiveUp:
	}
}

func (f *Fencer) board(id uint64) BoardInfo {
	wake, err1 := call(&f.lane, f.dev.WakeReasons)
	armed, err2 := call(&f.lane, f.dev.Armed)
	version, err3 := call(&f.lane, f.dev.Version)
	dog, err4 := call(&f.lane, f.dev.WatchdogTimeout)
	err := errors.Join(err1, err2, err3, err4)
	f.failed(err)
	return BoardInfo{ID: id, Wake: wake, Armed: armed, Version: version, Watchdog: dog, Err: err}
}
