package lab

import (
	"testing"

	"github.com/futago-ha/futago/internal/lab/nodeinit"
)

// TestVendorsServices: the watchdog is set once the node boots, and only where futago runs there.
func TestVendorsServices(t *testing.T) {
	l := startLab(t, Options{Futago: fakeFutago(t), NoEngine: true})
	l.PowerOn(0)
	if _, err := l.WaitUp(limited(t), 0); err != nil {
		t.Fatal(err)
	}
	if got := register(t, l, 0, registerTimeout); got != vendorTimeout {
		t.Errorf("the watchdog of a node that runs futago is %d s, want %d", got, vendorTimeout)
	}
	if got := register(t, l, 0, registerControl); got&1 == 0 {
		t.Errorf("the watchdog leaves the node off: its control is %#x", got)
	}
	bare := startLab(t, Options{Command: idle, NoEngine: true})
	bare.PowerOn(0)
	if _, err := bare.WaitUp(limited(t), 0); err != nil {
		t.Fatal(err)
	}
	if got := register(t, bare, 0, registerTimeout); got != 0 {
		t.Errorf("the watchdog of a node without futago is %d s: it would cut the node", got)
	}
}

func register(t *testing.T, l *Lab, node int, address byte) byte {
	t.Helper()
	value := []byte{0xff}
	if err := l.boards.Tx(node, boardAddress, []byte{address}, value); err != nil {
		t.Fatal(err)
	}
	return value[0]
}

// The vendor's feeder stands in only while the daemon is not there.
func TestDaemonRuns(t *testing.T) {
	for state, want := range map[nodeinit.State]bool{"": false, nodeinit.Started: true, nodeinit.Ready: true, nodeinit.Ended: false} {
		s := NodeStatus{Units: map[string]UnitView{DaemonUnit: {State: state}}}
		if got := daemonRuns(s); got != want {
			t.Errorf("a unit that is %q: runs %t", state, got)
		}
	}
}
