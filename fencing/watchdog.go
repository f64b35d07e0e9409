package fencing

import "time"

// watchdog is what the conversation knows of the board's watchdog.
type watchdog struct {
	rest    time.Duration // to put back
	restore bool          // something is to be put back
	checked time.Time
}

// tighten shortens the board's watchdog while the line is up, so that a dead
// kernel cannot hold it for long. It leaves alone one that is off, one that is
// short enough and one that nobody feeds: that would only cut this node. A
// failure does not keep the line down.
func (f *Fencer) tighten() {
	if f.dog.restore && f.dog.rest > 0 || f.opts.HeartbeatFed == nil || !f.opts.HeartbeatFed() || f.opts.WatchdogTight == NeverTight {
		return
	}
	found, err := call(&f.lane, f.dev.WatchdogTimeout)
	f.failed(err)
	if err != nil || found <= f.opts.WatchdogTight {
		return
	}
	f.dog.rest, f.dog.restore = found, true
	if f.opts.WatchdogRest > 0 {
		f.dog.rest = f.opts.WatchdogRest
	}
	f.failed(f.lane.do(func() error { return f.dev.SetWatchdogTimeout(f.opts.WatchdogTight) }))
}

// relax puts the time-out back when the line is down; also once at the start,
// after a daemon that died while it was short.
func (f *Fencer) relax() {
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

// checkWatchdog reports, now and then, whether the watchdog would help.
func (f *Fencer) checkWatchdog() {
	now := time.Now()
	fed := f.opts.HeartbeatFed != nil && f.opts.HeartbeatFed()
	if now.Sub(f.dog.checked) < linesEvery {
		return
	}
	known := f.health.Watchdog != WatchdogUnknown
	sameFed := (f.health.Watchdog == WatchdogFed) == fed || f.health.Watchdog == WatchdogOff
	if known && sameFed && now.Sub(f.dog.checked) < watchdogCheck {
		return
	}
	f.dog.checked = now
	found, err := call(&f.lane, f.dev.WatchdogTimeout)
	if err == nil && found != 0 {
		err = f.restarts()
	}
	f.failed(err)
	h := f.health
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
