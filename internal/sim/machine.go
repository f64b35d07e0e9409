package sim

import "github.com/futago-ha/futago/scheduler"

// machine is the decision that ships.
type machine struct{ *scheduler.Machine }

// Shipped makes the decision that ships.
func Shipped(b Birth) Brain {
	boot := scheduler.Boot{ID: b.Boot, Session: b.Session, Now: b.Now, Wall: b.Wall, Uptime: b.Uptime}
	m := scheduler.New(b.Config, b.Disk, boot)
	if !b.All {
		m.Spare()
	}
	return machine{m}
}
