package faults

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/futago-ha/futago/fencing"
	"github.com/futago-ha/futago/internal/board"
	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/internal/inputs"
	"github.com/futago-ha/futago/internal/lab"
	"github.com/futago-ha/futago/scheduler"
)

// TestFences are situations of fencing, each on a pair of its own: most of their
// time is spent in holds, so they go side by side.
func TestFences(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		config string // empty: the usual one
		play   func(p *pair, server int)
	}{
		{"uplink_of_server_cut_engine_hung", "", (*pair).uplinkCut},
		{"split_in_a_handoff", exclusive, (*pair).splitInHandoff},
		{"cold_start_into_a_split", "", (*pair).coldStartIntoSplit},
		{"extin_of_server_unreadable", "", (*pair).extinUnreadable},
		{"loser_hangs_with_its_line_up", "", (*pair).loserHangs},
		{"server_dies_in_a_split", "", (*pair).serverDiesInSplit},
		{"one_way_loss", "", (*pair).oneWay},
		{"resumes_after_a_hold_given_up", "", (*pair).resumes},
		{"quarantine", "", (*pair).quarantine},
		{"off_on_purpose", "", (*pair).offOnPurpose},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := startPair(t, lab.Options{Config: c.config})
			p.powerUp()
			p.measured()
			begin := time.Now()
			c.play(p, p.settle())
			p.oneServer()
			p.logClient(begin)
		})
	}
}

// exclusive is the usual configuration with a container that may run on one node
// only, so that a handoff takes long enough to be met in the middle.
var exclusive = strings.Replace(configuration, "overlap = true", "overlap = false", 1)

// boots counts how often a node was started; a cut that is over shows there.
func (p *pair) boots(node int) int { return p.Status().Nodes[node].Boots }

// must fails the test where the lab refuses.
func (p *pair) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// wasCut says that a node lost its power since it had been booted so often.
func (p *pair) wasCut(node, boots int) bool {
	s := p.Status().Nodes[node]
	return s.Phase == lab.Off || s.Boots > boots
}

// takesOver waits until a node serves.
func (p *pair) takesOver(node int) {
	p.t.Helper()
	name := p.Options().Nodes[node].Name
	p.awaitStatus(node, "serves", func(st control.Status) bool { return st.Serving == name && p.HoldsVIP(node) })
}

// victimAtMost is the half second in which a victim lets go of the VIP, less the
// look at the line; victimSeenAtMost leaves a busy machine room, in which the
// daemon may not run at all.
const (
	victimAtMost     = 450 * time.Millisecond
	victimSeenAtMost = 1500 * time.Millisecond
)

// droppedAfter is how long a victim's daemon took from the reading that showed
// EXTIN high to the end of the VIP. It is taken from the record of the daemon's
// inputs, and the time in which the loop did not run is left out: so a machine
// that is busy with other pairs does not show in it.
func (p *pair) droppedAfter(node int) time.Duration {
	p.t.Helper()
	const tick = 100 * time.Millisecond // at most between two inputs
	record, err := p.client(node).Inputs(p.limited(), time.Now())
	p.must(err)
	var rose, last scheduler.Instant
	var idle, took time.Duration
	for _, block := range inputs.Read(record.Record).Blocks {
		for _, step := range block.Steps {
			idle += max(0, step.At.Since(last)-tick)
			last = step.At
			// Not exhaustive: the others say nothing of it.
			//exhaustive:ignore
			switch e := step.Event.(type) {
			case scheduler.Lines:
				if e.OK && !e.In {
					rose, took = 0, 0
				} else if e.OK && rose == 0 {
					rose, idle = step.At, 0
				}
			case scheduler.VIPDone:
				if rose != 0 && took == 0 && e.OK {
					took = step.At.Since(rose) - idle
				}
			}
		}
	}
	if took == 0 {
		p.t.Fatalf("the record does not tell when node %d dropped the VIP", node+1)
	}
	return took
}

// uplinkCut pulls the server's cable, with an engine that stops nothing. It must
// drop the VIP as soon as the line rises, long before its board cuts it.
func (p *pair) uplinkCut(server int) {
	p.exec(server, "pkill", "-STOP", "dockerd")
	boots := p.boots(server)
	p.must(p.SetUplink(server, false))
	p.await("EXTIN rose at the server", func() bool { return p.Boards().Status()[server].In })
	rose := time.Now()
	p.await("the server dropped the VIP", func() bool { return !p.HoldsVIP(server) })
	seen := time.Since(rose)
	took := p.droppedAfter(server)
	p.t.Logf("the VIP was dropped %s after EXTIN was read, and seen to be %s after it rose", took.Round(time.Millisecond), seen.Round(time.Millisecond))
	if took > victimAtMost || seen > victimSeenAtMost {
		p.t.Errorf("want at most %s and %s", victimAtMost, victimSeenAtMost)
	}
	if p.wasCut(server, boots) {
		p.t.Error("the VIP went with the power and not before")
	}
	p.takesOver(1 - server)
	if !p.wasCut(server, boots) {
		p.t.Error("the other node serves and the one without uplink was not cut")
	}
	p.must(p.SetUplink(server, true))
}

// splitInHandoff cuts the link while the service is on its way.
func (p *pair) splitInHandoff(server int) {
	done := make(chan error, 1)
	to := 1 - server
	client, ctx := p.client(server), p.limited()
	go func() {
		_, err := client.Do(ctx, control.Command{Verb: control.VerbMove, Node: p.Options().Nodes[to].Name})
		done <- err
	}()
	p.await("the handoff was on its way", func() bool { return waitsFor(p.status(server), "HANDOFF") || !p.HoldsVIP(server) })
	p.must(p.CutLink())
	p.t.Logf("the move was answered with: %v", <-done)
	p.awaitAnswer("one node serves with the link cut", func() bool {
		return p.HoldsVIP(0) != p.HoldsVIP(1) && (p.status(0).Serving == one || p.status(1).Serving == two)
	})
	p.must(p.HealLink())
}

// coldStartIntoSplit gives both nodes power when they cannot hear each other.
// One may be cut, not both, and one serves.
func (p *pair) coldStartIntoSplit(int) {
	for node := range 2 {
		p.PowerOff(node)
		_, err := p.WaitPhase(p.limited(), node, lab.Off)
		p.must(err)
	}
	boots := [2]int{p.boots(0) + 1, p.boots(1) + 1} // once by the supply
	p.must(p.CutLink())
	p.PowerOn(0)
	p.PowerOn(1)
	p.await("one node serves", func() bool { return p.HoldsVIP(0) || p.HoldsVIP(1) })
	for node := range 2 {
		if p.HoldsVIP(node) && p.boots(node) != boots[node] {
			p.t.Errorf("node %d serves in boot %d, not %d", node+1, p.boots(node), boots[node])
		}
	}
	p.must(p.HealLink())
}

// extinUnreadable: a server that cannot read its EXTIN cannot contest, so a
// split costs it its power; the other takes over only then.
func (p *pair) extinUnreadable(server int) {
	boots := p.boots(server)
	p.must(p.CutLink())
	p.must(p.Boards().SetOptions(server, board.Options{NAKRate: 1}))
	p.takesOver(1 - server)
	if !p.wasCut(server, boots) {
		p.t.Error("the other node serves and the server was not cut")
	}
	p.must(p.Boards().SetOptions(server, board.Options{}))
	p.must(p.HealLink())
}

// loserHangs stops the daemon of the node that cuts the server in a split, while
// its line is up. Its guard must lower the line before the server is cut (S5).
func (p *pair) loserHangs(server int) {
	loser, boots := 1-server, p.boots(server)
	pid := p.DaemonPID(loser)
	p.must(p.CutLink())
	// It lowers its line when the server contests: it may have been quicker.
	for up := false; !up; {
		p.must(syscall.Kill(pid, syscall.SIGCONT))
		p.await("EXTOUT of the loser rose", func() bool { return p.raised(loser) })
		p.must(syscall.Kill(pid, syscall.SIGSTOP))
		up = p.raised(loser)
	}
	stopped := time.Now()
	p.await("EXTOUT of the loser fell", func() bool { return !p.raised(loser) })
	p.t.Logf("EXTOUT of the loser fell %s after it was stopped", time.Since(stopped).Round(time.Millisecond))
	// Its board may have restarted it already.
	if err := syscall.Kill(pid, syscall.SIGCONT); err != nil {
		p.t.Logf("let the loser go on: %v", err)
	}
	if p.wasCut(server, boots) || !p.HoldsVIP(server) {
		p.t.Error("the server lost its power or the VIP")
	}
	p.must(p.HealLink())
}

// serverDiesInSplit: what was contested is tried again, and then succeeds.
func (p *pair) serverDiesInSplit(server int) {
	since := time.Now()
	p.must(p.CutLink())
	p.say(p.awaitEntry(1-server, since, "HOLD_GIVEN_UP"))
	// A node that dies with its line up is restarted by its own board at once.
	p.await("the server's own board waits as long as at rest", func() bool {
		b := p.Boards().Status()[server]
		return !b.Out && b.Watchdog > fencing.TightWatchdog
	})
	p.must(p.Panic(server))
	p.takesOver(1 - server)
	p.must(p.HealLink())
}

// oneWay lets each node in turn not hear the other. Nothing moves, nobody is cut.
func (p *pair) oneWay(server int) {
	boots := [2]int{p.boots(0), p.boots(1)}
	for _, deaf := range []int{server, 1 - server} {
		since := time.Now()
		p.must(p.SetDeaf(deaf, true))
		p.awaitEntry(deaf, since, "PEER_LOST")
		// As long as two holds could have been tried.
		p.within(8*time.Second, func() bool { return p.wasCut(0, boots[0]) || p.wasCut(1, boots[1]) || !p.HoldsVIP(server) })
		if p.wasCut(0, boots[0]) || p.wasCut(1, boots[1]) || !p.HoldsVIP(server) {
			p.t.Errorf("node %d was deaf: boots %d and %d, node %d has the VIP: %t", deaf+1, p.boots(0), p.boots(1), server+1, p.HoldsVIP(server))
		}
		p.must(p.SetDeaf(deaf, false))
		p.settle()
	}
}

// resumes lets EXTIN stand at the server until it gives way, and fall then.
func (p *pair) resumes(server int) {
	since, boots := time.Now(), p.boots(server)
	p.Wire(1-server, board.WireHigh)
	p.await("the server gave way", func() bool { return !p.HoldsVIP(server) })
	p.Wire(1-server, board.WireOK)
	p.await("the server resumed", func() bool { return p.HoldsVIP(server) })
	p.say(p.awaitEntry(server, since, "EXTIN_HIGH"))
	if p.wasCut(server, boots) || p.HoldsVIP(1-server) {
		p.t.Error("the server was cut, or the VIP moved")
	}
}

// quarantine cuts the ready node three times. From then on it is left alone,
// until an operator says otherwise: also when it is back, which the status says.
func (p *pair) quarantine(server int) {
	other := p.Options().Nodes[1-server].Name
	back := func(st control.Status) bool {
		n := st.Nodes[1-server]
		return n.State == control.StateReady && st.Hold == nil
	}
	for range 3 {
		p.awaitAnswer("the other node was fenced", func() bool { return p.do(server, control.VerbFence, other) == nil })
		p.awaitStatus(server, "sees the fenced node ready again", back)
	}
	for node := range 2 {
		p.awaitStatus(node, "calls the other quarantined", func(st control.Status) bool { return st.Code == "PEER_QUARANTINED" })
		p.draw(node)
	}
	p.must(p.do(server, control.VerbClear, ""))
	p.settle()
}

// offOnPurpose switches the ready node off, wakes it, and then says of a server
// that lost its supply that it is off.
func (p *pair) offOnPurpose(server int) {
	since, name := time.Now(), p.Options().Nodes[1-server].Name
	off := control.Command{Verb: control.VerbFence, Node: name, Args: map[string]string{control.ArgOff: "true"}}
	p.awaitAnswer("the ready node was switched off", func() bool {
		_, err := p.client(server).Do(p.limited(), off) // refused while a line is tested
		return err == nil
	})
	st := p.awaitStatus(server, "serves alone", func(st control.Status) bool { return st.Level != control.LevelOK && st.Hold == nil })
	p.t.Logf("%v", st.Headline)
	// A hold is over when it is decided, a moment before EXTOUT falls. The pulse
	// after a fence would come 3 s later.
	p.await("EXTOUT fell", func() bool { return !p.raised(server) })
	if p.within(6*time.Second, func() bool { return p.raised(server) }) || p.Status().Nodes[1-server].Phase != lab.Off {
		p.t.Error("a node that was switched off on purpose was woken")
	}
	p.must(p.do(server, control.VerbWake, name))
	p.settle()

	p.PowerOff(server)
	p.awaitEntry(1-server, since, "PEER_LOST")
	p.awaitAnswer("the word of an operator was taken", func() bool { return p.do(1-server, control.VerbConfirmOff, p.Options().Nodes[server].Name) == nil })
	p.takesOver(1 - server)
	for _, e := range p.history(1 - server) {
		if e.Code == "FENCED" && e.Time.After(since) {
			p.t.Errorf("an operator's word was made a fence: %s", e.Text)
		}
	}
	p.PowerOn(server)
}
