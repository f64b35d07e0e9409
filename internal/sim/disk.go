package sim

import (
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// storage is a node's disk: the state, what was on it before, and what is wrong
// with it.
type storage struct {
	readOnly bool // writes fail
	slowDisk bool
	past     [4]scheduler.Disk // states of before, for a backup
	kept     int               // of them
	restore  bool              // the next boot finds a backup instead
	forgets  int               // writes that were synced and will not be there after a cut of power (outside "disk")
	synced   []scheduler.Disk  // the states that such a disk may go back to
}

// diskFaults are those of a node's disk. What store (internal/store) finds torn
// or corrupt it sets aside, so that is a state that was lost.
func diskFaults() []faultKind {
	return []faultKind{
		{name: "state lost", weight: 1, outage: always(anything), apply: func(n *node) func() {
			n.say("DISK loses the state")
			n.killDaemon()
			n.forget()
			return nil
		}},
		{name: "disk read-only", weight: 1, outage: always(anything), apply: func(n *node) func() {
			n.readOnly = true
			return func() { n.readOnly = false }
		}},
		{name: "disk slow", weight: 1, outage: always(anything), apply: func(n *node) func() {
			n.slowDisk = true
			return func() { n.slowDisk = false }
		}},
		{name: "disk restored", weight: 1, outage: always(anything), apply: func(n *node) func() {
			n.restore = true // a person puts another card in; the next boot finds it
			return nil
		}},
	}
}

// keep puts a state on disk. The one before may become a backup.
func (n *node) keep(d scheduler.Disk) {
	if n.w.chance(0.05) {
		n.past[n.kept%len(n.past)] = n.disk
		n.kept++
	}
	if n.forgets > 0 {
		n.synced = append(n.synced, n.disk)
	}
	n.disk = cloneDisk(d)
}

// restored is a boot that finds a backup on the disk.
func (n *node) restored() {
	if !n.restore || n.kept == 0 {
		return
	}
	n.restore = false
	n.disk = n.past[n.w.rng.IntN(min(n.kept, len(n.past)))]
	n.say("DISK holds a backup: term %d of %s, released %d", n.disk.Term, n.disk.Boot, n.disk.Released)
	n.w.check.forgot(n)
	if n.w.prof.mode == Bounded {
		n.w.after(bootsWithin, n.unmarked) // whoever put the card in looks what old marks are on it
	}
}

// losesWrites is a cut of power on a disk that said that it had synced.
func (n *node) losesWrites() {
	if n.forgets == 0 || len(n.synced) == 0 {
		return
	}
	n.disk = n.synced[max(0, len(n.synced)-1-n.w.rng.IntN(n.forgets))]
	n.synced = nil
	n.say("DISK lost what it had synced")
	n.w.check.forgot(n)
}

// slowestWrite is the longest that a slow disk takes for a write.
const slowestWrite = 3 * time.Second

// diskTakes is how long a write takes.
func (n *node) diskTakes() time.Duration {
	if !n.slowDisk {
		return 0
	}
	return n.w.spread(5*time.Millisecond, slowestWrite)
}
