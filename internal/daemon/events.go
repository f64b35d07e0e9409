package daemon

import (
	"strings"

	"github.com/futago-ha/futago/fencing"
	"github.com/futago-ha/futago/membership"
	"github.com/futago-ha/futago/resources"
	"github.com/futago-ha/futago/scheduler"
)

// facts are reports that the machine or the status needs joined with later ones.
type facts struct {
	board    fencing.BoardInfo
	haveInfo bool
	armed    bool
	health   fencing.Health
	group    resources.State
	monitor  bool // the vendor's monitor runs
	usable   bool // the containers could be brought up, when last said

	feederStopped bool // the vendor's feeder, by this daemon
}

// fromMember translates what membership says.
func (d *Daemon) fromMember(e membership.Event) []scheduler.Event {
	switch e := e.(type) {
	case membership.Alive:
		return []scheduler.Event{scheduler.Link{Up: true}}
	case membership.Lost:
		return []scheduler.Event{scheduler.Link{Up: false}}
	case membership.Slept:
		return []scheduler.Event{scheduler.Slept{For: e.For}}
	case membership.Message:
		letter, err := decodeLetter(e.Payload)
		if err != nil {
			d.opts.Log.Warn("a letter could not be read", "err", err)
			return nil
		}
		return []scheduler.Event{scheduler.Received{Letter: letter}}
	case membership.Trouble:
		d.journal.write(d.troubleNote(e))
	}
	return nil
}

// fromFencer translates what the line's worker says.
func (d *Daemon) fromFencer(r fencing.Report) []scheduler.Event {
	switch r := r.(type) {
	case fencing.Lines:
		d.lines.add(r)
		return []scheduler.Event{scheduler.Lines{OK: r.Err == nil, Out: r.Out, In: r.In, Count: max(r.Seconds, 0)}}
	case fencing.Progress:
		return []scheduler.Event{scheduler.HoldProgress{
			ID: r.ID, LowUntil: instantOf(r.LowUntil), HighSince: instantOf(r.HighSince), Reads: r.Readings, Highs: r.Highs,
		}}
	case fencing.End:
		return endOf(r)
	case fencing.ArmDone:
		if r.Err == nil {
			d.known.armed, d.known.board.Armed = r.Armed, r.Armed
		}
		if !d.known.haveInfo {
			return nil
		}
		return []scheduler.Event{d.boardNow()}
	case fencing.BoardInfo:
		d.boardTurned(r.Err)
		d.known.board, d.known.haveInfo = r, true
		return []scheduler.Event{d.boardNow()}
	case fencing.Health:
		d.fencerHealth(r)
		if d.known.haveInfo {
			return []scheduler.Event{d.boardNow()}
		}
	}
	return nil
}

// boardTurned writes down when the board falls silent and when it is back.
func (d *Daemon) boardTurned(err error) {
	self, before := d.opts.node().Name, d.known.board.Err
	switch {
	case err != nil && before == nil:
		d.journal.write(scheduler.Note{
			Level: scheduler.Critical, Code: scheduler.CodeBoardSilent,
			Text: self + " got no answer from its power board, because " + firstLine(err), Do: "sudo i2cdetect -y 1; check that the slee-Pi 3 sits well on " + self,
		})
	case err == nil && before != nil:
		d.journal.write(scheduler.Note{Level: scheduler.Info, Code: scheduler.CodeBoardSilent, Text: self + " got an answer from its power board again"})
	}
}

func (d *Daemon) boardNow() scheduler.Board {
	b := d.known.board
	event := scheduler.Board{OK: b.Err == nil, Armed: b.Armed, Woken: b.Wake, Watchdog: d.known.health.Watchdog == fencing.WatchdogFed || d.watched()}
	if b.Err != nil {
		event.Why = b.Err.Error()
	}
	return event
}

func (d *Daemon) fencerHealth(h fencing.Health) {
	before := d.known.health
	d.known.health = h
	self := d.opts.node().Name
	if h.StuckHigh && !before.StuckHigh {
		d.journal.write(scheduler.Note{
			Level: scheduler.Critical, Code: "EXTOUT_STUCK",
			Text: self + " could not lower its EXTOUT, because it read high afterwards", Do: "unplug the harness CN5 of " + self + "; sudo futago fence release",
		})
	}
	if h.SwitchedOn > before.SwitchedOn {
		d.journal.write(scheduler.Note{
			Level: scheduler.Info, Code: codeWatchdog,
			Text: self + " switched on the watchdog of its power board, because it was off though HEARTBEAT_TIMEOUT is not 0",
		})
	}
	if !h.HungSince.IsZero() && before.HungSince.IsZero() {
		d.journal.write(scheduler.Note{
			Level: scheduler.Critical, Code: scheduler.CodeBoardSilent,
			Text: self + " has a transfer to its power board that does not come back, because the I2C bus hangs", Do: "i2cdetect -y 1; reboot " + self + " as planned",
		})
	}
}

// endOf translates the end of a hold, contest or pulse. A pulse ends as Pulsed
// or not; the machine knows which number was which.
func endOf(r fencing.End) []scheduler.Event {
	why := string(r.Reason)
	if r.Err != nil {
		why += " (" + r.Err.Error() + ")"
	}
	pulsed := scheduler.Pulsed{ID: r.ID, OK: r.Result == fencing.Pulsed, Why: why}
	ended := scheduler.HoldEnded{ID: r.ID, At: instantOf(r.At), Why: why}
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

// firstLine is the first of several joined errors, fit for one sentence.
func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return ascii(line)
}
