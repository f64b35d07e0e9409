package faults

import (
	"strings"
	"testing"

	"github.com/futago-ha/futago/internal/board"
	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/internal/lab"
)

// TestHarnessFaultsAreNamed puts the harness of the ready node into each wrong way there is, on boards whose EXTOUT reads the
// wire. A test names it in the status of both nodes, with what to do; nobody is cut, and a mended harness passes again.
func TestHarnessFaultsAreNamed(t *testing.T) {
	t.Parallel()
	driven := board.Options{OutIsDriven: true, Seed: 1}
	p := startPair(t, lab.Options{Boards: [2]board.Options{driven, driven}})
	p.powerUp()
	tester := 1 - p.settle()
	for _, c := range []struct {
		wire board.Wire
		want string
	}{
		{board.WireCut, "it is cut, or a plug is out"},
		{board.WireSwapped, "swapped, its plug at "},
		{board.WireLooped, "looped, its far plug is in CN4 of "},
		{board.WireShorted, "shorted, it touches the other line"},
		{board.WireLow, "stuck, or short to ground"},
	} {
		t.Run(c.wire.String(), func(t *testing.T) {
			p := p.during(t)
			p.Wire(tester, c.wire)
			p.awaitAnswer("the test could begin and failed", func() bool {
				err := p.do(tester, control.VerbFenceTest, "")
				return err != nil && strings.Contains(err.Error(), c.want)
			})
			for node := range 2 {
				st := p.awaitStatus(node, "names the fault", func(st control.Status) bool {
					return st.Code == "FENCE_WIRE_BROKEN" && strings.Contains(st.Wires[tester].Fault, c.want)
				})
				if st.Do == nil || !strings.Contains(st.Do.Steps[0], "sudo futago fence test") {
					t.Errorf("node %d does not say what to do: %+v", node+1, st.Do)
				}
			}
			p.Wire(tester, board.WireOK)
			p.awaitAnswer("a mended harness passed", func() bool { return p.do(tester, control.VerbFenceTest, "") == nil })
		})
	}
	for node, s := range p.Status().Nodes {
		if s.Boots != 1 {
			t.Errorf("node %d was cut in a test: it is in boot %d", node+1, s.Boots)
		}
	}
}
