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
func (d *daemon) guardWatches() {
	n := d.n
	n.kernel(200*time.Millisecond, func() {
		if n.d != d || !n.out() {
			return
		}
		if n.w.now-d.lastWord > guardPatience {
			n.say("GUARD lowers")
			n.bus.lower()
		}
		d.guardWatches()
	})
}
