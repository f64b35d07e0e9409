package lab

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/futago-ha/futago/internal/lab/nodeinit"
)

// fakeFutago is a shell script in place of the futago binary. It writes its
// arguments to the node's disk; as a daemon it says that it is ready and then
// never feeds its watchdog.
func fakeFutago(t *testing.T) []string {
	t.Helper()
	path := filepath.Join(shortTempDir(t), "futago")
	script := `echo "$*" >>/var/lib/futago/log
case $1 in
daemon) systemd-notify --ready; sleep infinity & wait ;;
status) echo fine ;;
esac
`
	if err := os.WriteFile(path, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return []string{"sh", path}
}

// TestFutagoIsRunAsItsUnitsDo follows the early-boot unit, Type=notify,
// WatchdogSec and ExecStopPost.
func TestFutagoIsRunAsItsUnitsDo(t *testing.T) {
	l := startLab(t, Options{Futago: fakeFutago(t), NoEngine: true, Watchdog: 500 * time.Millisecond})
	l.PowerOn(0)
	s, err := l.WaitUp(limited(t), 0)
	if err != nil {
		t.Fatal(err)
	}
	if u := s.Units[DaemonUnit]; u.State != nodeinit.Ready {
		t.Errorf("the boot went on while the daemon was %s", u.State)
	}
	if _, err := l.WaitNode(limited(t), 0, "restarted", func(s NodeStatus) bool { return s.Units[DaemonUnit].Count == 2 }); err != nil {
		t.Fatal(err)
	}
	log := mustExec(t, l, 0, "sh", "-c", "futago status >/run/answer; cat /var/lib/futago/log")
	lines := strings.Split(log, "\n")
	want := []string{"fence release", "daemon", "fence release", "daemon", "status"}
	if strings.Join(lines, ";") != strings.Join(want, ";") {
		t.Errorf("the node ran %q, want %q", lines, want)
	}
	if got := mustExec(t, l, 0, "cat", "/run/answer"); got != "fine" {
		t.Errorf("futago status on the node said %q", got)
	}
}

// TestTimersOfTheDaemonAreAsInItsUnit: what it costs while idle is measured on the
// lab, and half of that hangs on TimerSlackNSec.
func TestTimersOfTheDaemonAreAsInItsUnit(t *testing.T) {
	unit, err := os.ReadFile("../../packaging/futago.service")
	if err != nil {
		t.Fatal(err)
	}
	_, value, _ := strings.Cut(string(unit), "\nTimerSlackNSec=")
	value, _, _ = strings.Cut(value, "\n")
	want, err := time.ParseDuration(value)
	if err != nil {
		t.Fatalf("futago.service: TimerSlackNSec: %v", err)
	}
	l := startLab(t, Options{Command: idle, NoEngine: true})
	l.PowerOn(0)
	s, err := l.WaitUp(limited(t), 0)
	if err != nil {
		t.Fatal(err)
	}
	pid := strconv.Itoa(s.Units[DaemonUnit].PID)
	if got := mustExec(t, l, 0, "cat", "/proc/"+pid+"/timerslack_ns"); got != strconv.FormatInt(want.Nanoseconds(), 10) {
		t.Errorf("the daemon's timers may be %s ns late, its unit says %s", got, want)
	}
}

// TestUnitThatCannotStart does not keep the node from living: looking around
// on it is what one needs then.
func TestUnitThatCannotStart(t *testing.T) {
	l := startLab(t, Options{Command: []string{"/nonexistent"}, NoEngine: true})
	l.PowerOn(0)
	s, err := l.WaitNode(limited(t), 0, "up with a failed unit", func(s NodeStatus) bool {
		return s.Units[DaemonUnit].State == nodeinit.Ended
	})
	if err != nil {
		t.Fatal(err)
	}
	if text := s.Units[DaemonUnit].Text; !strings.Contains(text, "/nonexistent") {
		t.Errorf("the unit ended by %q, want the missing program named", text)
	}
	endNode(t, l, 0, "reboot")
	if _, err := l.WaitNode(limited(t), 0, "booted again", func(s NodeStatus) bool { return s.Boots == 2 }); err != nil {
		t.Fatal(err)
	}
}

// TestInitThatDies: a kernel whose init is killed panics.
func TestInitThatDies(t *testing.T) {
	l := startLab(t, Options{Command: idle, NoEngine: true})
	l.PowerOn(0)
	if _, err := l.WaitUp(limited(t), 0); err != nil {
		t.Fatal(err)
	}
	// Inside its namespace a first process cannot be killed, its manager can.
	endNode(t, l, 0, "pkill", "-KILL", "-o", "-P", "1")
	if _, err := l.WaitPhase(limited(t), 0, Panicked); err != nil {
		t.Fatal(err)
	}
	if !l.Status().Boards[0].Powered {
		t.Error("a dead init took the board's power")
	}
}
