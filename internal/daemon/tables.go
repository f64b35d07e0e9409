package daemon

import (
	"slices"
	"time"

	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/resources"
	"github.com/futago-ha/futago/scheduler"
)

// nodes are the rows of the first table, in the order of the configuration.
func (s scene) nodes() []control.Node {
	own, peer := s.selfNode(), s.peerNode()
	if s.d.opts.Self == 0 {
		return []control.Node{own, peer}
	}
	return []control.Node{peer, own}
}

func (s scene) selfNode() control.Node {
	n := nodeOf(s.v.Self, s.v.State)
	n.BootID = s.d.boot.ID
	return n
}

func (s scene) peerNode() control.Node {
	v := s.v
	n := control.Node{Name: v.Peer, Fenceable: control.Unknown}
	if v.PeerAt != 0 {
		n = nodeOf(v.Peer, v.PeerState)
		n.HeardAt = s.at(v.PeerAt)
	}
	if v.PeerHeard {
		return n
	}
	n.Uplink, n.State = "", control.StateNotHeard
	switch {
	case v.Quarantined:
		n.State = control.StateQuarantined
	case v.PeerState.Leaving == scheduler.Rebooting || v.PeerLeft == scheduler.Rebooting:
		n.State = control.StateRebooting
	case v.PeerLeft != scheduler.Staying:
		n.State = control.StateLeft
	case v.Fenced:
		n.State = control.StateFenced
	}
	return n
}

// nodeOf says in the operator's words what a node says of itself.
func nodeOf(name string, s scheduler.State) control.Node {
	n := control.Node{
		Name: name, State: stateWord(s), Uplink: "ok", Fenceable: control.Yes, UpSince: s.Started, WokenBy: s.Woken,
		Version: s.Software, ConfigDigest: s.Digest,
	}
	if !s.Uplink {
		n.Uplink = "lost"
		if s.Lacks != "" {
			n.Uplink = "no " + s.Lacks
		}
	}
	if !s.Fenceable {
		n.Fenceable, n.FenceableWhy = control.No, unfenceable(s.Unarmed)
		if s.Unarmed == "" {
			n.Fenceable = control.Unknown
		}
	}
	return n
}

func stateWord(s scheduler.State) string {
	switch {
	case s.Leaving == scheduler.Rebooting:
		return control.StateRebooting
	case s.Leaving != scheduler.Staying:
		return control.StateStopping
	case s.Own != 0 && s.Serving:
		return control.StateOwner
	case s.Own != 0:
		return control.StateStarting
	case s.Standby:
		return control.StateStandby
	case s.Ready:
		return control.StateReady
	case !s.Known:
		return control.StateStarting
	}
	return control.StateWaiting
}

// resources are the containers and addresses. What runs on the peer is told as
// the peer tells it: healthy or not, as a whole.
func (s scene) resources() []control.Resource {
	var rows []control.Resource
	serving, since := s.serving()
	here := serving == s.v.Self
	for i, c := range s.d.opts.Config.Service.Containers {
		r := control.Resource{Name: c.Name, On: serving, Since: since, State: "stopped"}
		switch {
		case here || serving == "":
			s.ownContainer(&r, i)
		case s.v.PeerState.Healthy:
			r.State = string(resources.PhaseHealthy)
		default:
			r.State = string(resources.PhaseUnhealthy)
		}
		rows = append(rows, r)
	}
	for i, prefix := range s.d.opts.Config.Service.VIP.Addresses {
		r := control.Resource{Name: prefix.String(), On: serving, Since: since, State: "up"}
		switch {
		case serving == "":
			r.State = "down"
		case here && s.d.vips.joined.Held[i].Held:
			r.State = "up on " + s.d.vips.joined.Held[i].Interface
		}
		rows = append(rows, r)
	}
	return rows
}

func (s scene) ownContainer(r *control.Resource, i int) {
	if i >= len(s.d.known.group.State.Containers) {
		r.State = "unknown"
		return
	}
	c := s.d.known.group.State.Containers[i]
	r.State, r.Since = string(c.Phase), c.Since
	if c.Running == resources.Yes {
		r.On = s.v.Self
	}
}

// wires are the two fence lines.
func (s scene) wires() []control.Wire {
	own := wireOf(s.v.Self, s.v.Peer, s.v.Wire)
	own.NextTest = s.at(s.v.NextTest)
	peer := wireOf(s.v.Peer, s.v.Self, s.v.PeerWire)
	if s.v.PeerWire.Result == scheduler.WirePassed {
		peer.NextTest = s.v.PeerWire.At.Add(24 * time.Hour) // each node tests its own line daily
	}
	if s.stuck() {
		peer.FailedAt, peer.Fault = s.wall, "stuck high, EXTIN of "+s.v.Self+" does not fall"
	}
	if s.d.opts.Self == 0 {
		return []control.Wire{own, peer}
	}
	return []control.Wire{peer, own}
}

// stuck says that EXTIN has stood for longer than anybody holds a line.
func (s scene) stuck() bool {
	return slices.ContainsFunc(s.v.Waits, func(w scheduler.Wait) bool { return w.Code == scheduler.CodeExtinStuck })
}

// sawOfTest is what a failed test saw, and what that means.
func sawOfTest(from, to string, f scheduler.WireFault) string {
	switch f {
	case scheduler.FaultNone: // of a test by an older version
		return "EXTOUT went high, " + to + " saw nothing"
	case scheduler.FaultLooped, scheduler.FaultShorted, scheduler.FaultDead, scheduler.FaultHigh:
		return f.Text(from, to)
	case scheduler.FaultOpen, scheduler.FaultLoose, scheduler.FaultCrossed:
	}
	return "EXTOUT went high, " + to + " saw nothing: " + f.Text(from, to)
}

func wireOf(from, to string, w scheduler.Wire) control.Wire {
	c := control.Wire{From: from, To: to}
	switch w.Result {
	case scheduler.WirePassed:
		c.Verified, c.Fault = w.At, w.Fault.Text(from, to) // loose
	case scheduler.WireFailed:
		c.FailedAt, c.Fault = w.At, sawOfTest(from, to, w.Fault)
	case scheduler.WireUntested:
	}
	if c.Verified.After(time.Now()) {
		c.Verified = time.Now()
	}
	return c
}
