package sim

import "time"

// S3: a split costs no server. A node that serves and has its uplink is not cut
// by a peer whose daemon and bus are alive, given both wires; of two that do not
// serve one is cut at most. Assumes A1 to A4.

const bothCutWithin = 30 * time.Second

// split is since when a cut of this node would be unfair.
type split struct {
	server  time.Duration // it has the VIP and its uplink, everything else in order; 0 is not
	idle    time.Duration // it does not serve, everything else in order; 0 is not
	up      time.Duration // when its EXTIN rose; 0 is low
	cutIdle time.Duration // when it was cut while it did not serve
	brave   time.Duration // as server, whatever the bus of the other node does
	busOK   time.Duration // since when that answers
	works   time.Duration // since when its daemon, its bus and its board do their part
	mute    time.Duration // since when the bus of the other node is silent
	muteAt  time.Duration // when that began last
	muteTo  time.Duration // and ended
	seen    time.Duration // the rise of EXTIN after which it did in time
}

// When the bus of one that holds must answer, counted from the rise of EXTIN, and for
// how long, so that a server that contests is spared: later than the contest is up,
// and before a board may cut. What it missed meanwhile it must take for a contest.
const (
	contestIsUp = 1500 * time.Millisecond
	stillInTime = 7200 * time.Millisecond
	busReadsIn  = 500 * time.Millisecond

	// A gap of more than 1 s that began so long before second 8 ends the hold as soon
	// as the bus answers.
	gapBreaks = 1700 * time.Millisecond
	gapBefore = 6200 * time.Millisecond
	gapEnds   = 8200 * time.Millisecond
)

// sees takes the time in which the bus of the other node answered until now.
func (s *split) sees(now time.Duration) {
	from, to := max(s.busOK, s.up+contestIsUp), min(now, s.up+stillInTime)
	if s.busOK != 0 && s.up != 0 && to-from >= busReadsIn {
		s.seen = s.up
	}
	broke := s.muteTo-s.muteAt >= gapBreaks && s.muteAt <= s.up+gapBefore && s.muteTo > s.up && s.muteTo <= s.up+gapEnds
	if s.up != 0 && broke && s.mute == 0 && now-s.muteTo >= busReadsIn {
		s.seen = s.up
	}
}

// mutes keeps the last time in which the bus of the other node was silent.
func (s *split) mutes(now time.Duration, silent bool) {
	if s.mute != 0 && !silent {
		s.muteAt, s.muteTo = s.mute, now
	}
	since(&s.mute, now, silent)
}

// timeToLook is what a daemon that starts is given before it does its part.
const timeToLook = time.Second

// works tells that a node's daemon and bus do their part now.
func (n *node) works() bool { return n.thinks() && n.bus.answers() }

// thinks tells that its daemon does.
func (n *node) thinks() bool {
	d := n.d
	return n.up && n.frozen <= n.w.now && d != nil && d.hung <= n.w.now && d.busy <= n.w.now && n.w.now-d.started > timeToLook
}

func (c *checks) lookSplit(n *node) {
	s := &c.node[n.id].split
	order := n.works() && n.peer().works() && c.wiresGood()
	serves := n.serving()
	// One that was told to stop has given its term up, though not all may have
	// stopped yet.
	stops := n.d != nil && n.d.went.asked && !n.d.went.restart
	// One that dropped the VIP because of EXTIN was a server all the same, unless
	// it had been told that its uplink was gone.
	said := &c.node[n.id].lastSaid
	gives := said.Leading != 0 || said.Own == 0 || c.node[n.id].uplink.bad != 0
	serving := n.vip || s.server != 0 && n.extin() && !gives
	since(&s.server, c.w.now, order && serving && !stops && n.uplinkOK())
	since(&s.brave, c.w.now, n.works() && n.peer().thinks() && c.wiresGood() && serving && !stops && n.uplinkOK())
	since(&s.works, c.w.now, n.works() && c.w.pair.Board(n.id).Armed())
	s.sees(c.w.now)
	s.mutes(c.w.now, n.peer().bus.silent())
	since(&s.busOK, c.w.now, n.peer().bus.answers())
	since(&s.idle, c.w.now, order && !serves && !n.hasVIP()) // one that answers for the VIP asks for it
	since(&s.up, c.w.now, n.extin())
}

// since keeps when a condition began, 0 while it does not hold.
func since(at *time.Duration, now time.Duration, holds bool) {
	switch {
	case !holds:
		*at = 0
	case *at == 0:
		*at = now
	}
}

// cutIsFair looks at a cut by EXTIN at the moment it comes.
func (c *checks) cutIsFair(n *node) {
	s, other := &c.node[n.id].split, &c.node[1-n.id].split
	if c.meant(n) || s.up == 0 {
		return
	}
	if s.server != 0 && s.server < s.up {
		c.violate("S3", "%s was cut although it serves with uplink and %s is alive", nodeName(n.id), nodeName(1-n.id))
	}
	if s.sees(c.w.now); s.brave != 0 && s.brave < s.up && s.seen == s.up {
		c.violate("S3", "%s was cut although it serves with uplink, and the bus of %s answered again in time", nodeName(n.id), nodeName(1-n.id))
	}
	if s.idle == 0 || s.idle >= s.up {
		return
	}
	s.cutIdle = c.w.now
	met := c.node[1-n.id].grounds.metAt > other.cutIdle // since then: that was another split
	if other.cutIdle != 0 && c.w.now-other.cutIdle < bothCutWithin && !met {
		c.violate("S3", "both nodes were cut although neither served")
	}
}

// meant tells that the cut was asked for: by an operator, or by the node itself
// because it could not stop what it should.
func (c *checks) meant(n *node) bool {
	f := &c.node[n.id]
	for i := range c.node {
		if at := c.node[i].grounds.operator; at != 0 && c.w.now-at < operatorWords {
			return true
		}
	}
	return f.stopFail != 0 && c.w.now-f.stopFail < wordsOfFence
}
