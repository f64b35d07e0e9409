package sim

import (
	"net"
	"net/netip"
	"time"

	"github.com/futago-ha/futago/internal/translate"
	"github.com/futago-ha/futago/scheduler"
	"github.com/futago-ha/futago/vip"
)

// address is the daemon's hand for the VIP.
type address struct {
	d      *daemon
	joined *translate.VIPs
	id     uint64        // the claim that is looking; 0 is none
	free   time.Duration // when the last drop is done: orders are done one after the other
	sent   vip.Held
	told   bool
}

// The addresses on the network of every run (RFC 5737, RFC 9542).
var (
	theVIP      = netip.AddrFrom4([4]byte{192, 0, 2, 215})
	strangerMAC = net.HardwareAddr{0x02, 0, 0x5e, 0x10, 0, 0x99}
)

func (n *node) address() netip.Addr { return netip.AddrFrom4([4]byte{192, 0, 2, byte(11 + n.id)}) }

func (n *node) mac() net.HardwareAddr {
	return net.HardwareAddr{0x02, 0, 0x5e, 0x10, 0, byte(1 + n.id)}
}

func newAddress(d *daemon) address {
	p := d.n.peer()
	return address{d: d, joined: translate.NewVIPs(p.address(), p.cfg.Self, theVIP)}
}

// says translates what this part reports, and tells the loop.
func (a *address) says(r vip.Report) { a.d.deliverAll(a.joined.Events(0, r)) }

// setVIP changes the interface; a daemon that runs sees it by netlink.
func (n *node) setVIP(held bool) {
	if n.vip == held {
		return
	}
	n.vip, n.lingers = held, !held && n.clings
	n.say("VIP held=%t", held)
	if held && n.peer().lies() {
		n.rival(100 * time.Millisecond)
	}
	if d := n.d; d != nil {
		d.proc(time.Millisecond, d.addr.report)
	}
}

func (a *address) report() {
	s := vip.Held{Held: a.d.n.vip}
	if a.told && s == a.sent {
		return
	}
	a.sent, a.told = s, true
	a.says(s)
}

// claim looks for another holder as hard as asked, and takes the address.
func (a *address) claim(id uint64, look scheduler.Look) {
	a.cancel()
	a.joined.Ordered(id, 1)
	if !a.d.n.carrier() {
		a.end(vip.Result{ID: id, Order: vip.OrderClaim, Outcome: vip.NoCarrier})
		return
	}
	a.id = id
	w := a.d.n.w
	var wait time.Duration
	switch look {
	case scheduler.LookNone:
		wait = w.between(time.Millisecond, 10*time.Millisecond)
	case scheduler.LookQuick:
		wait = w.between(100*time.Millisecond, 300*time.Millisecond)
	case scheduler.LookFull:
		wait = w.between(500*time.Millisecond, 1200*time.Millisecond)
	}
	wait += max(0, a.free-w.now)
	var stranger, peer bool
	short := look == scheduler.LookNone || look == scheduler.LookQuick && w.chance(0.1) // shorter than a busy kernel's answer
	ask := func() {
		n := a.d.n
		stranger = stranger || !short && n.stranger
		peer = peer || !short && n.peerHasVIP()
	}
	ask()
	a.d.proc(wait, func() {
		if a.id != id {
			return
		}
		a.id = 0
		ask()
		r := vip.Result{ID: id, Order: vip.OrderClaim, Outcome: vip.Done}
		switch n := a.d.n; {
		case peer && (!stranger || w.chance(0.5)): // the one who answered first is named
			r.Outcome, r.MAC, r.FromPeer = vip.ForeignHolder, n.peer().mac(), true
		case stranger:
			r.Outcome, r.MAC = vip.ForeignHolder, strangerMAC
		case !n.carrier():
			r.Outcome = vip.NoCarrier
		default:
			n.setVIP(true)
		}
		a.end(r)
	})
}

// peerHasVIP tells whether the other node answers for the address, with its
// daemon's will or without.
func (n *node) peerHasVIP() bool {
	p := n.peer()
	return p.hasVIP() && n.arpReaches()
}

func (n *node) hasVIP() bool { return n.vip || n.lies() }

// lies tells that this kernel answers for the VIP without its daemon's will.
func (n *node) lies() bool { return n.lingers || n.proxies }

// lied tells that it does, or did when it was asked last.
func (n *node) lied() bool { return n.lies() || n.liedAt != 0 && n.w.now-n.liedAt < 3*time.Second }

// honest ends that.
func (n *node) honest() {
	if n.lies() {
		n.liedAt = n.w.now
	}
	n.clings, n.lingers, n.proxies = false, false, false
}

// rival tells a holder that the other node answers for its address, too: soon
// after the claim, and whenever it defends the address.
func (n *node) rival(in time.Duration) {
	n.kernel(in, func() {
		if !n.vip || n.d == nil {
			return
		}
		if n.peerHasVIP() {
			n.d.addr.says(vip.Foreign{MAC: n.peer().mac(), FromPeer: true, Count: 1})
		}
		n.rival(10 * time.Second)
	})
}

// strange is somebody else on the network who takes the VIP, and says so.
func (w *world) strange(n *node) (mend func()) {
	for _, n := range w.nodes {
		n.stranger = true
	}
	if d := n.d; d != nil && n.vip {
		d.proc(time.Millisecond, func() { d.addr.says(vip.Foreign{MAC: strangerMAC, Count: 1}) })
	}
	return func() {
		for _, n := range w.nodes {
			n.stranger = false
		}
	}
}

// cling makes a kernel go on answering for the VIP after its daemon took it off:
// until it dies, or somebody finds out why. Mostly somebody moves the service.
func (n *node) cling() (mend func()) {
	if !n.up {
		return nil
	}
	n.clings = true
	if p := n.peer(); n.vip && n.w.chance(0.8) {
		n.w.after(n.w.spread(time.Millisecond, 5*time.Second), func() {
			p.command(scheduler.Command{Verb: scheduler.VerbMove, Node: p.cfg.Self})
		})
	}
	return n.honest
}

// proxy makes a kernel answer for the VIP in any case, also after a reboot.
func (n *node) proxy() (mend func()) {
	n.proxies = true
	return n.honest
}

// arpReaches tells whether an ARP question to the other node is answered. The
// answer comes from its kernel, whatever its daemon does.
func (n *node) arpReaches() bool {
	p := n.peer()
	return p.up && p.frozen <= n.w.now && n.w.net.open(n, p) && n.w.net.open(p, n)
}

// drop takes the address off at once, whatever else is going on.
func (a *address) drop(id uint64) {
	a.cancel()
	a.joined.Ordered(id, 1)
	wait := a.d.n.w.between(time.Millisecond, 5*time.Millisecond)
	a.free = a.d.n.w.now + wait
	a.d.proc(wait, func() {
		a.d.n.setVIP(false)
		a.end(vip.Result{ID: id, Order: vip.OrderRelease, Outcome: vip.Done})
	})
}

// cancel ends a claim that is looking: a later order came.
func (a *address) cancel() {
	if a.id != 0 {
		a.end(vip.Result{ID: a.id, Order: vip.OrderClaim, Outcome: vip.Superseded})
		a.id = 0
	}
}

func (a *address) end(r vip.Result) {
	a.d.proc(time.Millisecond, func() {
		a.report()
		a.says(r)
	})
}
