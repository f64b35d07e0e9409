package sim

import "time"

// guardPatience is how long the guard waits for the loop's next word.
const guardPatience = time.Second

// guardLowers lowers the line once the guard's pipe to a daemon has closed. It
// goes on until the bus answers, unless a new daemon has taken over.
func (n *node) guardLowers(d time.Duration) {
	n.kernel(d, func() {
		if n.out() && !n.bus.lower() {
			n.guardLowers(100 * time.Millisecond)
			return
		}
		n.w.check.look()
	})
}

// guardWatches lowers the line when the loop of this daemon has been silent.
// It is on watch from the first raise to the daemon's end, because a process
// that was stopped just before its write may raise at any time.
func (d *daemon) guardWatches() {
	if d.guarded {
		return
	}
	d.guarded = true
	d.guardLooks()
}

func (d *daemon) guardLooks() {
	n := d.n
	n.kernel(200*time.Millisecond, func() {
		if n.d != d {
			return
		}
		if n.out() && n.w.now-d.lastWord > guardPatience {
			n.say("GUARD lowers")
			n.bus.lower()
		}
		d.guardLooks()
	})
}
