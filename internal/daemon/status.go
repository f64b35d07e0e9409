package daemon

import (
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
	if !now && time.Since(d.shown) < publishEvery && !d.changed(view) {
		return
	}
	d.shown = time.Now()
	d.feed.Publish(d.status(view, time.Now()))
}

// changed looks at what an operator would notice at once.
func (d *Daemon) changed(v scheduler.View) bool {
	key := shownKey{state: v.State, peer: v.PeerState, heard: v.PeerHeard, lost: v.PeerLost, hold: v.Hold != nil, waits: len(v.Waits)}
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
	s := scene{d, v, wall}
	st := control.Status{
		Time: wall, Cluster: d.opts.Config.Cluster, This: v.Self,
		Term: v.State.Term, Last: d.journal.last,
		Nodes: s.nodes(), Resources: s.resources(), Wires: s.wires(), Waits: s.waits(), Hold: s.hold(),
	}
	st.Owner = s.owner()
	st.Serving, st.Since = s.serving()
	if v.State.Maint {
		st.Maintenance = &control.Maintenance{Until: v.MaintUntil}
	}
	if v.Hold != nil && v.Hold.PreparedFor {
		st.Prepared = "the containers are healthy on " + v.Self + "; only the VIP is missing"
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

// serving is who answers clients now, as far as this node knows.
func (s scene) serving() (string, time.Time) {
	switch {
	case s.v.State.Own != 0 && s.v.State.Serving:
		return s.v.Self, s.at(s.v.OwnSince)
	case s.v.PeerHeard && s.v.PeerState.Own != 0 && s.v.PeerState.Serving:
		return s.v.Peer, s.at(s.d.peerServesSince(s.v))
	}
	return "", time.Time{}
}

// peerServesSince remembers when the peer was first seen under its term.
func (d *Daemon) peerServesSince(v scheduler.View) scheduler.Instant {
	if d.peerTerm != v.PeerState.Own {
		d.peerTerm, d.peerSince = v.PeerState.Own, v.At
	}
	return d.peerSince
}

// judge gives the one word an operator sees first, and what led to it.
func (s scene) judge(st *control.Status) {
	st.Level = control.LevelOK
	for _, w := range s.v.Waits {
		st.Why = append(st.Why, control.Reason{Time: s.at(w.Since), Text: ascii(w.Why)})
		if w.Do != "" && w.Until == 0 && st.Do == nil {
			st.Do = &control.Remedy{Steps: []string{w.Do}}
		}
	}
	peerAway := !s.v.PeerHeard
	switch {
	case s.v.Hold != nil:
		st.Level = control.LevelFencing
	case st.Serving == "" && st.Do != nil:
		st.Level = control.LevelBlocked
	case st.Serving == "":
		st.Level = control.LevelWaiting
	case peerAway || !s.peerCanServe(st.Serving) || len(s.v.Waits) > 0 || !s.wiresWork() || s.digestsDiffer():
		st.Level = control.LevelDegraded
	}
	if len(s.v.Waits) > 0 && st.Level != control.LevelOK {
		st.Code = s.v.Waits[0].Code
	}
	st.Headline = s.headline(st)
	if st.Level == control.LevelOK {
		st.Why = nil
	}
}

func (s scene) peerCanServe(serving string) bool {
	if serving == s.v.Self {
		return s.v.PeerState.Ready
	}
	return s.v.State.Ready
}

func (s scene) wiresWork() bool {
	return s.v.Wire.Result == scheduler.WirePassed && s.v.PeerWire.Result == scheduler.WirePassed
}

func (s scene) digestsDiffer() bool {
	return s.v.PeerHeard && s.v.PeerState.Digest != "" && s.v.PeerState.Digest != s.v.State.Digest
}

// headline says what goes on when it is not simply "serves since".
func (s scene) headline(st *control.Status) []string {
	if st.Level == control.LevelOK {
		return nil
	}
	var parts []string
	if st.Serving == "" {
		parts = append(parts, "NOBODY SERVES")
	} else {
		parts = append(parts, st.Serving+" serves")
	}
	switch {
	case s.v.Hold != nil:
		parts = append(parts, s.v.Self+" is cutting "+s.v.Peer)
	case !s.v.PeerHeard && s.v.PeerState.Leaving == scheduler.Rebooting:
		parts = append(parts, s.v.Peer+" is rebooting as planned")
	case !s.v.PeerHeard:
		parts = append(parts, s.v.Peer+" is not heard")
	case s.v.State.Standby:
		parts = append(parts, s.v.Self+" is on standby")
	case s.v.PeerState.Standby:
		parts = append(parts, s.v.Peer+" is on standby")
	case s.digestsDiffer():
		parts = append(parts, "the nodes' configurations differ")
	case !s.wiresWork():
		parts = append(parts, "a fence line is not verified")
	}
	return parts
}

func (s scene) waits() []control.Wait {
	var list []control.Wait
	for _, w := range s.v.Waits {
		c := control.Wait{Code: w.Code, For: w.For, Since: s.at(w.Since), Until: s.at(w.Until), Then: w.Then, Command: w.Do}
		if w.Code == scheduler.CodeHold && s.v.Hold != nil {
			c.For, c.Since, c.Until = "the hold", s.at(max(s.v.Hold.Begun, s.v.Hold.HighSince)), time.Time{}
			c.LimitSeconds, c.Note = s.v.Hold.For.Seconds(), "unbroken so far"
		}
		list = append(list, c)
	}
	return list
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
