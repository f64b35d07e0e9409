package scheduler

import (
	"slices"
	"time"
)

// View is the machine's knowledge for status, a copy.
type View struct {
	At       Instant
	Self     string
	Peer     string
	State    State // what this node says of itself
	Ground   Ground
	OwnSince Instant

	PeerState State // the peer's last bound words
	PeerHeard bool  // they are fresh
	PeerBoth  bool  // and it hears this node
	PeerAt    Instant
	PeerLost  Instant // since when it is lost; zero when it is not

	Wire, PeerWire Wire // this node's line to the peer, and the peer's to this node
	NextTest       Instant
	Waits          []Wait
	Hold           *HoldView
	Contesting     bool
	Quarantined    bool
	Seeking        bool
	PeerOff        bool
	Fenced         bool // the peer was fenced, Confirmed, and not heard since
	PeerBackBy     Instant
	PeerLeft       Departure
	Watchdog       bool
	Board          Board
	Lines          LinesView
	MaintUntil     time.Time
	ClockSynced    bool
	PeerReboot     Outcome // of the peer's last planned reboot, also while it is away
}

// HoldView is a hold under way.
type HoldView struct {
	Why         string
	Begun       Instant
	HighSince   Instant
	For         time.Duration
	Reads       int
	Highs       int
	ExtinHigh   bool
	NoReturnAt  Instant
	PreparedFor bool // the containers that may overlap are up already
}

// LinesView is the two lines as read last.
type LinesView struct {
	Read    bool
	Out, In bool
}

// Waits returns a copy of what this node waits for, without the rest of the View.
func (m *Machine) Waits() []Wait { return slices.Clone(m.notes.waits) }

// View returns a copy of what the machine knows, for display.
func (m *Machine) View() View {
	h := &m.hear
	v := View{
		At: m.now, Self: m.cfg.Self, Peer: m.cfg.Peer, State: m.state(), Ground: m.ground, OwnSince: m.ownSince,
		PeerState: h.state, PeerHeard: m.heard(), PeerBoth: m.mutual(), PeerAt: h.heardAt,
		Wire: m.disk.Wire, PeerWire: m.disk.PeerWire, NextTest: m.test.next,
		Waits: m.Waits(), Contesting: m.line.contest != nil, Quarantined: m.quarantined(),
		Fenced:  m.fence.confirmedAt != 0,
		Seeking: m.seek.term != 0, PeerOff: m.disk.PeerOff, PeerBackBy: m.going.peerBackBy,
		Watchdog: m.board.facts.Watchdog, Board: m.board.copy(), MaintUntil: m.disk.MaintUntil,
		ClockSynced: m.plan.synced, PeerReboot: m.disk.PeerReboot,
		Lines: LinesView{Read: m.board.linesAt != 0, Out: m.board.out, In: m.extin.high},
	}
	if h.lost {
		v.PeerLost = h.lostAt
	}
	if m.peerLeft() {
		v.PeerLeft = m.disk.PeerLeft
	}
	if s := m.line.shot; s != nil {
		v.Hold = &HoldView{
			Why: m.shotText(s), Begun: s.begun, HighSince: s.highSince, For: m.cfg.Hold, Reads: s.reads, Highs: s.highs,
			ExtinHigh: m.extin.high, NoReturnAt: s.begun.Add(pointOfReturn),
			PreparedFor: m.group.level == LevelPrepared && m.group.reached,
		}
	}
	return v
}

// copy shares no memory with the report.
func (b *boardFacts) copy() Board {
	c := b.facts
	c.Woken = slices.Clone(c.Woken)
	return c
}
