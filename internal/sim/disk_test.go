package sim

import (
	"testing"
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// TestBackup: the boot after a card was changed finds an older state.
func TestBackup(t *testing.T) {
	w := plainWorld(idleBrain, idleBrain)
	w.run(time.Minute)
	n := w.nodes[0]
	for term := range uint64(200) {
		n.keep(scheduler.Disk{Term: term})
	}
	n.restore = true
	n.supply(false)
	w.after(time.Second, func() { n.supply(true) })
	w.run(2 * time.Minute)
	if n.restore || n.disk.Term >= 199 {
		t.Fatalf("term %d on disk after a backup was put back", n.disk.Term)
	}
}

// TestDiskThatForgets: a disk that lied about its syncs goes back some writes
// when its power goes, and only then.
func TestDiskThatForgets(t *testing.T) {
	w := plainWorld(idleBrain, idleBrain)
	w.run(time.Minute)
	n := w.nodes[0]
	n.forgets = 3
	for term := range uint64(10) {
		n.keep(scheduler.Disk{Term: term})
	}
	n.killDaemon()
	if n.disk.Term != 9 {
		t.Fatalf("term %d after the daemon was killed", n.disk.Term)
	}
	n.supply(false)
	w.settle()
	if n.disk.Term == 9 || n.disk.Term < 5 {
		t.Fatalf("term %d after a cut of power, want some writes less", n.disk.Term)
	}
}

// TestClockRunsWrong: a change of pace is no step.
func TestClockRunsWrong(t *testing.T) {
	w := plainWorld(idleBrain, idleBrain)
	w.run(time.Minute)
	n := w.nodes[0]
	before := n.clock()
	n.setDrift(0.3)
	if n.clock() != before {
		t.Fatalf("the clock stepped from %d to %d", before, n.clock())
	}
	w.run(w.now + 10*time.Second)
	if ran := n.clock().Since(before); ran != 13*time.Second {
		t.Fatalf("it ran %s in 10 s", ran)
	}
	if at := n.world(n.clock()); (w.now - at).Abs() > time.Microsecond {
		t.Fatalf("what it shows is of %s, not of now, %s", at, w.now)
	}
}
