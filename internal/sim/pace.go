package sim

import "time"

// pace is what a process does again and again: turn k comes k times every after
// the base, a little later by chance. A turn that can change nothing is left
// out; which one comes next is said by [pace.by]. A pace gives the same turns
// the same times however many are left out, so a run is the same run with all
// of them (Options.All).
type pace struct {
	d     *daemon
	every time.Duration // of the world
	late  time.Duration // the most by which a turn comes later
	turn  func(k uint64)

	base time.Duration // turn 0
	k    uint64        // the turn that comes next
	next moment        // and when; never: none does
}

// resting is the pace of a daemon that is not there.
var resting = &pace{next: never}

// start begins with turn 0 at the given instant.
func (p *pace) start(d *daemon, every, late, at time.Duration, turn func(uint64)) {
	p.d, p.every, p.late, p.turn = d, every, late, turn
	p.restart(at)
}

// restart counts anew, with turn 0 at the given instant.
func (p *pace) restart(at time.Duration) {
	p.base, p.k, p.next = at, 0, p.d.n.w.queue.fix(at)
}

// when is the instant of a turn.
func (p *pace) when(k uint64) time.Duration {
	at := p.base + time.Duration(k)*p.every
	if p.late > 0 && k > 0 {
		at += time.Duration(mix(p.d.session+k) % uint64(p.late))
	}
	return at
}

// from is the first turn that comes at the given instant or after it.
func (p *pace) from(at time.Duration) uint64 {
	if at <= p.base {
		return 0
	}
	k := uint64((at - p.base) / p.every)
	if k > 0 && p.late > 0 {
		k-- // the one before may be late enough
	}
	for p.when(k) < at {
		k++
	}
	return k
}

// by lets the first turn from the given instant on come, unless an earlier one
// does already.
func (p *pace) by(at time.Duration) {
	now := p.d.n.w.now
	if p.d.n.w.all {
		at = now
	}
	at = max(at, now+1)
	if p.next.at <= at {
		return
	}
	k := p.from(at)
	if when := p.when(k); when < p.next.at {
		p.k, p.next = k, p.d.n.w.queue.fix(when)
	}
}

// comes is a turn whose time is there: done now, or when the process runs
// again, and then the count begins anew.
func (p *pace) comes() {
	d := p.d
	if late := max(d.hung, d.n.frozen); late > d.n.w.now {
		p.restart(late)
		return
	}
	p.next = never
	p.turn(p.k)
}

// mix spreads the bits of a number over all of it (splitmix64).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
