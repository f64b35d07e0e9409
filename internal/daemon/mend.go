package daemon

import (
	"github.com/futago-ha/futago/fencing"
	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/scheduler"
)

// mend is what a person should do about a weakness that nobody waits for: each
// has a command to begin with.
func (s scene) mend(code, serving string) *control.Remedy {
	v := s.v
	other := v.Self
	if serving == v.Self {
		other = v.Peer
	}
	one := func(step string) *control.Remedy { return &control.Remedy{Steps: []string{step}} }
	switch code {
	case "":
		return nil
	case codeMonitor:
		return one(monitorRemedy(v.Self))
	case codeWatchdog:
		return one(s.watchdogMend())
	case codeConfigDiffers:
		return one("compare /etc/futago on both nodes: sudo futago check; then sudo systemctl restart futago on the node that is to change")
	case codeNeedsRestart:
		return one("sudo systemctl restart futago on " + v.Self + "; the service goes on")
	case scheduler.CodeWireBroken:
		if v.Wire.Result == scheduler.WireFailed {
			return one(v.Wire.Fault.Remedy(v.Self, v.Peer))
		}
		return one(v.PeerWire.Fault.Remedy(v.Peer, v.Self))
	case scheduler.CodeWireUntested:
		return one("sudo futago fence test")
	case scheduler.CodePeerLeft:
		return one("sudo systemctl start futago on " + v.Peer)
	case scheduler.CodeStandby:
		if v.State.Standby {
			return one("sudo futago unstandby " + v.Self)
		}
		return one("sudo futago unstandby " + v.Peer)
	case scheduler.CodeQuarantine:
		if v.Quarantined {
			return one("look at the power supply and the SD card of " + v.Peer + "; then sudo futago clear")
		}
		return one("look at the power supply and the SD card of " + v.Self + "; then sudo futago clear on " + v.Peer)
	case scheduler.CodeMaintenance:
		return one("sudo futago maintenance off")
	case scheduler.CodeBoardSilent, scheduler.CodeNotArmed:
		return one("sudo i2cdetect -y 1 on " + v.Self + "; check that the slee-Pi 3 sits well")
	case scheduler.CodePeerUnfenceable:
		return one("sudo i2cdetect -y 1 on " + v.Peer + "; check that the slee-Pi 3 sits well")
	}
	return one("sudo futago status on " + other)
}

func (s scene) watchdogMend() string {
	dog := s.d.known.board.Health.Watchdog
	own := dog == fencing.WatchdogOff || dog == fencing.WatchdogUnfed
	if s.v.PeerState.Unwatched && (!own || s.d.watched()) {
		return "sudo futago status on " + s.v.Peer
	}
	if dog == fencing.WatchdogOff {
		return "set HEARTBEAT_TIMEOUT=60 in /etc/default/sleepi3 on " + s.v.Self + "; sudo systemctl restart futago"
	}
	return "ls /sys/class/leds on " + s.v.Self + "; fence.heartbeat in /etc/futago/futago.toml must name one that is there"
}
