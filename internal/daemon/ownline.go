package daemon

import (
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// stuckAfter is how long the other node must see its EXTIN high while this
// node's EXTOUT reads low: letters and looks at the line take a part of a
// second, a board cuts after 10 s.
const stuckAfter = 3 * time.Second

// ownLine is what two nodes together know of a line that is stuck high: no test
// finds it, because EXTIN must be low before one, and the node at its other end
// is cut before it could be sure. It is for people; no decision hangs on it.
type ownLine struct {
	since time.Time // the other end was high since then, and this one low
	stuck time.Time // since when that was said; zero: it was not
}

// watchOwnLine compares both ends of this node's line.
func (d *Daemon) watchOwnLine(v scheduler.View, now time.Time) {
	l := &d.ownLine
	high := v.PeerState.NotReady == scheduler.CodeVictim || v.PeerState.NotReady == scheduler.CodeExtinStuck
	switch {
	case !v.PeerBoth:
		l.since = time.Time{} // what was said stays: its node may have been cut by it
	case !high:
		*l = ownLine{}
	case !v.Lines.Read || v.Lines.Out || v.Hold != nil || v.Contesting || v.Board.Why != "":
		l.since = time.Time{}
	case l.since.IsZero():
		l.since = now
	case l.stuck.IsZero() && now.Sub(l.since) >= stuckAfter:
		l.stuck = now
		d.journal.write(scheduler.Note{
			Level: scheduler.Critical, Code: scheduler.CodeWireBroken,
			Text: v.Self + " found the line " + v.Self + " -> " + v.Peer + " broken: " + scheduler.FaultHigh.Text(v.Self, v.Peer),
			Do:   scheduler.FaultHigh.Remedy(v.Self, v.Peer),
		})
	}
}

// shown is the line in the status: as last tested, or stuck.
func (l *ownLine) shown(tested scheduler.Wire) scheduler.Wire {
	if l.stuck.IsZero() {
		return tested
	}
	return scheduler.Wire{Result: scheduler.WireFailed, At: l.stuck, Fault: scheduler.FaultHigh}
}
