package fencing

import "time"

// watchdog is what the conversation knows of the board's watchdog.
type watchdog struct {
	rest    time.Duration // to put back
	restore bool          // something is to be put back
	tight   bool          // since the line rose it was shortened, or needs not be
	tried   time.Time     // to shorten it
	checked time.Time
}

// tighten shortens the board's watchdog while the line is up, so that a dead
// kernel cannot hold it for long. It leaves alone one that is off, one that is
// short enough and one that nobody feeds: that would only cut this node. A
// failure does not keep the line down, and is not the last word; see stillTight.
func (f *Fencer) tighten() {
	if f.dog.tight || f.opts.HeartbeatFed == nil || !f.opts.HeartbeatFed() || f.opts.WatchdogTight == NeverTight {
		return
	}
	f.dog.tried = time.Now()
	found, err := call(&f.lane, f.dev.WatchdogTimeout)
	f.failed(err)
	if err != nil {
		return
	}
	if found > f.opts.WatchdogTight {
		f.dog.rest, f.dog.restore = found, true
		if f.opts.WatchdogRest > 0 {
			f.dog.rest = f.opts.WatchdogRest
		}
		err = f.lane.do(func() error { return f.dev.SetWatchdogTimeout(f.opts.WatchdogTight) })
		f.failed(err)
	}
	f.dog.tight = err == nil
}

// stillTight tries once a second what tighten could not do when the line rose.
// Only beside a bus that answers: the readings of a hold go first.
func (f *Fencer) stillTight(r reading) {
	if !f.dog.tight && r.err == nil && r.out && r.end.Sub(f.dog.tried) >= linesEvery {
		f.tighten()
	}
}

// relax puts the time-out back when the line is down; also once at the start,
// after a daemon that died while it was short.
func (f *Fencer) relax() {
	f.dog.tight = false
	if !f.dog.restore {
		return
	}
	rest := f.dog.rest
	if rest == 0 {
		rest = f.opts.WatchdogRest
	}
	found, err := call(&f.lane, f.dev.WatchdogTimeout)
	if err == nil && found != 0 && found < rest {
		err = f.lane.do(func() error { return f.dev.SetWatchdogTimeout(rest) })
	}
	f.failed(err)
	if err == nil {
		f.dog.restore, f.dog.rest = false, 0
	}
}

// checkWatchdog sees to it, now and then, that the watchdog would help, and
// reports whether it would.
func (f *Fencer) checkWatchdog() {
	now := time.Now()
	fed := f.opts.HeartbeatFed != nil && f.opts.HeartbeatFed()
	if now.Sub(f.dog.checked) < linesEvery || f.asChecked(fed) && now.Sub(f.dog.checked) < watchdogCheck {
		return
	}
	f.dog.checked = now
	found, err := call(&f.lane, f.dev.WatchdogTimeout)
	on := err == nil && found == 0 && fed && f.opts.WatchdogOn
	if err == nil && (found != 0 || on) {
		err = f.restarts()
	}
	h := f.health
	if err == nil && on {
		// One that does not take it is off, whatever else is known.
		if refused := f.lane.do(func() error { return f.dev.SetWatchdogTimeout(f.opts.WatchdogRest) }); refused == nil {
			found = f.opts.WatchdogRest
			h.SwitchedOn++
		} else {
			f.lastErr = refused
		}
	}
	switch {
	case err != nil:
		h.Watchdog = WatchdogUnknown
	case found == 0:
		h.Watchdog = WatchdogOff
	case fed:
		h.Watchdog = WatchdogFed
	default:
		h.Watchdog = WatchdogUnfed
	}
	f.setHealth(h)
	f.failed(err)
}

// asChecked says that what was found last needs no other look before long.
func (f *Fencer) asChecked(fed bool) bool {
	switch f.health.Watchdog {
	case WatchdogOff:
		return !fed || !f.opts.WatchdogOn // else it is to be switched on
	case WatchdogFed:
		return fed
	case WatchdogUnfed:
		return !fed
	case WatchdogUnknown:
	}
	return false
}

// restarts lets the watchdog power the Pi again. The maker's start-up does so
// too, where it runs: a node that its own watchdog leaves
// off is away until somebody wakes it, and if it was the last, for good.
func (f *Fencer) restarts() error {
	on, err := call(&f.lane, f.dev.Restart)
	if err != nil || on {
		return err
	}
	return f.lane.do(func() error { return f.dev.SetRestart(true) })
}
