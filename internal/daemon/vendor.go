package daemon

import (
	"context"
	"time"

	"github.com/futago-ha/futago/fencing"
	"github.com/futago-ha/futago/scheduler"
)

// The services of the board's maker that futago must not run beside.
const (
	// feederUnit keeps the board's watchdog quiet whatever else on the Pi is dead.
	feederUnit = "sleepi3-heartbeat.service"
	// monitorUnit shuts the Pi down when EXTIN stands for 3 s, which a contest or
	// a fence that is given up would have survived.
	monitorUnit = "sleepi3-monitor.service"
)

// codeMonitor is of a node that the vendor's monitor would shut down.
const codeMonitor = "SLEEPI3_MONITOR"

// codeFeeder is of the vendor's feeder, stopped and handed back.
const codeFeeder = "VENDOR_HEARTBEAT"

const (
	vendorFirst = 2 * time.Second // when the own feed has begun
	vendorEvery = time.Minute
)

// vendorSeen is what was found of the maker's services.
type vendorSeen struct {
	monitor bool  // the monitor runs
	feeder  bool  // the feeder ran beside this daemon's own feed and was stopped
	err     error // it could not be stopped
}

// vendorLoop looks at the maker's services now and then. Asking systemd takes
// time, so it is done apart from the decision loop.
func (d *Daemon) vendorLoop(ctx context.Context) error {
	timer := time.NewTimer(vendorFirst)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
			timer.Reset(vendorEvery)
		}
		active := d.opts.System.Active(feederUnit, monitorUnit)
		seen := vendorSeen{monitor: active[1]}
		if active[0] && d.heartbeat.Fed() {
			seen.feeder, seen.err = true, d.opts.System.Unit("stop", feederUnit)
		}
		select {
		case d.vendor <- seen:
		case <-ctx.Done():
			return nil
		}
	}
}

// fromVendor says what was found.
func (d *Daemon) fromVendor(v vendorSeen) {
	self, before := d.opts.node().Name, d.known.monitor
	d.known.monitor = v.monitor
	if v.monitor && !before {
		d.journal.write(scheduler.Note{
			Level: scheduler.Warning, Code: codeMonitor, Do: monitorRemedy(self),
			Text: self + " found sleepi3-monitor running, which would shut it down when EXTIN has stood for 3 s",
		})
	}
	switch {
	case v.err != nil:
		d.journal.write(scheduler.Note{
			Level: scheduler.Warning, Code: codeFeeder, Do: "sudo systemctl stop sleepi3-heartbeat on " + self,
			Text: self + " could not stop sleepi3-heartbeat, which feeds the board's watchdog whatever is dead, because " + firstLine(v.err),
		})
	case v.feeder:
		d.known.feederStopped = true
		d.journal.write(scheduler.Note{
			Level: scheduler.Info, Code: codeFeeder, Text: self + " stopped sleepi3-heartbeat, because it feeds the board's watchdog itself",
		})
	}
}

func monitorRemedy(node string) string {
	return "sudo systemctl disable --now sleepi3-monitor on " + node
}

// quitWatchdogs leaves both watchdogs when nothing runs any more: the kernel's is
// stopped after a wanted stop and else left to the next daemon, or to its reset.
func (d *Daemon) quitWatchdogs() {
	d.handBack()
	d.sleepWell()
	if d.device != nil {
		d.logError("close the kernel's watchdog", d.device.Close(d.exited && !d.how.Restart))
	}
}

// handBack gives the board's watchdog back to the maker's feeder after a wanted
// stop, lest the board reset a Pi on which futago does not run. On the way down
// the maker's own scripts set the board; a daemon that comes back feeds again.
func (d *Daemon) handBack() {
	if !d.exited || d.how != (scheduler.StopRequested{}) {
		return
	}
	switch {
	case d.known.feederStopped || d.opts.System.Enabled(feederUnit):
		d.logError("hand the board's watchdog back", d.opts.System.Unit("start", feederUnit))
	case d.known.board.Health.SwitchedOn > 0: // and nobody feeds it from here on
		d.logError("switch the board's watchdog off", fencing.SwitchWatchdogOff(d.dev))
	}
}

// watched tells whether something resets this node when its kernel or this
// daemon dies.
func (d *Daemon) watched() bool {
	return d.kernelDog != nil && d.kernelDog.Fed()
}

// monitorWeakness is the vendor's monitor as an operator's status has it.
func (s scene) monitorWeakness() (text, code string) {
	if !s.d.known.monitor {
		return "", ""
	}
	return "sleepi3-monitor would shut " + s.v.Self + " down when EXTIN stands for 3 s", codeMonitor
}
