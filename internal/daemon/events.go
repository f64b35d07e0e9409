package daemon

import (
	"strings"

	"github.com/futago-ha/futago/fencing"
	"github.com/futago-ha/futago/internal/translate"
	"github.com/futago-ha/futago/membership"
	"github.com/futago-ha/futago/scheduler"
)

// facts are reports that the machine or the status needs joined with later ones.
type facts struct {
	board   translate.Board
	group   translate.Containers
	monitor bool // the vendor's monitor runs

	feederStopped bool // the vendor's feeder, by this daemon
}

// fromMember translates what membership says.
func (d *Daemon) fromMember(e membership.Event) []scheduler.Event {
	if event, ok := translate.Member(e); ok {
		return []scheduler.Event{event}
	}
	switch e := e.(type) {
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
		return []scheduler.Event{translate.Lines(&r, instantOf)}
	case fencing.Progress:
		return []scheduler.Event{translate.Progress(&r, instantOf)}
	case fencing.End:
		return translate.End(&r, instantOf)
	case fencing.ArmDone:
		d.known.board.Armed(r)
	case fencing.BoardInfo:
		d.boardTurned(r.Err)
		d.known.board.Info, d.known.board.Seen = r, true
	case fencing.Health:
		d.fencerHealth(r)
	}
	if !d.known.board.Seen {
		return nil
	}
	return []scheduler.Event{d.known.board.Now(d.watched())}
}

// boardTurned writes down when the board falls silent and when it is back.
func (d *Daemon) boardTurned(err error) {
	self, before := d.opts.node().Name, d.known.board.Info.Err
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

func (d *Daemon) fencerHealth(h fencing.Health) {
	before := d.known.board.Health
	d.known.board.Health = h
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

// firstLine is the first of several joined errors, fit for one sentence.
func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return ascii(line)
}
