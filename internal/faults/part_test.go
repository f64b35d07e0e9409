package faults

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/futago-ha/futago/internal/board"
	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/internal/control/render"
	"github.com/futago-ha/futago/internal/lab"
)

// TestParts breaks one part of a pair at a time and mends it again. The pair
// must be well after each, so the order does not matter.
func TestParts(t *testing.T) {
	t.Parallel()
	whole := startPair(t, lab.Options{})
	whole.strangerHoldsVIP()
	for _, c := range []struct {
		name string
		do   func(*pair)
	}{
		{"board_silent", (*pair).boardSilent},
		{"transfer_hangs", (*pair).transferHangs},
		{"extout_reads_back_0", (*pair).extoutLow},
		{"engine_down", (*pair).engineDown},
		{"engine_hung", (*pair).engineHung},
		{"image_missing", (*pair).imageMissing},
		{"foreign_container", (*pair).foreignContainer},
		{"port_taken", (*pair).portTaken},
		{"address_appears_later", (*pair).addressLater},
		{"state_disk_full", (*pair).diskFull},
		{"state_disk_read_only", (*pair).diskReadOnly},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := whole.during(t)
			p.moveTo(0)
			starts := p.starts(0)
			c.do(p)
			p.settle()
			if p.starts(0) != starts {
				t.Errorf("node 1's daemon was started %d times more", p.starts(0)-starts)
			}
		})
	}
}

// restarted stops node 2's daemon, does something, starts it and waits for what
// a meeting brings at its end: both lines tested. then runs before that.
func (p *pair) restarted(between, then func()) {
	p.t.Helper()
	p.exec(1, "systemctl", "stop", "futago")
	between()
	since := time.Now()
	p.exec(1, "systemctl", "start", "futago")
	then()
	for node := range 2 {
		p.awaitEntry(node, since, "WIRE_TESTED", "FENCE_WIRE_BROKEN")
	}
}

// exec runs a command on a node.
func (p *pair) exec(node int, argv ...string) string {
	p.t.Helper()
	out, err := p.Exec(p.limited(), node, argv...)
	if err != nil {
		p.t.Fatalf("on node %d: %v", node+1, err)
	}
	return strings.TrimSpace(out)
}

// say logs an entry, for whoever judges the wording.
func (p *pair) say(e control.Entry) { p.t.Logf("%s: %s  Do: %s", e.Code, e.Text, e.Do) }

// degraded waits until node 1 serves and says why the pair is not well.
func (p *pair) degraded(why string) {
	p.t.Helper()
	st := p.awaitStatus(0, "is degraded", func(st control.Status) bool {
		return st.Serving == one && st.Level == control.LevelDegraded
	})
	p.t.Logf("%s:\n%s", why, render.Status(st, time.Now(), render.Options{Width: 80}))
}

// strangerHoldsVIP starts the pair while the client has the VIP.
func (p *pair) strangerHoldsVIP() {
	p.t.Helper()
	since := time.Now()
	p.onClient("ip", "addr", "add", vipPrefix, "dev", "eth0")
	p.PowerOn(0)
	p.PowerOn(1)
	e := p.awaitEntry(0, since, "VIP_FOREIGN")
	p.say(e)
	if p.HoldsVIP(0) || p.HoldsVIP(1) {
		p.t.Error("the VIP was claimed although a stranger answered for it")
	}
	p.onClient("ip", "addr", "del", vipPrefix, "dev", "eth0")
	p.settle()
}

func (p *pair) onClient(argv ...string) {
	p.t.Helper()
	if out, err := p.ExecClient(p.limited(), argv...); err != nil {
		p.t.Fatalf("on the client: %v: %s", err, out)
	}
}

func (p *pair) boardSilent() {
	since := time.Now()
	if err := p.Boards().SetOptions(1, board.Options{NAKRate: 1}); err != nil {
		p.t.Fatal(err)
	}
	p.say(p.awaitEntry(1, since, "BOARD_SILENT"))
	p.degraded("board silent")
	if err := p.Boards().SetOptions(1, board.Options{}); err != nil {
		p.t.Fatal(err)
	}
}

func (p *pair) transferHangs() {
	since := time.Now()
	p.Boards().FailNext(1, board.Fault{Hang: board.Forever, Acts: board.ActsNever})
	p.say(p.awaitEntry(1, since, "BOARD_SILENT"))
	p.degraded("transfer hangs")
	p.Boards().Unhang(1)
}

// extoutLow pulls the line of node 2 to ground: it reads back what the line
// carries, and that is 0.
func (p *pair) extoutLow() {
	since := time.Now()
	if err := p.Boards().SetOptions(1, board.Options{OutIsDriven: true}); err != nil {
		p.t.Fatal(err)
	}
	p.Wire(1, board.WireLow)
	if err := p.do(1, control.VerbFenceTest, ""); err == nil {
		p.t.Error("the wire test of a line that stays low passed")
	} else {
		p.t.Log("fence test:", err)
	}
	p.say(p.awaitEntry(1, since, "FENCE_WIRE_BROKEN", "WIRE_TESTED"))
	p.degraded("EXTOUT reads back 0")
	p.Wire(1, board.WireOK)
	if err := p.Boards().SetOptions(1, board.Options{}); err != nil {
		p.t.Fatal(err)
	}
	p.awaitAnswer("the mended wire passed its test", func() bool { return p.do(1, control.VerbFenceTest, "") == nil })
}

func (p *pair) engineDown() {
	since := time.Now()
	p.exec(1, "systemctl", "stop", "docker")
	p.say(p.awaitEntry(1, since, "ENGINE_DOWN"))
	p.degraded("engine down")
	p.exec(1, "systemctl", "start", "docker")
}

// engineHung hangs the server's engine: its VIP moves without waiting for it.
func (p *pair) engineHung() {
	since := time.Now()
	p.exec(0, "pkill", "-STOP", "dockerd")
	p.say(p.awaitEntry(0, since, "ENGINE_HUNG"))
	begin := time.Now()
	if err := p.do(1, control.VerbMove, two); err != nil {
		p.t.Errorf("move away from a hung engine: %v", err)
	}
	p.await("the VIP moved", func() bool { return p.HoldsVIP(1) && !p.HoldsVIP(0) })
	p.t.Logf("the VIP moved in %s", time.Since(begin).Round(time.Millisecond))
	p.exec(0, "pkill", "-CONT", "dockerd")
}

func (p *pair) imageMissing() {
	since := time.Now()
	p.restarted(func() {
		p.exec(1, "docker", "rm", "-f", container)
		p.exec(1, "docker", "tag", "busybox", "keep")
		p.exec(1, "docker", "rmi", "busybox")
	}, func() {
		p.say(p.awaitEntry(1, since, "IMAGE_MISSING"))
		p.degraded("image missing")
		p.exec(1, "docker", "tag", "keep", "busybox")
	})
}

func (p *pair) foreignContainer() {
	since := time.Now()
	p.restarted(func() {
		p.exec(1, "docker", "rm", "-f", container)
		p.exec(1, "docker", "create", "--name", container, "busybox", "true")
	}, func() {
		e := p.awaitEntry(1, since, "CONTAINER_FOREIGN")
		p.say(e)
		p.degraded("foreign container")
		// What the entry says to do must solve it.
		p.exec(1, "sh", "-c", strings.ReplaceAll(e.Do, "sudo ", ""))
	})
}

// portTaken moves the service to a node whose port another program has: it
// stays where it is.
func (p *pair) portTaken() {
	since := time.Now()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = p.Exec(ctx, 1, "busybox", "httpd", "-f", "-p", "80", "-h", "/run") // ends with ctx
	}()
	p.await("the port is taken", func() bool {
		out, _ := p.Exec(p.limited(), 1, "cat", "/proc/net/tcp", "/proc/net/tcp6")
		return strings.Contains(out, ":0050 ")
	})
	if err := p.do(0, control.VerbMove, two); err == nil {
		p.t.Error("the move to a node whose port is taken succeeded")
	} else {
		p.t.Log("move:", err)
	}
	p.say(p.awaitEntry(1, since, "PORT_TAKEN", "CONTAINER_START_FAILED"))
	if st := p.status(0); st.Serving != one {
		p.t.Errorf("node 1 does not serve: %+v", st)
	}
	p.exec(1, "pkill", "-x", "busybox")
	cancel()
	<-done
	if err := p.do(1, control.VerbClear, ""); err != nil {
		p.t.Errorf("clear: %v", err)
	}
}

// addressLater starts a daemon on a node whose interface has no address yet.
func (p *pair) addressLater() {
	since := time.Now()
	p.restarted(func() {
		p.exec(1, "ip", "addr", "del", "192.0.2.179/24", "dev", "eth0")
	}, func() {
		p.say(p.awaitEntry(1, since, "ADDRESS_MISSING"))
		p.exec(1, "ip", "addr", "add", "192.0.2.179/24", "dev", "eth0")
	})
}

func (p *pair) diskFull() {
	p.smallDisk()
	_, err := p.Exec(p.limited(), 1, "dd", "if=/dev/zero", "of=/var/lib/futago/fill", "bs=4k")
	if err == nil {
		p.t.Fatal("the disk took everything")
	}
	p.diskRefuses()
	p.exec(1, "rm", "/var/lib/futago/fill")
	p.diskBack()
	p.restarted(func() { p.exec(1, "umount", "/var/lib/futago") }, func() {})
}

func (p *pair) diskReadOnly() {
	p.smallDisk()
	p.readOnly()
	p.diskRefuses()
	p.exec(1, "umount", "/var/lib/futago")
	p.diskBack()
	// A daemon that starts so says why it does not, and the other goes on.
	p.exec(1, "systemctl", "stop", "futago")
	p.readOnly()
	p.exec(1, "systemctl", "start", "--no-block", "futago")
	p.await("the start was refused with the reason", func() bool {
		console, _ := os.ReadFile(filepath.Join(p.disk(two), "console.log"))
		return strings.Contains(string(console), "futago: open state directory: ") && strings.Contains(string(console), ": read-only file system")
	})
	if !p.HoldsVIP(0) {
		p.t.Error("node 1 stopped serving")
	}
	p.restarted(func() { p.exec(1, "umount", "/var/lib/futago", "/var/lib/futago") }, func() {})
}

// readOnly lets nothing be opened for writing in node 2's state directory. A
// disk that the kernel remounted read-only refuses the same way.
func (p *pair) readOnly() {
	p.t.Helper()
	p.exec(1, "mount", "--bind", "/var/lib/futago", "/var/lib/futago")
	p.exec(1, "mount", "-o", "remount,bind,ro", "/var/lib/futago")
}

// smallDisk puts the state of node 2 on a disk of its own.
func (p *pair) smallDisk() {
	p.t.Helper()
	p.restarted(func() {
		p.exec(1, "mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", "/var/lib/futago")
	}, func() {})
	p.settle()
}

// diskRefuses orders what has to be written: it is refused, said, and the
// service stays where it is.
func (p *pair) diskRefuses() {
	p.t.Helper()
	if err := p.do(1, control.VerbStandby, two); err == nil {
		p.t.Error("a mark was acknowledged that could not be written")
	} else {
		p.t.Log("standby:", err)
	}
	for node := range 2 {
		st := p.awaitStatus(node, "says that the disk of node 2 refuses", func(st control.Status) bool { return st.Code == "STATE_DISK" })
		p.t.Logf("%v", st.Headline)
	}
	// The history is on the same disk: the journal has the line in any case.
	console, err := os.ReadFile(filepath.Join(p.disk(two), "console.log"))
	if err != nil || !strings.Contains(string(console), two+" could not write its state, because save state: ") {
		p.t.Errorf("the journal of node 2 does not say it: %v", err)
	}
	if err := p.do(0, control.VerbMove, two); err == nil {
		p.t.Error("the service moved to a node that cannot write")
	}
	if !p.HoldsVIP(0) || p.HoldsVIP(1) {
		p.t.Error("the VIP moved to a node that cannot write")
	}
}

func (p *pair) diskBack() {
	p.t.Helper()
	p.settle()
	if err := p.do(1, control.VerbUnstandby, two); err != nil {
		p.t.Errorf("unstandby: %v", err)
	}
	p.settle()
}
