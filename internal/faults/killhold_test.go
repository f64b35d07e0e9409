package faults

import (
	"slices"
	"testing"
	"time"

	"github.com/futago-ha/futago/internal/board"
	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/internal/lab"
)

// holdStep is a point of a hold at which the daemon that holds is killed.
type holdStep struct {
	name string
	at   time.Duration // since the line rose; with seen: not asked
	seen func(p *pair, holder int, raised time.Time) bool
	// cut says that the other node is off by then.
	cut bool
}

var holdSteps = []holdStep{
	{"begun", 0, nil, false},
	{"at_4s", 4 * time.Second, nil, false},
	{"at_8s", 8 * time.Second, nil, false},
	{"at_11.9s", 11900 * time.Millisecond, nil, true},
	{"verdict", 0, wroteFenced, true},
	{"pulse", 0, func(p *pair, holder int, raised time.Time) bool {
		return wroteFenced(p, holder, raised) && p.raised(holder)
	}, true},
}

// wroteFenced says that the history tells of a fence since then.
func wroteFenced(p *pair, node int, since time.Time) bool {
	return slices.ContainsFunc(p.history(node), func(e control.Entry) bool { return e.Code == "FENCED" && e.Time.After(since) })
}

// wiresTested says that both nodes know of both lines that they work, from
// tests after that time.
func (p *pair) wiresTested(since time.Time) bool {
	tested := func(w control.Wire) bool { return w.Verified.After(since) && w.FailedAt.IsZero() }
	for node := range 2 {
		wires := p.status(node).Wires
		if len(wires) != 2 || !tested(wires[0]) || !tested(wires[1]) {
			return false
		}
	}
	return true
}

// TestKillDuringHold kills the daemon that cuts a crashed server at each step.
// The line must fall at once; the daemon that comes back must end with one
// server, though it forgot its hold.
func TestKillDuringHold(t *testing.T) {
	t.Parallel()
	// The latest cut that a board may make leaves a slow machine 3 s to kill
	// the daemon before it.
	latest := board.Options{Threshold: board.MaxThreshold}
	whole := startPair(t, lab.Options{Boards: [2]board.Options{latest, latest}})
	since := time.Now() // the last time that both nodes met came later
	whole.powerUp()
	whole.measured()
	for _, step := range holdSteps {
		t.Run(step.name, func(t *testing.T) {
			p := whole.during(t)
			server := p.oneServer()
			for node := range 2 {
				p.must(p.do(node, control.VerbClear, "")) // the third fence would be a quarantine
			}
			// A node that dies in the middle of a wire test is restarted by its
			// own board, before the hold cuts it.
			p.awaitAnswer("both wires were tested", func() bool { return p.wiresTested(since) })
			since = time.Now()
			holder := 1 - server
			pid, starts, boots := p.DaemonPID(holder), p.starts(holder), p.Status().Nodes[server].Boots
			if err := p.Panic(server); err != nil {
				t.Fatal(err)
			}
			p.await("EXTOUT rose", func() bool { return p.raised(holder) })
			raised := time.Now()
			up := raised
			p.awaitAnswer("the hold was at "+step.name, func() bool {
				if step.seen != nil {
					return step.seen(p, holder, raised)
				}
				if !p.raised(holder) {
					up = time.Now() // given up on a machine too busy to read the line each second: the next one counts
				}
				return time.Since(up) >= step.at
			})
			p.awaitLow(holder, p.kill(pid))
			p.await("the daemon was started again", func() bool { return p.starts(holder) != starts })
			if s := p.Status().Nodes[server]; (s.Phase == lab.Off || s.Boots > boots) != step.cut {
				t.Errorf("node %d is %s in boot %d when its fence was killed", server+1, s.Phase, s.Boots)
			}
			// Either the holder cuts again and takes over, or the edge of its new
			// hold wakes the other node and both meet.
			p.oneServer()
			p.logClient(since)
		})
	}
}
