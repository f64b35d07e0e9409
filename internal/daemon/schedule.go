package daemon

import (
	"time"

	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/scheduler"
	"github.com/futago-ha/futago/scheduler/calendar"
)

// schedule is the planned reboots of both nodes, in the order of the
// configuration. The other node's next time is its own word.
func (s scene) schedule() []control.Planned {
	calendars := s.d.opts.Config.Reboot.Calendars
	own := plannedOf(s.v.Self, calendars[s.d.opts.Self], s.v.State.Next, s.v.State.Reboot)
	peer := plannedOf(s.v.Peer, calendars[1-s.d.opts.Self], s.v.PeerState.Next, s.v.PeerReboot)
	if own.Cron != "" && !s.v.ClockSynced {
		own.Note = "The clock of " + s.v.Self + " is not synchronised: no planned time fires. See: timedatectl"
	}
	if peer.Next.IsZero() && s.v.PeerAt == 0 || !s.v.PeerHeard && peer.Next.Before(s.wall) {
		peer.Next, _ = calendars[1-s.d.opts.Self].Next(s.wall)
	}
	if s.d.opts.Self == 0 {
		return []control.Planned{own, peer}
	}
	return []control.Planned{peer, own}
}

func plannedOf(name string, c *calendar.Calendar, next time.Time, last scheduler.Outcome) control.Planned {
	p := control.Planned{Node: name, Cron: c.Cron(), Zone: c.Zone(), Next: next}
	if last.Result != "" {
		p.Last = &control.Outcome{Time: last.At, Result: string(last.Result), Code: last.Code, Why: ascii(last.Why)}
	}
	return p
}

// next is the nearest planned reboot.
func (s scene) next(schedule []control.Planned) *control.Upcoming {
	var first *control.Upcoming
	for _, p := range schedule {
		if !p.Next.IsZero() && (first == nil || p.Next.Before(first.Time)) {
			first = &control.Upcoming{Time: p.Next, Text: "planned reboot of " + p.Node}
		}
	}
	return first
}
