package lab

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/futago-ha/futago/internal/board"
	"github.com/futago-ha/futago/internal/lab/image"
)

// idle is a node command for tests that need no service.
var idle = []string{"sleep", "infinity"}

// TestPowerCutEndsEverything cuts a node on which a container and a stray
// process run, and boots it again.
func TestPowerCutEndsEverything(t *testing.T) {
	l := startLab(t, Options{Command: idle, Image: image.Busybox})
	l.PowerOn(0)
	before, err := l.WaitUp(limited(t), 0)
	if err != nil {
		t.Fatal(err)
	}
	mustExec(t, l, 0, "docker", "run", "-d", "--name", "web", "busybox")
	mustExec(t, l, 0, "sh", "-c", "setsid sleep infinity >/dev/null 2>&1 & echo run >/run/x; echo disk >/var/lib/futago/x")

	l.PowerOff(0)
	if _, err := l.WaitPhase(limited(t), 0, Off); err != nil {
		t.Fatal(err)
	}
	if pids := processesOf(t, l.opts.DiskDir); len(pids) > 0 {
		t.Errorf("processes outlived the power: %v", pids)
	}
	if _, err := os.Stat(l.nodes[0].group.path()); err == nil {
		t.Error("the control group outlived the power")
	}

	l.PowerOn(0)
	after, err := l.WaitUp(limited(t), 0)
	if err != nil {
		t.Fatal(err)
	}
	if before.BootID == after.BootID || after.BootID != mustExec(t, l, 0, "cat", "/proc/sys/kernel/random/boot_id") {
		t.Errorf("boot ids %q and %q: want a new one", before.BootID, after.BootID)
	}
	if got := mustExec(t, l, 0, "sh", "-c", "ls /run/x 2>/dev/null; cat /var/lib/futago/x"); got != "disk" {
		t.Errorf("after the boot: got %q, want an empty /run and what the disk had", got)
	}
	if got := mustExec(t, l, 0, "docker", "ps", "-a", "--format", "{{.Names}} {{.State}}"); got != "web exited" {
		t.Errorf("the engine knows %q, want the container, exited", got)
	}
}

// TestBoardCutsAndWakes goes the whole way by the boards: a line that stands
// cuts the armed peer after 10 s, a later edge wakes it.
func TestBoardCutsAndWakes(t *testing.T) {
	l := startLab(t, Options{Command: idle, NoEngine: true})
	powerUp(t, l)
	arm(t, l, 1)
	begin := time.Now()
	drive(t, l, 0, true)
	if _, err := l.WaitPhase(limited(t), 1, Off); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begin); took < board.MinThreshold {
		t.Errorf("the peer was cut after %s, want at least %s", took, board.MinThreshold)
	}
	drive(t, l, 0, false)
	drive(t, l, 0, true)
	s, err := l.WaitUp(limited(t), 1)
	if err != nil {
		t.Fatal(err)
	}
	drive(t, l, 0, false)
	if wake := l.Status().Boards[1].Wakeup; wake != "extin" || s.Boots != 2 {
		t.Errorf("after the edge: woken by %q in boot %d, want extin in boot 2", wake, s.Boots)
	}
}

// Registers of the board, see docs/lab-bus.md.
const (
	boardAddr    = 0x6e
	inputControl = 0x0c
	ioStatus     = 0x0d
)

func arm(t *testing.T, l *Lab, node int) {
	t.Helper()
	if err := l.boards.Tx(node, boardAddr, []byte{inputControl, 1}, nil); err != nil {
		t.Fatal(err)
	}
}

func drive(t *testing.T, l *Lab, node int, high bool) {
	t.Helper()
	value := byte(0)
	if high {
		value = 1
	}
	if err := l.boards.Tx(node, boardAddr, []byte{ioStatus, value}, nil); err != nil {
		t.Fatal(err)
	}
}

// TestRebootAndPowerOff goes through the stand-ins of systemd's commands.
func TestRebootAndPowerOff(t *testing.T) {
	l := startLab(t, Options{NoEngine: true, Command: []string{
		"sh", "-c", "trap 'echo goodbye >>/var/lib/futago/log; exit 0' TERM; sleep infinity & wait",
	}})
	l.PowerOn(0)
	if _, err := l.WaitUp(limited(t), 0); err != nil {
		t.Fatal(err)
	}
	for boot, cmd := range []string{"systemctl reboot", "shutdown -r now", "reboot -f"} {
		endNode(t, l, 0, strings.Fields(cmd)...)
		_, err := l.WaitNode(limited(t), 0, "up again", func(s NodeStatus) bool { return s.Up && s.Boots == boot+2 })
		if err != nil {
			t.Fatalf("after %s: %v", cmd, err)
		}
		if !l.Status().Boards[0].Powered {
			t.Errorf("%s took the board's power", cmd)
		}
	}
	if got := mustExec(t, l, 0, "cat", "/var/lib/futago/log"); got != "goodbye\ngoodbye" {
		t.Errorf("the service said %q, want a goodbye at each orderly reboot and none at the forced one", got)
	}
	endNode(t, l, 0, "poweroff")
	if _, err := l.WaitPhase(limited(t), 0, Halted); err != nil {
		t.Fatal(err)
	}
}

// TestSysrq resets, crashes and switches off by the sysrq trigger.
func TestSysrq(t *testing.T) {
	l := startLab(t, Options{Command: idle, NoEngine: true})
	l.PowerOn(0)
	if _, err := l.WaitUp(limited(t), 0); err != nil {
		t.Fatal(err)
	}
	endNode(t, l, 0, "sh", "-c", "echo s >/run/lab/sysrq-trigger; echo b >/run/lab/sysrq-trigger")
	if _, err := l.WaitNode(limited(t), 0, "up again", func(s NodeStatus) bool { return s.Up && s.Boots == 2 }); err != nil {
		t.Fatal(err)
	}
	// The node freezes under the command, which cannot end then.
	mustExec(t, l, 0, "sh", "-c", "(sleep 0.1; echo c >/run/lab/sysrq-trigger) >/dev/null 2>&1 &")
	if _, err := l.WaitPhase(limited(t), 0, Panicked); err != nil {
		t.Fatal(err)
	}
	if !l.Status().Boards[0].Powered {
		t.Error("a panic took the board's power")
	}
}

// TestUnitIsSupervised kills, stops and starts the daemon as systemd would.
func TestUnitIsSupervised(t *testing.T) {
	l := startLab(t, Options{Command: idle, NoEngine: true})
	l.PowerOn(0)
	first, err := l.WaitUp(limited(t), 0)
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	mustExec(t, l, 0, "systemctl", "kill", "-s", "KILL", "futago")
	again, err := l.WaitNode(limited(t), 0, "restarted", func(s NodeStatus) bool { return s.Units[DaemonUnit].Count == 2 })
	if err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begin); took < 900*time.Millisecond || again.Units[DaemonUnit].PID == first.Units[DaemonUnit].PID {
		t.Errorf("restarted after %s as pid %d, want a new process after 1 s", took, again.Units[DaemonUnit].PID)
	}
	if got := mustExec(t, l, 0, "systemctl", "stop", "futago.service"); got != "inactive" {
		t.Errorf("stop answered %q", got)
	}
	if out, err := l.Exec(limited(t), 0, "pgrep", "-x", "sleep"); err == nil {
		t.Errorf("the stopped service still runs: %s", out)
	}
	if got := mustExec(t, l, 0, "systemctl", "start", "futago"); got != "active" {
		t.Errorf("start answered %q", got)
	}
	if _, err := l.WaitNode(limited(t), 0, "started", func(s NodeStatus) bool { return s.Units[DaemonUnit].Count == 3 }); err != nil {
		t.Fatal(err)
	}
	_, err = l.Exec(limited(t), 0, "systemctl", "restart", "nginx")
	if err == nil || !strings.Contains(err.Error(), "nginx is not known") {
		t.Errorf("restart of an unknown unit: %v", err)
	}
}

// TestHangStopsOnlyTheDaemon checks that the kernel goes on answering.
func TestHangStopsOnlyTheDaemon(t *testing.T) {
	l := startLab(t, Options{Command: idle, NoEngine: true})
	powerUp(t, l)
	state := func() string {
		return mustExec(t, l, 0, "sh", "-c", "ps -o stat= -p $(pgrep -x sleep)")
	}
	if err := l.Hang(limited(t), 0); err != nil {
		t.Fatal(err)
	}
	if got := state(); !strings.HasPrefix(got, "T") {
		t.Errorf("hung daemon is in state %q, want T", got)
	}
	if !answersARP(t, l, "192.0.2.211") {
		t.Error("the kernel of a node with a hung daemon does not answer")
	}
	if err := l.Unhang(limited(t), 0); err != nil {
		t.Fatal(err)
	}
	if got := state(); strings.HasPrefix(got, "T") {
		t.Errorf("daemon is in state %q after unhang", got)
	}
}
