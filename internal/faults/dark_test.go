package faults

import (
	"testing"

	"github.com/futago-ha/futago/internal/lab"
)

// TestBothDark takes the power of both nodes, with their 12 V still there and nobody left to wake anybody: both come back by
// the alarms of their boards' clocks, which futago keeps ahead (1 min here).
func TestBothDark(t *testing.T) {
	t.Parallel()
	p := startPair(t, lab.Options{Config: configuration + "rtc_alarm = \"1m\"\n"})
	p.powerUp()
	p.measured()
	boots := [2]int{p.boots(0), p.boots(1)}
	for node := range 2 {
		p.must(p.Panic(node))
		_, err := p.WaitPhase(p.limited(), node, lab.Panicked)
		p.must(err)
		// The board's own way to take power: sleep_timeout (0x0A) of 1 s, and a Pi that went to sleep.
		p.must(p.Boards().Tx(node, 0x6e, []byte{0x0a, 1}, nil))
		p.Boards().Halt(node)
	}
	for node := range 2 {
		_, err := p.WaitPhase(p.limited(), node, lab.Off)
		p.must(err)
	}
	if !p.within(2*stepLimit, func() bool { return p.Boards().Status()[0].Powered && p.Boards().Status()[1].Powered }) {
		t.Fatal("the nodes stayed dark")
	}
	for node, s := range p.Status().Boards {
		if s.Wakeup != "alarm" {
			t.Errorf("node %d was woken by %q", node+1, s.Wakeup)
		}
	}
	p.settle()
	for node := range 2 {
		if p.boots(node) != boots[node]+1 {
			t.Errorf("node %d is in boot %d, not %d", node+1, p.boots(node), boots[node]+1)
		}
	}
}
