package sim

import (
	"time"

	"github.com/futago-ha/futago/internal/board"
)

// L3: a node that was cut is woken by the one whose line cut it, whether that was
// meant or not. It rests on A1 to A4.

const (
	wokenWithin = 150 * time.Second // the rest of a hold with all its tries, the claim, and the pause before the pulse
	seldomWoken = 17 * time.Minute  // in quarantine: the pause between two pulses
)

// lookWoken follows a node that is off because its EXTIN stood.
func (c *checks) lookWoken(n *node) {
	f, p := &c.node[n.id], n.peer()
	if f.off != board.ReasonExtin || n.powered {
		f.dark = 0
		return
	}
	could := f.cutByLine && p.works() && !p.bus.flaky() && !p.extin() && p.d.started < f.cutAt-longestRaise && c.wiresGood()
	due := n.supplied && !c.meant(n) && !p.disk.PeerOff && c.node[p.id].care.pulseAt < f.cutAt
	since(&f.dark, c.w.now, could && due)
	within := wokenWithin
	if p.quarantines() {
		within = seldomWoken
	}
	if f.dark != 0 && c.w.now-f.dark > within {
		c.violate("L3", "%s cut %s and did not wake it for %s", nodeName(p.id), nodeName(n.id), c.w.now-f.dark)
	}
}
