package sim

import (
	"slices"

	"github.com/futago-ha/futago/scheduler"
)

// What a node's process hears of the other one, whatever its decision makes of it.

// bound tells that a letter is of the sessions that live now.
func (c *checks) bound(n *node, l *scheduler.Letter) bool {
	return l.Session == c.session[n.peer().id] && n.d != nil && l.To == n.d.session
}

// heard is called when a letter reaches a node's process.
func (c *checks) heard(n *node, l *scheduler.Letter) {
	f := &c.node[n.id]
	knew := slices.Contains(f.knew, l.Session)
	if n.d != nil && l.To == n.d.session { // also of one that ended since
		if !knew {
			f.knew = append(f.knew, l.Session)
		}
		if l.State.Offer != 0 {
			f.care.offered = c.w.now
		}
	}
	if !c.bound(n, l) {
		p := n.peer()
		old := slices.Contains(n.disk.PeerBoots, l.Boot) || l.Boot == p.bootID && l.Session <= c.session[p.id]
		if !old && !knew {
			c.node[p.id].grounds.noted = "" // it may be a new one
		}
		return
	}
	if !c.node[n.id].got.take(c.w.now, l.Session, l.Seq) {
		return // said before, and played again
	}
	g := &c.node[n.id].grounds
	g.metAt, g.forfeit = c.w.now, false
	c.node[n.id].fenced.metNow()
}
