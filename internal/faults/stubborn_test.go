package faults

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/mdlayher/arp"

	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/internal/lab"
)

const answersVIP = "answers-vip"

// runAnswers answers for the VIP with this machine's own hardware address,
// whether its kernel has the VIP or not.
func runAnswers() error {
	eth0, err := net.InterfaceByName("eth0")
	if err != nil {
		return err
	}
	client, err := arp.Dial(eth0)
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	vip := netip.MustParsePrefix(vipPrefix).Addr()
	for end := time.Now().Add(2 * stepLimit); time.Now().Before(end); {
		question, _, err := client.Read()
		if err != nil {
			return err
		}
		if question.Operation == arp.OperationRequest && question.TargetIP == vip && question.SenderIP != vip {
			if err := client.Reply(question, eth0.HardwareAddr, vip); err != nil {
				return err
			}
		}
	}
	return nil
}

// TestEngineRefusesToStop: the server's engine answers, and refuses to stop the
// container; what runs is hidden from the daemon, so it cannot end it by itself.
// A server that cannot give the service back asks to be cut.
func TestEngineRefusesToStop(t *testing.T) {
	t.Parallel()
	p := startPair(t, lab.Options{Config: strings.Replace(exclusive, "overlap = false", "overlap = false\nstop_timeout = \"2s\"", 1)})
	p.powerUp()
	p.measured()
	p.moveTo(0)
	since, boots := time.Now(), p.boots(0)
	p.exec(0, "mount", "-o", "remount,hidepid=2", "/proc")
	p.exec(0, "sh", "-c", `mount --bind /bin/false "$(command -v runc)"`)
	p.takeAway()
	p.say(p.awaitEntry(0, since, "STOP_FAILED"))
	for _, code := range []string{"FENCED", "TOOK_TERM", "FENCE_PROVED"} {
		p.say(p.awaitEntry(1, since, code))
	}
	p.await("node 2 serves alone", func() bool { return p.HoldsVIP(1) && !p.HoldsVIP(0) })
	p.oneServer()
	if !p.wasCut(0, boots) {
		t.Error("the server was not cut")
	}
	p.logClient(since)
}

// TestServerLies: the server says that it let the address go, and still answers
// for it. The other node asks the network before it claims, so it does not, and
// gives the service back to the one that is answering anyhow; nobody is cut.
func TestServerLies(t *testing.T) {
	t.Parallel()
	p := startPair(t, lab.Options{})
	p.powerUp()
	p.measured()
	p.moveTo(0)
	since, boots := time.Now(), [2]int{p.boots(0), p.boots(1)}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = p.Exec(ctx, 0, "/proc/1/exe", strangerVerb, answersVIP, "-") // ends with ctx
	}()
	p.takeAway()
	p.say(p.awaitEntry(1, since, "VIP_FOREIGN"))
	p.awaitEntry(0, since, "TOOK_TERM")
	p.await("node 1 serves alone", func() bool { return p.status(0).Serving == one && p.HoldsVIP(0) && !p.HoldsVIP(1) })
	if p.wasCut(0, boots[0]) || p.wasCut(1, boots[1]) {
		t.Error("a node was cut")
	}
	cancel()
	<-done
	p.logClient(since)
	// Node 2 may not be taken for able while the address was another's.
	if err := p.do(1, control.VerbClear, ""); err != nil {
		t.Errorf("clear: %v", err)
	}
	p.settle()
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
