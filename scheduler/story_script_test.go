package scheduler_test

import (
	"fmt"
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// script is the peer in a story about one node: it says what the story lets
// it say, repeats that twice a second, and takes part in wire tests.
type script struct {
	w       *world
	state   scheduler.State
	talks   bool
	deaf    bool   // it does not hear the node: its letters echo nothing new
	tests   string // how it takes part in wire tests: saw, missed, crossed, touched or refuse
	boot    string
	boots   int
	session uint64
	seq     uint64
	echo    uint64 // highest letter of the node that it heard
	to      uint64 // the node's session as it knows it
	turn    int
	log     []scheduler.Letter // what it said, for a replay
	request *scheduler.Request
	reply   *scheduler.Reply
}

func newScript(w *world) *script {
	return &script{
		w: w, boot: "pi2-boot1", boots: 1, session: 33, tests: "saw",
		state: scheduler.State{
			Known: true, Ready: true, Uplink: true, Fenceable: true,
			Wire: scheduler.Wire{Result: scheduler.WirePassed, At: wallOrigin.Add(-time.Hour)},
		},
	}
}

// daemonStarted lets membership find the peer when it talks.
func (p *script) daemonStarted() {
	if p.talks {
		p.linkIn(50*time.Millisecond, true)
	}
}

func (p *script) linkIn(d time.Duration, up bool) {
	n := p.w.nodes[0]
	talks := p.talks
	n.soon(d, func() {
		if p.talks == talks && n.link != up {
			n.link = up
			n.deliver(scheduler.Link{Up: up})
		}
	})
}

// talk begins or goes on with the letters.
func (p *script) talk() {
	if !p.talks {
		p.talks = true
		p.linkIn(time.Millisecond, true)
	}
	p.turn++
	p.repeat(p.turn)
}

func (p *script) repeat(turn int) {
	if !p.talks || p.turn != turn {
		return
	}
	p.send()
	p.w.after(500*time.Millisecond, func() { p.repeat(turn) })
}

func (p *script) silence() {
	p.talks = false
	p.linkIn(lossAfter, false)
}

func (p *script) send() {
	p.seq++
	l := scheduler.Letter{
		From: "pi2", Boot: p.boot, Session: p.session, To: p.to, Seq: p.seq, Echo: p.echo,
		State: p.state, Request: p.request, Reply: p.reply,
	}
	p.request, p.reply = nil, nil
	p.log = append(p.log, l)
	p.give(l)
}

func (p *script) give(l scheduler.Letter) {
	n := p.w.nodes[0]
	p.w.after(letterFor, func() {
		if n.m != nil && !n.deaf {
			n.deliver(scheduler.Received{Letter: l})
		}
	})
}

// receive is the peer hearing the node.
func (p *script) receive(l scheduler.Letter) {
	if !p.talks || p.deaf {
		return
	}
	knew := p.to == l.Session
	p.to, p.echo = l.Session, l.Seq
	was := p.state
	p.consent(l.State)
	if mark := l.State.MaintMark; mark != 0 && mark >= p.state.MaintMark {
		p.state.MaintMark, p.state.Maint = mark, l.State.Maint
	}
	if l.Request != nil {
		p.reply = &scheduler.Reply{ID: l.Request.ID, OK: true, Text: "pi2 did it."}
	}
	if !knew || p.state != was || p.reply != nil {
		p.send()
	}
}

// consent is the peer's part in the node's wire test.
func (p *script) consent(s scheduler.State) {
	switch {
	case p.tests == "refuse" || s.TestAsk == 0:
		p.state.TestOK = 0
	case p.state.TestSaw == s.TestAsk || p.state.TestMissed == s.TestAsk || p.state.TestOK == s.TestAsk:
	default:
		p.state.TestOK = s.TestAsk
		p.w.after(2*time.Second, func() { p.report(s.TestAsk) })
	}
}

func (p *script) report(test uint64) {
	if p.state.TestOK != test {
		return
	}
	p.state.TestOK = 0
	switch p.tests {
	case "saw":
		p.state.TestSaw = test
	case "touched":
		p.state.TestCross, p.state.TestSaw = test, test
	case "crossed":
		p.state.TestCross, p.state.TestMissed = test, test
	default:
		p.state.TestMissed = test
	}
	if p.talks {
		p.send()
	}
}

// restarts gives the peer a new session, reboots a new kernel as well.
func (p *script) restarts() {
	p.session++
	p.seq, p.echo, p.to, p.log = 0, 0, 0, nil
}

func (p *script) reboots() {
	p.boots++
	p.boot = fmt.Sprintf("pi2-boot%d", p.boots)
	p.restarts()
}
