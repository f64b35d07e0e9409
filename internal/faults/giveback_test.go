package faults

import (
	"strings"
	"testing"
	"time"

	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/internal/lab"
	"github.com/futago-ha/futago/internal/lab/measure"
)

// TestDoesNotGiveBack asks the server for the service and breaks it on the way:
// the article's third scenario and its kin. Each time the server is cut, woken
// and rejoins, and no two nodes hold the VIP.
func TestDoesNotGiveBack(t *testing.T) {
	t.Parallel()
	config := strings.Replace(exclusive, "overlap = false", "overlap = false\nstop_timeout = \"2s\"", 1)
	whole := startPair(t, lab.Options{Config: config})
	whole.powerUp()
	whole.measured()
	for _, c := range []struct {
		name   string
		fenced bool
		do     func(p *pair, from int)
	}{
		{"hangs_in_stop", true, (*pair).hangInStop},
		{"dies_half_way", true, (*pair).dieHalfWay},
		// It is there and knows nothing: the meeting says who serves.
		{"loses_its_disk_half_way", false, (*pair).loseDisk},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := whole.during(t)
			p.moveTo(0)
			since := time.Now()
			c.do(p, 0)
			if c.fenced {
				fenced := p.awaitEntry(1, since, "FENCED")
				p.say(fenced)
				p.say(p.awaitEntry(1, since, "TOOK_TERM"))
				// A node whose board resets it while the line is up may be back before the hold is over.
				if !strings.Contains(fenced.Text, "which is back with a new boot id") {
					p.say(p.awaitEntry(1, since, "FENCE_PROVED"))
				}
				p.await("node 2 serves alone", func() bool { return p.HoldsVIP(1) && !p.HoldsVIP(0) })
			}
			p.oneServer()
			p.logClient(since)
			p.onlyOneHolder(since)
			if err := p.do(1, control.VerbClear, ""); err != nil { // the third fence would be a quarantine
				t.Errorf("clear: %v", err)
			}
		})
	}
}

// onlyOneHolder checks that no two nodes answered for the VIP since then.
func (p *pair) onlyOneHolder(since time.Time) {
	p.t.Helper()
	record, _ := p.watch.Snapshot()
	for _, probe := range measure.Judge(record, 10*time.Millisecond, since, time.Time{}).TwoHolders {
		p.t.Errorf("two held the VIP at %s: %v", probe.At.Format("15:04:05.000"), probe.MACs)
	}
}

// takeAway orders the other node to take the service and does not wait: the
// answer comes when it is over, and may be lost with a node that is cut.
func (p *pair) takeAway() {
	ctx := p.limited()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, err := p.client(1).Do(ctx, control.Command{Verb: control.VerbMove, Node: two})
		p.t.Logf("the move was answered with: %v", err)
	}()
	p.t.Cleanup(func() { <-done })
}

// hangInStop takes from the server every means to prove its container stopped:
// its engine hangs, and /proc hides what runs.
func (p *pair) hangInStop(from int) {
	p.exec(from, "mount", "-o", "remount,hidepid=2", "/proc")
	p.exec(from, "pkill", "-STOP", "dockerd")
	since := time.Now()
	p.takeAway()
	p.say(p.awaitEntry(from, since, "STOP_FAILED"))
	if !p.within(stepLimit, func() bool { return p.raised(1 - from) }) {
		p.t.Error("the other node did not raise its EXTOUT")
	}
	if p.HoldsVIP(1 - from) {
		p.t.Error("the VIP was taken before the cut")
	}
}

// dieHalfWay stops the server's kernel while its container is being stopped.
func (p *pair) dieHalfWay(from int) {
	p.takeAway()
	p.await("the server let go of the VIP", func() bool { return !p.HoldsVIP(from) })
	if err := p.Panic(from); err != nil {
		p.t.Fatal(err)
	}
}

// loseDisk kills the server's daemon while its container is being stopped, and
// takes its state and history away.
func (p *pair) loseDisk(from int) {
	pid := p.DaemonPID(from)
	p.takeAway()
	p.await("the server let go of the VIP", func() bool { return !p.HoldsVIP(from) })
	p.kill(pid)
	p.exec(from, "sh", "-c", "rm -rf /var/lib/futago/*")
}
