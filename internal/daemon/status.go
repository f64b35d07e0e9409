package daemon

import (
	"strings"
	"time"

	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/scheduler"
)

// publish makes a snapshot for operators, once a second and soon after each
// change.
func (d *Daemon) publish(now bool) {
	if !now && time.Since(d.shown) < publishLeast {
		return
	}
	view := d.machine.View()
	d.heedTurnOff(view)
	d.watchOwnLine(view, time.Now())
	if !now && time.Since(d.shown) < publishEvery && !d.changed(view) {
		return
	}
	d.shown = time.Now()
	d.feed.Publish(d.status(view, time.Now()))
}

// changed looks at what an operator would notice at once.
func (d *Daemon) changed(v scheduler.View) bool {
	key := shownKey{state: v.State, peer: v.PeerState, heard: v.PeerHeard, lost: v.PeerLost, waits: len(v.Waits)}
	if v.Hold != nil {
		key.hold, key.reads = true, v.Hold.Reads
	}
	key.peer.TestAsk, key.state.TestAsk = 0, 0
	if key == d.shownKey {
		return false
	}
	d.shownKey = key
	return true
}

type shownKey struct {
	state, peer scheduler.State
	heard, hold bool
	lost        scheduler.Instant
	waits       int
	reads       int
}

// scene is one snapshot being drawn: the view, and the clock to show it by.
type scene struct {
	d    *Daemon
	v    scheduler.View
	wall time.Time
}

func (s scene) at(i scheduler.Instant) time.Time { return wallOf(s.v.At, s.wall, i) }

// status is the whole document: what the machine knows, in the operator's words.
func (d *Daemon) status(v scheduler.View, wall time.Time) control.Status {
	v.Wire = d.ownLine.shown(v.Wire)
	d.peerIdle = d.peerIdle || v.State.Own != 0 || v.PeerHeard && !(v.PeerState.Own != 0 && v.PeerState.Serving)
	s := scene{d, v, wall}
	st := control.Status{
		Time: wall, Cluster: d.opts.Config.Cluster, This: v.Self,
		Term: v.State.Term, Last: d.journal.last,
		Nodes: s.nodes(), Resources: s.resources(), Wires: s.wires(), Waits: s.waits(), Hold: s.hold(),
	}
	st.Owner = s.owner()
	st.Serving, st.Since = s.serving()
	st.Schedule = s.schedule()
	st.Next = s.next(st.Schedule)
	if v.State.Maint {
		st.Maintenance = &control.Maintenance{Until: v.MaintUntil}
	}
	if v.Hold != nil && v.Hold.PreparedFor {
		st.Prepared = s.prepared()
	}
	s.judge(&st)
	return st
}

func (s scene) owner() string {
	switch {
	case s.v.State.Own != 0:
		return s.v.Self
	case s.v.PeerHeard && s.v.PeerState.Own != 0:
		return s.v.Peer
	}
	return ""
}

// serving is who answers clients now, as far as this node knows, and since when
// if that was seen: a daemon that started later does not know.
func (s scene) serving() (string, time.Time) {
	switch {
	case s.v.State.Own != 0 && s.v.State.Serving:
		if s.v.Ground == scheduler.GroundAdopted {
			return s.v.Self, time.Time{}
		}
		return s.v.Self, s.at(s.v.OwnSince)
	case s.v.PeerHeard && s.v.PeerState.Own != 0 && s.v.PeerState.Serving:
		return s.v.Peer, s.at(s.d.peerServesSince(s.v))
	}
	return "", time.Time{}
}

// peerServesSince remembers when the peer was first seen under its term; zero
// where it had that when it was heard first.
func (d *Daemon) peerServesSince(v scheduler.View) scheduler.Instant {
	if d.peerTerm != v.PeerState.Own {
		d.peerTerm, d.peerSince = v.PeerState.Own, v.At
		if !d.peerIdle {
			d.peerSince = 0
		}
	}
	return d.peerSince
}

func (s scene) hold() *control.Hold {
	h := s.v.Hold
	if h == nil {
		return nil
	}
	return &control.Hold{
		Target: s.v.Peer, Since: s.at(max(h.Begun, h.HighSince)), LimitSeconds: h.For.Seconds(), Readings: h.Reads, High: h.Highs,
		Extin: h.ExtinHigh, NoReturnAfter: time.Duration(h.NoReturnAt - h.Begun).Seconds(),
	}
}

// ascii keeps what other programs said from reaching a terminal raw.
func ascii(s string) string {
	out := []rune(s)
	for i, r := range out {
		if r < ' ' || r > '~' {
			out[i] = '?'
		}
	}
	return string(out)
}

func (s scene) waits() []control.Wait {
	var list []control.Wait
	for _, w := range s.v.Waits {
		c := control.Wait{Code: w.Code, For: waitFor(w), Since: s.at(w.Since), Until: s.at(w.Until), Then: w.Then, Command: w.Do}
		if h := s.v.Hold; w.Code == scheduler.CodeHold && h != nil {
			c.For, c.Since, c.Until = "the hold", s.at(max(h.Begun, h.HighSince)), time.Time{}
			c.LimitSeconds, c.Note, c.Then = h.For.Seconds(), "confirmed so far", s.afterHold()
			if h.HighSince != 0 && h.HighSince.Since(h.Begun) > 2*time.Second {
				c.Note = "begun anew after a gap"
			}
		}
		if c.Command == "" {
			c.Command = "futago status --watch"
		}
		list = append(list, c)
	}
	return list
}

// waitFor never leaves a code standing alone.
func waitFor(w scheduler.Wait) string {
	if code, raw := strings.CutPrefix(w.For, "the end of "); raw && code == w.Code {
		return "the end of what keeps it from serving"
	}
	return w.For
}

func (s scene) afterHold() string {
	if s.v.State.Own != 0 {
		return s.v.Peer + " is woken"
	}
	return "take over"
}
