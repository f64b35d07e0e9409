package faults

import (
	"strings"
	"testing"
	"time"

	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/internal/lab"
)

// TestEngineRefusesToStop: the server's engine answers, and refuses to stop the
// container; what runs is hidden from the daemon, so it cannot end it by itself.
// The server asks to be cut. Whether it is, or whether the engine comes to its
// senses in the middle of the hold (dockerd kills by itself after a while), the
// other node serves in the end, and not before the container is gone.
func TestEngineRefusesToStop(t *testing.T) {
	t.Parallel()
	p := startPair(t, lab.Options{Config: strings.Replace(exclusive, "overlap = false", "overlap = false\nstop_timeout = \"2s\"", 1)})
	p.powerUp()
	p.measured()
	p.moveTo(0)
	since := time.Now()
	p.exec(0, "mount", "-o", "remount,hidepid=2", "/proc")
	p.exec(0, "sh", "-c", `mount --bind /bin/false "$(command -v runc)"`)
	p.takeAway()
	p.say(p.awaitEntry(0, since, "STOP_FAILED"))
	p.say(p.awaitEntry(1, since, "HOLD"))
	if p.HoldsVIP(1) {
		t.Error("the VIP was taken while the container ran")
	}
	p.say(p.awaitEntry(1, since, "FENCED", "HOLD_GIVEN_UP"))
	p.await("node 2 serves alone", func() bool { return p.HoldsVIP(1) && !p.HoldsVIP(0) })
	// What hides the container from the engine and the daemon goes with a reboot.
	p.awaitAnswer("node 1 was rebooted by its fence", func() bool { return p.do(1, control.VerbFence, one) == nil })
	p.oneServer()
	p.logClient(since)
}

// TestServerLies: the server says that it let the address go, and still answers
// for it. The other node asks the network before it claims, knows who answers by
// the hardware address, and cuts it: an owner that does not give back. The lie
// goes with the power, for it is in the kernel.
func TestServerLies(t *testing.T) {
	t.Parallel()
	p := startPair(t, lab.Options{})
	p.powerUp()
	p.measured()
	p.moveTo(0)
	since, boots := time.Now(), [2]int{p.boots(0), p.boots(1)}
	// To the kernel the address stays its own, though no interface has it.
	p.exec(0, "ip", "route", "append", "local", "192.0.2.215/32", "dev", "lo", "table", "local")
	p.takeAway()
	foreign := p.awaitEntry(1, since, "VIP_FOREIGN")
	p.say(foreign)
	if !strings.Contains(foreign.Text, one) {
		t.Errorf("%q does not name the node that answers", foreign.Text)
	}
	hold, serving := p.awaitEntry(1, since, "HOLD"), p.awaitEntry(1, since, "SERVING")
	p.say(hold)
	p.say(serving)
	for _, code := range []string{"FENCED", "FENCE_PROVED"} {
		p.say(p.awaitEntry(1, since, code))
	}
	p.settle()
	if p.status(1).Serving != two || !p.HoldsVIP(1) || p.HoldsVIP(0) {
		t.Error("node 2 does not serve alone")
	}
	if !p.wasCut(0, boots[0]) || p.wasCut(1, boots[1]) {
		t.Error("node 1 was not cut, or node 2 was")
	}
	p.logClient(since)
	if serving.Time.After(hold.Time) {
		p.onlyOneHolder(since)
	} else {
		t.Log("the machine was too busy for the look before the claim: node 2 served beside the lie until it was cut")
	}
}

// TestAddressOnTheOther: somebody gives the ready node the VIP by hand. Its
// daemon takes it off at once, and the service is not disturbed for long.
func TestAddressOnTheOther(t *testing.T) {
	t.Parallel()
	p := startPair(t, lab.Options{})
	p.powerUp()
	p.moveTo(0)
	p.exec(1, "ip", "address", "add", vipPrefix, "dev", "eth0")
	if !p.within(2*time.Second, func() bool { return !p.HoldsVIP(1) }) {
		t.Error("the ready node keeps the VIP that somebody gave it")
	}
	p.settle()
}
