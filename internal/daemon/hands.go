package daemon

import (
	"time"

	"github.com/futago-ha/futago/membership"
	"github.com/futago-ha/futago/resources"
	"github.com/futago-ha/futago/scheduler"
)

// do hands one action to the part that does it. None of the calls waits.
func (d *Daemon) do(a scheduler.Action) {
	switch a := a.(type) {
	case scheduler.Persist: // done by carryOut, before this
	case scheduler.Send:
		d.send(a.Letter)
	case scheduler.Hold:
		d.refused(a.ID, d.fencer.Hold(a.ID, a.For))
	case scheduler.Contest:
		d.refused(a.ID, d.fencer.Contest(a.ID))
	case scheduler.Pulse:
		d.refused(a.ID, d.fencer.Pulse(a.ID, a.For))
	case scheduler.Lower:
		if a.GiveUp {
			d.fencer.GiveUp()
		} else {
			d.fencer.Lower()
		}
	case scheduler.Arm:
		d.logError("arm the power board", d.fencer.Arm(0))
	case scheduler.Disarm:
		d.logError("disarm the power board", d.fencer.Disarm(0))
	case scheduler.ProbePeer:
		d.vips.probe(a.ID)
	case scheduler.Containers:
		d.group.Apply(a.ID, levelOf(a.Level))
	case scheduler.ClaimVIP:
		d.vips.claim(a.ID, a.Look)
	case scheduler.DropVIP:
		d.vips.drop(a.ID)
	case scheduler.Announce:
		d.vips.announce()
	case scheduler.Answer:
		d.answered = append(d.answered, a)
	case scheduler.Note:
		d.journal.write(a)
	case scheduler.SyncDisks:
		// Never waited for: a card that hangs must not hold the loop, and the
		// call ends by itself or with the power.
		go d.opts.System.Sync()
	case scheduler.LetGo:
		d.letGo()
	case scheduler.Reboot:
		d.letGo() // or the machine would wait for this very daemon
		d.logError("reboot", d.opts.System.Reboot(a.Off))
	case scheduler.ResetSelf:
		d.opts.Log.Error("resetting this node", "because", a.Why)
		d.logError("reset", d.opts.System.Reset())
	case scheduler.Exit:
		d.exited = true
	}
}

func (d *Daemon) send(l scheduler.Letter) {
	data, err := encodeLetter(l)
	if err == nil {
		err = d.member.Send(data)
	}
	if err != nil {
		// A letter lost here is like one lost on the way: the next says all.
		d.opts.Log.Debug("a letter was not sent", "err", err, "bytes", len(data), "limit", membership.MaxPayload)
	}
}

// refused reports an order that the line's worker did not take: nothing was
// raised. The report comes as an event of its own, after this batch.
func (d *Daemon) refused(id uint64, err error) {
	if err == nil {
		return
	}
	d.later = append(d.later,
		scheduler.HoldEnded{ID: id, Result: scheduler.HoldLowered, At: bootClock(), Why: err.Error()},
		scheduler.Pulsed{ID: id, Why: err.Error()})
}

func levelOf(l scheduler.Level) resources.Level {
	switch l {
	case scheduler.LevelRunning:
		return resources.Running
	case scheduler.LevelPrepared:
		return resources.Prepared
	case scheduler.LevelNone:
	}
	return resources.None
}

// answer gives the operators' commands their answers, once the status shows what
// became of them: who looks right after an answer must not see the time before.
func (d *Daemon) answer() {
	for _, a := range d.answered {
		to := d.answers[a.ID]
		delete(d.answers, a.ID)
		if to != nil {
			to <- a // buffered: one answer for each command
		}
	}
	d.answered = d.answered[:0]
}

// commandLimit is how long a caller waits for the answer to a command.
const commandLimit = 170 * time.Second
