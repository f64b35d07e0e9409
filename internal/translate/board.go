package translate

import (
	"time"

	"github.com/futago-ha/futago/fencing"
	"github.com/futago-ha/futago/scheduler"
)

// Clock places a time of this process on the machine's clock; zero stays never.
type Clock func(time.Time) scheduler.Instant

// Board joins what was heard of the own power board.
type Board struct {
	Info   fencing.BoardInfo
	Health fencing.Health
	Seen   bool // Info was heard
}

// Now is the board as far as it is known; watched says whether something else
// than its own watchdog resets this node when its kernel dies.
func (b *Board) Now(watched bool) scheduler.Board {
	e := scheduler.Board{
		OK: b.Info.Err == nil, Armed: b.Info.Armed, Woken: b.Info.Wake,
		Watchdog: b.Health.Watchdog == fencing.WatchdogFed || watched,
	}
	if b.Info.Err != nil {
		e.Why = b.Info.Err.Error()
	}
	return e
}

// Armed takes the end of arming or disarming.
func (b *Board) Armed(r fencing.ArmDone) {
	if r.Err == nil {
		b.Info.Armed = r.Armed
	}
}

// Lines is one reading of both lines.
func Lines(r *fencing.Lines, clock Clock) scheduler.Lines {
	return scheduler.Lines{OK: r.Err == nil, Out: r.Out, In: r.In, Count: max(r.Seconds, 0), At: clock(r.At)}
}

// Progress is how far a raised line is.
func Progress(r *fencing.Progress, clock Clock) scheduler.HoldProgress {
	return scheduler.HoldProgress{
		ID: r.ID, At: clock(r.At), LowUntil: clock(r.LowUntil), HighSince: clock(r.HighSince), Reads: r.Readings, Highs: r.Highs,
	}
}

// End is the end of a hold, contest or pulse. A pulse ends as Pulsed or not; the
// machine knows which number was which.
func End(r *fencing.End, clock Clock) []scheduler.Event {
	why := string(r.Reason)
	if r.Err != nil {
		why += " (" + r.Err.Error() + ")"
	}
	pulsed := scheduler.Pulsed{ID: r.ID, OK: r.Result == fencing.Pulsed, Why: why}
	ended := scheduler.HoldEnded{ID: r.ID, At: clock(r.At), Why: why}
	switch r.Result {
	case fencing.Superseded:
		return nil
	case fencing.Pulsed:
		return []scheduler.Event{pulsed}
	case fencing.Held:
		ended.Result = scheduler.HoldHeld
	case fencing.Lowered, fencing.BrokenEarly, fencing.Refused:
		ended.Result = scheduler.HoldLowered
	case fencing.Unknown:
		ended.Result = scheduler.HoldUnknown
	}
	return []scheduler.Event{ended, pulsed}
}
