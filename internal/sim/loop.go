package sim

import (
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// tick is the loop's own pace: it feeds the board's watchdog and lets time pass.
func (d *daemon) tick(turn uint64) {
	d.thought = -1
	if turn%probeTurns == 0 {
		d.link.probe()
	}
	if d.runs() {
		if turn/feedTurns != d.fed {
			d.fed = turn / feedTurns
			d.feed()
		}
		d.letTimePass()
	}
	if d.thought < 0 {
		d.nextTick()
	}
}

// letTimePass gives the decision a tick when one may change something, for a
// turn may be there only for the probe.
func (d *daemon) letTimePass() {
	n := d.n
	if n.d != d {
		return // it died of what the probe showed
	}
	n.w.check.turn(n)
	if d.due() {
		d.told = n.wallClock
		d.deliver(d.newTick())
	}
}

// newTick uses the memory of the last one, unless that may be asked for again.
func (d *daemon) newTick() *scheduler.Tick {
	n := d.n
	if d.lastTick == nil || n.readOnly {
		d.lastTick = new(scheduler.Tick)
	}
	*d.lastTick = scheduler.Tick{Wall: n.wall(), Synced: !n.wallClock.unsynced}
	return d.lastTick
}

// due tells that a tick may change something now.
func (d *daemon) due() bool {
	n := d.n
	return d.thrifty == nil || n.w.all || len(d.inbox) > 0 || d.failing || d.told != n.wallClock || n.clock() >= d.thrifty.Next()
}

// runs tells that the loop goes round now.
func (d *daemon) runs() bool {
	now := d.n.w.now
	return d.busy <= now && d.hung <= now && d.n.frozen <= now
}

// silent is for how long the loop has not gone round.
func (d *daemon) silent() time.Duration {
	if d.runs() {
		return 0
	}
	return d.n.w.now - d.lastWord
}

func (d *daemon) feed() {
	if d.n.w.prof.watchdog {
		d.n.beat()
	}
}

// stops notes that the loop goes round for the last time, for now or for ever.
func (d *daemon) stops() {
	if d.runs() {
		d.lastWord = d.n.w.now
		d.feed()
	}
	d.wake()
}

// wake lets the next turn of everything count.
func (d *daemon) wake() {
	d.ticks.by(d.n.w.now)
	d.wakePolls()
}

// wakePolls lets every reading count until the board shows what changed.
func (d *daemon) wakePolls() {
	d.lively, d.line.calm = d.n.w.now+livelyFor, false
	d.line.polls.by(d.n.w.now)
}

// nextTick lets the first turn of ticks come that may change something.
func (d *daemon) nextTick() {
	n, t := d.n, &d.ticks
	if n.d != d || t.next.at <= n.w.now+t.every {
		return // none comes before that one
	}
	if d.thrifty == nil || len(d.inbox) > 0 || !d.link.settled() {
		t.by(n.w.now)
		return
	}
	at := d.thrifty.Next()
	if t.next != never && n.clockAt(t.when(t.k-1)) < at {
		return // the one that comes is not later
	}
	t.by(min(d.tickFor(at), n.w.now+mostQuiet))
}

// tickFor is when the first tick comes at which the node's clock shows at.
func (d *daemon) tickFor(at scheduler.Instant) time.Duration {
	n := d.n
	if at <= n.clock() {
		return n.w.now
	}
	k := d.ticks.from(n.world(at) - 1)
	for k > 0 && n.clockAt(d.ticks.when(k-1)) >= at {
		k--
	}
	for n.clockAt(d.ticks.when(k)) < at {
		k++
	}
	return d.ticks.when(k)
}
