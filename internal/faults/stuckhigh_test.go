package faults

import (
	"strings"
	"testing"
	"time"

	"github.com/futago-ha/futago/internal/board"
	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/internal/lab"
)

// TestStuckHighIsNamed: the line of the ready node is stuck high, and so cuts
// the server. No test finds that. The ready node says so before the cut, with
// what to do, and still does when the other one is off; that done, all is well.
func TestStuckHighIsNamed(t *testing.T) {
	t.Parallel()
	p := startPair(t, lab.Options{})
	p.powerUp()
	p.measured()
	server := p.settle()
	ready, since, boots := 1-server, time.Now(), p.boots(server)
	names := func(st control.Status) bool { return strings.Contains(st.Wires[ready].Fault, "stuck high") }
	p.Wire(ready, board.WireHigh)
	p.awaitStatus(ready, "names the fault", names)
	if p.wasCut(server, boots) {
		t.Error("it was named only after the cut")
	}
	e := p.awaitEntry(ready, since, "FENCE_WIRE_BROKEN")
	p.say(e)
	if !strings.Contains(e.Do, "unplug CN5 of "+p.Options().Nodes[ready].Name) {
		t.Errorf("it is not said what to do: %s", e.Do)
	}
	p.takesOver(ready)
	p.await("the other node is off", func() bool { return p.wasCut(server, boots) })
	// Until it is missed it counts as awake.
	p.awaitStatus(ready, "misses the other node and still names the fault", func(st control.Status) bool {
		return names(st) && waitsFor(st, "PEER_LOST")
	})

	p.Wire(ready, board.WireOK)
	p.must(p.do(ready, control.VerbWake, p.Options().Nodes[server].Name))
	p.oneServer()
	p.logClient(since)
}
