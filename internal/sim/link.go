package sim

import (
	"time"

	"github.com/futago-ha/futago/scheduler"
)

const (
	contactLost  = time.Second
	arpProbeTime = 300 * time.Millisecond
)

// link is membership and the uplink watch of one daemon.
type link struct {
	d       *daemon
	up      bool
	contact time.Duration // last probe that was answered
	joinAt  time.Duration // when a join that is under way will have worked
	uplink  scheduler.Uplink
	told    bool
	ref     bool // the reference answers, rise and fall counts done
	refRow  int  // probes in a row that say otherwise
}

// answers tells whether a process takes part in membership now. Its loop may
// well be stuck.
func (d *daemon) answers() bool {
	n := d.n
	return n.up && n.frozen <= n.w.now && d.hung <= n.w.now && n.w.now-d.started > 300*time.Millisecond
}

// probe is membership's question to the peer, five times a second.
func (l *link) probe() {
	n := l.d.n
	w, p := n.w, n.peer()
	ok := p.d != nil && p.d.answers() && l.d.answers() && w.net.open(n, p) && w.net.open(p, n)
	if loss := w.net.lossy(); ok && loss > 0 {
		ok = !w.chance(loss * loss)
	}
	switch {
	case !ok:
		l.joinAt = 0
	case l.up:
		l.contact = w.now
	case l.joinAt == 0:
		l.joinAt = w.now + w.spread(50*time.Millisecond, 2*time.Second)
	case w.now >= l.joinAt:
		l.contact = w.now
		l.set(true)
	}
	if l.up && w.now-l.contact > contactLost {
		l.set(false)
	}
}

func (l *link) set(up bool) {
	l.up = up
	l.joinAt = 0
	l.d.deliver(scheduler.Link{Up: up})
}

// uplinkChanged lets the node's daemon notice carrier within milliseconds.
func (n *node) uplinkChanged() {
	if d := n.d; d != nil {
		d.proc(n.w.between(2*time.Millisecond, 20*time.Millisecond), d.link.reportUplink)
	}
}

func (n *node) carrier() bool { return n.cable && n.w.net.switchOn }

// reaches tells whether the node's reference answers now.
func (n *node) reaches() bool {
	return !n.w.prof.reference || n.carrier() && n.w.net.forwards && n.w.net.router
}

// uplinkOK is the physical truth about a node's uplink.
func (n *node) uplinkOK() bool { return n.carrier() && n.reaches() }

func (l *link) reportUplink() {
	n := l.d.n
	now := scheduler.Uplink{Carrier: n.carrier(), Reference: l.ref || !n.w.prof.reference}
	if l.told && now == l.uplink {
		return
	}
	l.uplink, l.told = now, true
	l.d.deliver(now)
}

// watchReference asks the reference each second; three answers or three
// silences in a row change its state.
func (l *link) watchReference() {
	n := l.d.n
	if !n.w.prof.reference {
		return
	}
	l.ref = n.reaches()
	var again func()
	again = func() {
		if n.reaches() == l.ref {
			l.refRow = 0
		} else if l.refRow++; l.refRow >= 3 {
			l.ref, l.refRow = n.reaches(), 0
			l.reportUplink()
		}
		l.d.proc(time.Second, again)
	}
	l.d.proc(time.Second, again)
}

// probePeer asks by ARP whether the peer's address and the VIP answer.
func (l *link) probePeer(id uint64) {
	l.d.proc(arpProbeTime, func() {
		n := l.d.n
		there := n.arpReaches()
		l.d.deliver(scheduler.Probed{ID: id, OK: n.carrier(), Peer: there, VIP: there && n.peer().vip})
	})
}
