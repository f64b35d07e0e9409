package faults

import (
	"strings"
	"testing"

	"github.com/futago-ha/futago/internal/lab"
)

// TestBothDark takes the power of both nodes at once, with their 12 V still there: nobody is left to wake anybody, and both
// come back by the alarms of their clocks, which futago keeps ahead (1 min here).
func TestBothDark(t *testing.T) {
	config := strings.Replace(configuration, "[fence]", "[fence]\nrtc_alarm = \"1m\"", 1)
	p := startPair(t, lab.Options{Config: config})
	p.powerUp()
	p.settle()
	for node := range 2 {
		// The board's own way to take power: sleep_timeout (0x0A) of 1 s, and a Pi that went to sleep.
		if err := p.Boards().Tx(node, 0x6e, []byte{0x0a, 1}, nil); err != nil {
			t.Fatal(err)
		}
		p.Boards().Halt(node)
	}
	for node := range 2 {
		if _, err := p.WaitPhase(p.limited(), node, lab.Off); err != nil {
			t.Fatal(err)
		}
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
}
