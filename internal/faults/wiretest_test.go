package faults

import (
	"syscall"
	"testing"
	"time"

	"github.com/futago-ha/futago/internal/board"
	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/internal/lab"
)

// TestWireTestNeverCuts breaks something in the middle of a test of the ready
// node's line: its pulse is up, and would cut the server if it stayed.
func TestWireTestNeverCuts(t *testing.T) {
	t.Parallel()
	p := startPair(t, lab.Options{})
	p.powerUp()
	p.measured()
	for _, c := range []struct {
		name  string
		spoil func(p *pair, tester int)
		mend  func(p *pair, tester int)
	}{
		{
			name:  "daemon_killed",
			spoil: func(p *pair, tester int) { p.awaitLow(tester, p.kill(p.DaemonPID(tester))) },
		},
		{
			name: "daemon_stopped",
			spoil: func(p *pair, tester int) {
				pid := p.DaemonPID(tester)
				p.must(syscall.Kill(pid, syscall.SIGSTOP))
				p.awaitLow(tester, time.Now()) // by its guard
				p.must(syscall.Kill(pid, syscall.SIGCONT))
			},
		},
		{
			name:  "link_cut",
			spoil: func(p *pair, tester int) { p.must(p.CutLink()); p.awaitLow(tester, time.Now()) },
			mend:  func(p *pair, _ int) { p.must(p.HealLink()) },
		},
		{
			// Nobody can lower it: the server sees it outlast 3 s, hears the tester and makes its own board deaf.
			name: "bus_hangs",
			spoil: func(p *pair, tester int) {
				p.Boards().FailNext(tester, board.Fault{Hang: board.Forever, Acts: board.ActsNever})
				p.await("the server's board obeys no line", func() bool { return !p.Boards().Status()[1-tester].Armed })
				if p.within(board.MaxThreshold+time.Second, func() bool { return !p.Boards().Status()[1-tester].Powered }) {
					p.t.Error("the server lost its power")
				}
			},
			mend: func(p *pair, tester int) { p.Boards().Unhang(tester); p.awaitLow(tester, time.Now()) },
		},
		{
			name:  "tester_dies",
			spoil: func(p *pair, tester int) { p.must(p.Panic(tester)) },
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := p.during(t)
			server := p.oneServer()
			tester := 1 - server
			begin, boots := time.Now(), p.boots(server)
			done := p.pulsed(tester)
			c.spoil(p, tester)
			if c.mend != nil {
				c.mend(p, tester)
			}
			<-done
			p.oneServer()
			if p.wasCut(server, boots) || !p.HoldsVIP(server) {
				t.Error("the server lost its power or the VIP by a test")
			}
			p.logClient(begin)
		})
	}
}

// pulsed orders a test of a node's line, again while it is refused, until its
// pulse is up. What the order comes to is told on the channel, which is closed.
func (p *pair) pulsed(tester int) <-chan struct{} {
	p.t.Helper()
	done := make(chan struct{})
	ctx, client := p.limited(), p.client(tester)
	go func() {
		defer close(done)
		again := time.NewTicker(50 * time.Millisecond)
		defer again.Stop()
		for ; !p.raised(tester) && ctx.Err() == nil; <-again.C {
			_, err := client.Do(ctx, control.Command{Verb: control.VerbFenceTest})
			if err == nil || p.raised(tester) {
				p.t.Logf("the test was answered with: %v", err)
				return
			}
		}
	}()
	p.await("the pulse is up", func() bool { return p.raised(tester) })
	return done
}
