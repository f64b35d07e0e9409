package faults

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/internal/lab"
	"github.com/futago-ha/futago/internal/lab/measure"
)

// TestTakerCannotServe orders a planned reboot of the server while the other
// node is unable to take over, in a way that shows only when it tries. The
// server goes on serving without a failed request, the reboot is skipped, and
// an operator is told why.
func TestTakerCannotServe(t *testing.T) {
	t.Parallel()
	config := strings.Replace(configuration, "overlap = true\n", "overlap = true\nstart_timeout = \"10s\"\nrestarts = 0\n", 1)
	whole := startPair(t, lab.Options{Config: config})
	whole.powerUp()
	whole.moveTo(0)
	watch, err := whole.MeasureAt(requestEvery, patience)
	if err != nil {
		t.Fatal(err)
	}
	whole.watch = watch
	for _, c := range []struct {
		name      string
		spoil     func(p *pair)
		mend      func(p *pair)
		meanwhile func(p *pair) // what breaks only when the taker prepares
	}{
		{
			name:  "start_fails",
			spoil: func(p *pair) { p.exec(1, "sh", "-c", `mount --bind /bin/false "$(command -v runc)"`) },
			mend:  func(p *pair) { p.exec(1, "sh", "-c", `umount "$(command -v runc)"`) },
		},
		{
			name: "health_fails",
			spoil: func(p *pair) {
				p.exec(1, "iptables", "-I", "OUTPUT", "-o", "lo", "-p", "tcp", "--dport", "80", "-j", "REJECT")
			},
			mend: func(p *pair) {
				p.exec(1, "iptables", "-D", "OUTPUT", "-o", "lo", "-p", "tcp", "--dport", "80", "-j", "REJECT")
			},
		},
		{
			name: "image_removed",
			spoil: func(p *pair) {
				p.exec(1, "docker", "tag", "busybox", "keep")
				p.exec(1, "docker", "rmi", "busybox")
				p.exec(1, "docker", "rm", "-f", container) // its keeper would make another at once
				p.awaitStatus(1, "is not ready", func(st control.Status) bool { return st.Level != control.LevelOK })
			},
			mend: func(p *pair) { p.exec(1, "docker", "tag", "keep", "busybox") },
		},
		{
			name:  "port_taken",
			spoil: func(p *pair) { p.takePort() },
			mend:  func(p *pair) { p.exec(1, "pkill", "-x", "busybox") },
		},
		{
			name:  "engine_hangs",
			spoil: func(p *pair) { p.exec(1, "pkill", "-STOP", "dockerd") },
			mend:  func(p *pair) { p.exec(1, "pkill", "-CONT", "dockerd") },
		},
		{
			name:      "uplink_lost_while_preparing",
			spoil:     func(p *pair) { p.exec(1, "pkill", "-STOP", "dockerd") }, // so that it prepares for long
			meanwhile: func(p *pair) { p.uplink(1, false) },
			mend: func(p *pair) {
				p.uplink(1, true)
				p.exec(1, "pkill", "-CONT", "dockerd")
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := whole.during(t)
			p.moveTo(0)
			since := time.Now()
			c.spoil(p)
			p.rebootSkipped(c.meanwhile)
			c.mend(p)
			if err := p.do(1, control.VerbClear, ""); err != nil {
				t.Errorf("clear: %v", err)
			}
			p.settle()
			p.logClient(since)
		})
	}
	record, err := watch.Stop() // with the answer to the last request
	if err != nil {
		t.Errorf("stop measuring: %v", err)
	}
	whole.neverLeft(0, record)
}

// takePort lets another program of node 2 have the service's port.
func (p *pair) takePort() {
	p.t.Helper()
	p.exec(1, "sh", "-c", "busybox httpd -p 80 -h /run") // goes to the background
	p.await("the port is taken", func() bool {
		out, _ := p.Exec(p.limited(), 1, "cat", "/proc/net/tcp", "/proc/net/tcp6")
		return strings.Contains(out, ":0050 ")
	})
}

// rebootSkipped orders a planned reboot of node 1 that must come to nothing.
func (p *pair) rebootSkipped(meanwhile func(p *pair)) {
	p.t.Helper()
	since := time.Now()
	answer := make(chan error, 1)
	ctx := p.limited()
	go func() {
		_, err := p.client(0).Do(ctx, control.Command{Verb: control.VerbReboot, Node: one, Args: map[string]string{control.ArgNow: "true"}})
		answer <- err
	}()
	if meanwhile != nil {
		p.await("the other node prepares", func() bool { return waitsFor(p.status(1), "HANDOFF") })
		meanwhile(p)
	}
	err := <-answer
	if err == nil {
		p.t.Fatal("the reboot was acknowledged")
	}
	p.t.Log("reboot:", err)
	p.say(p.awaitEntry(0, since, "REBOOT_SKIPPED"))
}

// neverLeft checks that a node alone answered for the VIP, and that no request
// failed.
func (p *pair) neverLeft(node int, record measure.Record) {
	p.t.Helper()
	r := measure.Judge(record, 10*time.Millisecond, time.Time{}, time.Time{})
	if r.Failed > 0 {
		p.t.Errorf("%d of %d requests failed, the longest time without an answer was %s", r.Failed, r.Requests, r.Longest)
	}
	if own := p.Options().Nodes[node].MAC.String(); !slices.Equal(r.Holders, []string{own}) {
		p.t.Errorf("%v answered for the VIP, want %s alone", r.Holders, own)
	}
	p.t.Logf("%d requests, longest time without an answer %s", r.Requests, r.Longest)
}

// uplink plugs a node's cable in or out.
func (p *pair) uplink(node int, on bool) {
	p.t.Helper()
	if err := p.SetUplink(node, on); err != nil {
		p.t.Fatal(err)
	}
}
