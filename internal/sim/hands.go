package sim

import (
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// dispatch hands an action to the part that does it. Nothing is answered within
// the call: every report is an event of its own, later.
func (d *daemon) dispatch(a scheduler.Action) {
	n := d.n
	switch a := a.(type) {
	case scheduler.Send:
		n.w.net.send(n, &a.Letter)
	case scheduler.Hold:
		d.line.start(job{kind: hold, id: a.ID, want: a.For})
	case scheduler.Contest:
		d.line.start(job{kind: contest, id: a.ID})
	case scheduler.Pulse:
		d.line.start(job{kind: pulse, id: a.ID, want: a.For})
	case scheduler.Lower:
		d.line.lower(a.GiveUp)
	case scheduler.Arm:
		d.line.arm(true)
	case scheduler.Disarm:
		d.line.arm(false)
	case scheduler.ProbePeer:
		d.link.probePeer(a.ID)
	case scheduler.Containers:
		d.work.want(a.ID, a.Level)
	case scheduler.ClaimVIP:
		d.addr.claim(a.ID, a.Look)
	case scheduler.DropVIP:
		d.addr.drop(a.ID)
	case scheduler.LetGo:
		n.letGo()
	case scheduler.Reboot:
		n.rebootAsked(a.Off)
	case scheduler.ResetSelf:
		n.kernel(time.Millisecond, n.restart)
	case scheduler.Exit:
		d.exit()
	}
}

// rebootAsked is logind's turn: it stops the unit as for any shutdown.
func (n *node) rebootAsked(off bool) {
	n.kernel(n.w.between(100*time.Millisecond, time.Second), func() {
		went := departure{off: off, reboot: !off}
		switch {
		case n.d != nil:
			n.d.ask(went)
		default:
			n.stopped = true
			n.shutDown(off)
		}
	})
}

// when says at which side of an action a crash comes.
type when int

const (
	before when = iota
	after
)

// crash is a death that waits for the given number of further actions.
type crash struct {
	steps int
	at    when
	how   func()
}

// crashes lets a waiting crash come when its step is there.
func (n *node) crashes(at when) bool {
	c := n.pending
	if c == nil || c.at != at {
		return false
	}
	if c.steps--; c.steps > 0 {
		return false
	}
	n.pending = nil
	n.w.stir()
	n.say("CRASH at this step")
	c.how()
	n.w.settle() // a supply that went takes the daemon with it now
	return true
}
