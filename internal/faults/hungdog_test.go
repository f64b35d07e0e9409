package faults

import (
	"context"
	"testing"
	"time"

	"github.com/futago-ha/futago/internal/lab"
)

// TestHungDaemonIsReset stops the ready node's daemon: nothing feeds its board any more, and the board powers the Pi off and
// on, before the other node would cut it for its silence (60 s).
func TestHungDaemonIsReset(t *testing.T) {
	t.Parallel()
	p := startPair(t, lab.Options{})
	p.powerUp()
	ready := 1 - p.settle()
	if err := p.Boards().Tx(ready, 0x6e, []byte{0x09, 15}, nil); err != nil { // watchdog_timeout, s
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Second)
	defer cancel()
	if err := p.Hang(ctx, ready); err != nil {
		t.Fatal(err)
	}
	if _, err := p.WaitNode(ctx, ready, "reset", func(s lab.NodeStatus) bool { return s.Boots == 2 }); err != nil {
		t.Fatal(err)
	}
	if woken := p.Status().Boards[ready].Wakeup; woken != "watchdog" {
		t.Errorf("woken by %q, want the watchdog", woken)
	}
	p.settle()
}
