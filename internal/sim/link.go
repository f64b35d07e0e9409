package sim

import (
	"time"

	"github.com/futago-ha/futago/internal/translate"
	"github.com/futago-ha/futago/membership"
	"github.com/futago-ha/futago/vip"
)

const (
	mostMisses   = 5                      // a second of silence
	deafAtStart  = 300 * time.Millisecond // before a process takes part in membership
	arpProbeTime = 300 * time.Millisecond
)

// link is membership and the uplink watch of one daemon.
type link struct {
	d      *daemon
	up     bool
	misses int           // probes in a row that were not answered
	joinAt time.Duration // when a join that is under way will have worked
	uplink vip.Uplink
	told   bool
	ref    bool // the reference answers, rise and fall counts done
	refRow int  // probes in a row that say otherwise
	asking bool // the reference is watched closely
}

// answers tells whether a process takes part in membership now. Its loop may
// well be stuck.
func (d *daemon) answers() bool {
	n := d.n
	return n.up && n.frozen <= n.w.now && d.hung <= n.w.now && n.w.now-d.started > deafAtStart
}

// probe is membership's question to the peer, five times a second.
func (l *link) probe() {
	w := l.d.n.w
	ok := l.reaches()
	if loss := w.net.probeLoss(); ok && loss > 0 {
		ok = !w.chance(loss)
	}
	l.misses++
	switch {
	case !ok:
		l.joinAt = 0
	case l.up:
		l.misses = 0
	case l.joinAt == 0:
		l.joinAt = w.now + w.spread(50*time.Millisecond, 2*time.Second)
	case w.now >= l.joinAt:
		l.misses = 0
		l.set(true)
	}
	if l.up && l.misses > mostMisses {
		l.set(false)
	}
}

// reaches tells that a probe and its answer get through, loss apart. What a
// bad line loses all the time (at most a fifth) membership makes good by asking
// again.
func (l *link) reaches() bool {
	n := l.d.n
	p := n.peer()
	return p.d != nil && p.d.answers() && l.d.answers() && n.w.net.open(n, p) && n.w.net.open(p, n)
}

// settled tells that the next probe changes nothing if nothing else changes.
func (l *link) settled() bool {
	if l.d.n.w.net.probeLoss() > 0 {
		return false
	}
	if l.up {
		return l.misses == 0 && l.reaches()
	}
	return l.joinAt == 0 && !l.reaches()
}

func (l *link) set(up bool) {
	l.up = up
	l.joinAt = 0
	var word membership.Event = membership.Lost{}
	if up {
		word = membership.Alive{}
	}
	e, _ := translate.Member(word)
	l.d.deliver(e)
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
	t := &n.w.net
	return !n.w.prof.reference || n.carrier() && t.forwards && t.router && !t.noRouter && !n.refLost
}

// uplinkOK is the physical truth about a node's uplink.
func (n *node) uplinkOK() bool { return n.carrier() && n.reaches() }

func (l *link) reportUplink() {
	n := l.d.n
	now := vip.Uplink{Carrier: n.carrier(), Reference: l.ref || !n.w.prof.reference}
	if l.told && now == l.uplink {
		return
	}
	l.uplink, l.told = now, true
	l.d.addr.says(now)
}

func (l *link) firstReference() { l.ref = l.d.n.reaches() }

// watchReference asks the reference each second; three answers or three
// silences in a row change its state. While it answers as before, or not as
// before, nothing is to be counted.
func (l *link) watchReference() {
	n := l.d.n
	if !n.w.prof.reference || l.asking || n.reaches() == l.ref {
		return
	}
	l.asking = true
	l.d.proc(n.w.between(0, time.Second), l.askReference)
}

func (l *link) askReference() {
	n := l.d.n
	if n.reaches() == l.ref {
		l.refRow, l.asking = 0, false
		return
	}
	if l.refRow++; l.refRow >= 3 {
		l.ref, l.refRow, l.asking = !l.ref, 0, false
		l.reportUplink()
		return
	}
	l.d.proc(time.Second, l.askReference)
}

// probePeer asks by ARP whether the peer's address and the VIP answer.
func (l *link) probePeer(id uint64) {
	l.d.addr.joined.Ordered(id, 1)
	l.d.proc(arpProbeTime, func() {
		n := l.d.n
		r := vip.Result{ID: id, Order: vip.OrderProbe, Outcome: vip.Done}
		if !n.carrier() {
			r.Outcome = vip.NoCarrier
		}
		if n.arpReaches() {
			r.Answers = append(r.Answers, vip.Answer{Address: n.peer().address(), MAC: n.peer().mac()})
		}
		if n.peerHasVIP() {
			r.Answers = append(r.Answers, vip.Answer{Address: theVIP, MAC: n.peer().mac()})
		}
		if n.stranger && n.carrier() {
			r.Answers = append(r.Answers, vip.Answer{Address: theVIP, MAC: strangerMAC})
		}
		l.d.addr.says(r)
	})
}
