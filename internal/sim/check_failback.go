package sim

import (
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// What a move leaves behind. L3: a service that went away from the preferred node
// without an operator's word for it comes back, whatever move failed before; L2: one
// that an operator moved away stays there until it is moved again, a person clears
// that, or the daemon starts anew. They rest on what the node was told, and on A4.

const (
	asksWithin = 45 * time.Second // past failback_delay: a failed try is repeated after 30 s
	stillHears = 2 * time.Second  // letters come once a second
)

// failback is what the checkers know of the preferred node's moves.
type failback struct {
	moving bool          // an operator's move may be under way
	order  uint64        // the last move away that was ordered here while the node owned the service
	away   bool          // the service may be away at an operator's word
	sure   time.Duration // since when it is
	due    time.Duration // since when nothing keeps the node from asking
}

// moves is a command to move the service, on either node.
func (c *checks) moves(n *node, e scheduler.Command) {
	for i := range c.node {
		c.node[i].failback.moving, c.node[i].failback.sure = true, 0
	}
	f := &c.node[n.id]
	f.failback.order = 0
	if f.saidIn == n.d.session && f.lastSaid.Own != 0 && e.Node != n.cfg.Self {
		f.failback.order = e.ID
	}
}

// moveAnswered is how a move, or the word to forget one, ended.
func (c *checks) moveAnswered(n *node, q *question, a scheduler.Answer) {
	f := &c.node[n.id].failback
	switch {
	case !a.OK:
	case q.verb == scheduler.VerbClear:
		f.away, f.sure, f.due, f.order = false, 0, 0, 0
	case q.verb == scheduler.VerbMove && a.ID == f.order && f.away:
		f.sure = c.w.now
	}
}

// wishesBack looks at the preferred node's letter that is about to be sent.
func (c *checks) wishesBack(n *node, s *scheduler.State) {
	f, p := &c.node[n.id], n.peer()
	k, last, peer := &f.failback, &f.lastSaid, &f.heard
	if !n.cfg.Preferred || !n.cfg.Failback {
		return
	}
	switch {
	case s.Own != 0:
		k.away, k.sure, k.due = false, 0, 0
		k.moving = k.moving && (s.Offer != 0 || s.Leading != 0 || peer.Ask != 0 || c.movesNow())
		return
	case f.saidIn == n.d.session && last.Own != 0 && s.Released >= last.Own:
		k.away = k.moving
	}
	if k.sure != 0 && s.Ask != 0 && last.Ask == 0 && !s.OnOffer {
		c.violate("L2", "%s asks for the service back, which an operator moved away", nodeName(n.id))
	}
	idle := s.Ready && s.Uplink && s.Ask == 0 && f.grounds.level == scheduler.LevelNone && !k.away && !c.movesNow() && n.driftAt == 0
	told := f.spoke != 0 && c.w.now-f.spoke < stillHears && f.echoed != 0 && c.w.now-f.echoed < stillHears && f.knows == c.session[p.id]
	well := peer.Own != 0 && peer.Healthy && !peer.Maint && !peer.Quarantine && !peer.Holding
	since(&k.due, c.w.now, idle && told && well)
	if k.due != 0 && c.w.now-k.due > n.local(n.cfg.FailbackDelay+asksWithin) {
		c.violate("L3", "%s has been well for %s and does not ask for the service back, which nobody moved away", nodeName(n.id), c.w.now-k.due)
	}
}

// movesNow tells that a move was ordered and not answered yet.
func (c *checks) movesNow() bool {
	for i := range c.node {
		for _, q := range c.node[i].asked {
			if q.verb == scheduler.VerbMove && !q.done {
				return true
			}
		}
	}
	return false
}
