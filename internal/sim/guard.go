package sim

import "time"

// guardPatience is how long the guard waits for the loop's next word.
const guardPatience = time.Second

// guardLowers lowers the line once the guard's pipe to a daemon has closed. It
// goes on until the bus answers, unless a new daemon has taken over.
func (n *node) guardLowers(d time.Duration) {
	n.kernel(d, func() {
		if !n.bus.lower() { // also when it is down: what hangs in the kernel may yet raise it
			n.guardLowers(100 * time.Millisecond)
			return
		}
		n.w.check.look()
	})
}

// guardWatches lowers the line when the loop of this daemon has been silent. It
// is on watch from the daemon's first raise to its end; here it looks only while
// there is anything to lower.
func (d *daemon) guardWatches() {
	if d.guarded {
		return
	}
	d.guarded = true
	d.guardLooks()
}

func (d *daemon) guardLooks() {
	n := d.n
	n.calmly(200*time.Millisecond, func() {
		// A transfer that hangs may yet raise the line.
		if d.guarded = n.out() || d.line.job.kind != idle || !n.bus.answers(); n.d != d || !d.guarded {
			return
		}
		if d.silent() > guardPatience {
			n.say("GUARD lowers")
			n.bus.lower()
		}
		d.guardLooks()
	})
}
