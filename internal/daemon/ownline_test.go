package daemon

import (
	"strings"
	"testing"
	"time"

	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/scheduler"
)

// TestLineStuckHighIsNamed: the other node sees EXTIN high, this one's EXTOUT is
// low, and that for longer than letters take.
func TestLineStuckHighIsNamed(t *testing.T) {
	s := well(t, 0, clock("14:03:20.0"))
	s.v.Lines.Read, s.v.PeerBoth = true, true
	look := func(after time.Duration) control.Status {
		s.d.watchOwnLine(s.v, s.wall.Add(after))
		return s.status()
	}
	s.v.PeerState.NotReady = scheduler.CodeVictim
	look(0)
	if st := look(2900 * time.Millisecond); st.Wires[0].Fault != "" {
		t.Errorf("after 2.9 s: %+v", st.Wires[0])
	}
	s.v.Lines.Out = true // this node raises its line: no wonder
	look(3 * time.Second)
	s.v.Lines.Out = false
	look(4 * time.Second)
	if st := look(6900 * time.Millisecond); st.Wires[0].Fault != "" {
		t.Errorf("2.9 s after its own line fell: %+v", st.Wires[0])
	}
	st := look(7 * time.Second)
	if !strings.Contains(st.Wires[0].Fault, "stuck high, EXTIN of "+two+" stands though EXTOUT of "+one+" is low") || st.Wires[1].Fault != "" {
		t.Errorf("the table says %+v", st.Wires)
	}
	if st.Code != scheduler.CodeWireBroken || st.Do == nil || !strings.Contains(st.Do.Steps[0], "unplug CN5 of "+one) {
		t.Errorf("code %s, do %+v", st.Code, st.Do)
	}
	if e := s.d.journal.last; e == nil || e.Code != scheduler.CodeWireBroken || e.Do == "" {
		t.Errorf("the history says %+v", e)
	}
	s.v.PeerBoth = false // cut by it: what is known stays
	if st := look(20 * time.Second); !strings.Contains(st.Wires[0].Fault, "stuck high") {
		t.Errorf("once the other node is off: %+v", st.Wires[0])
	}
	s.v.PeerBoth, s.v.PeerState.NotReady = true, ""
	if st := look(40 * time.Second); st.Wires[0].Fault != "" {
		t.Errorf("after it was mended: %+v", st.Wires[0])
	}
}
