package faults

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/internal/lab"
)

// moveStep is a point of a move that can be seen from outside, and whose daemon
// is killed there.
type moveStep struct {
	name  string
	owner bool // the old owner's daemon, else the taker's
	there bool // it is given the order itself: else where no daemon dies
	seen  func(p *pair, from, to int) bool
}

func waitsFor(st control.Status, code string) bool {
	for _, w := range st.Waits {
		if w.Code == code {
			return true
		}
	}
	return false
}

var moveSteps = []moveStep{
	{"taker_at_offer_seen", false, false, func(p *pair, _, to int) bool { return waitsFor(p.status(to), "HANDOFF") }},
	{"owner_at_offer_made", true, true, func(p *pair, from, _ int) bool { return waitsFor(p.status(from), "HANDOFF") }},
	{"taker_at_prepared", false, false, func(p *pair, _, to int) bool { return prepared(p, to) }},
	{"owner_at_prepared", true, false, func(p *pair, _, to int) bool { return prepared(p, to) }},
	{"owner_at_vip_dropped", true, false, func(p *pair, from, _ int) bool { return !p.HoldsVIP(from) }},
	{"taker_at_vip_dropped", false, false, func(p *pair, from, _ int) bool { return !p.HoldsVIP(from) }},
	{"owner_at_vip_claimed", true, false, func(p *pair, _, to int) bool { return p.HoldsVIP(to) }},
	{"taker_at_vip_claimed", false, false, func(p *pair, _, to int) bool { return p.HoldsVIP(to) }},
}

// prepared says that the taker's container answers on the taker itself.
func prepared(p *pair, to int) bool {
	for _, r := range p.status(to).Resources {
		if r.Name == container && r.On == p.Options().Nodes[to].Name && r.State == "healthy" {
			return true
		}
	}
	return false
}

// TestKillDuringMove kills a daemon at each step of a move. The move may
// succeed or fail; afterwards one node serves and the other is ready again.
func TestKillDuringMove(t *testing.T) {
	t.Parallel()
	whole := startPair(t, lab.Options{})
	whole.powerUp()
	whole.measured()
	for _, step := range moveSteps {
		t.Run(step.name, func(t *testing.T) {
			p := whole.during(t)
			begin := time.Now()
			p.killDuringMove(step)
			p.oneServer()
			p.logClient(begin)
		})
	}
}

func (p *pair) killDuringMove(step moveStep) {
	p.t.Helper()
	from := p.oneServer()
	to := 1 - from
	victim := to
	if step.owner {
		victim = from
	}
	pid, starts := p.DaemonPID(victim), p.starts(victim)
	ctx, cancel := context.WithTimeout(context.Background(), stepLimit)
	moved := make(chan error, 1)
	// An owner offers only what it was told to move; what the taker asks for it
	// gives at once, mostly too soon to be seen.
	client := p.client(1 - victim)
	if step.there {
		client = p.client(victim)
	}
	go func() {
		// A refusal is tried again: the node may just have come back.
		ticks := time.NewTicker(askEvery)
		defer ticks.Stop()
		for {
			_, err := client.Do(ctx, control.Command{Verb: control.VerbMove, Node: p.Options().Nodes[to].Name})
			var refused *control.Error
			if !errors.As(err, &refused) || p.DaemonPID(victim) != pid {
				moved <- err
				return
			}
			<-ticks.C
		}
	}()
	p.await("the move was at "+step.name, func() bool { return step.seen(p, from, to) })
	p.awaitLow(victim, p.kill(pid))
	p.await("the daemon was started again", func() bool { return p.starts(victim) != starts })
	cancel()
	p.t.Logf("the move was answered with: %v", <-moved)
}
