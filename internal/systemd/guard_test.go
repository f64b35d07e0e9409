package systemd

import (
	"context"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/futago-ha/futago/internal/board"
	"github.com/futago-ha/futago/internal/lab/nodefutago"
	"github.com/futago-ha/futago/internal/lab/nodeinit"
)

// boards puts a simulated power board behind the machine's futago, which is the lab's: the shipped command line and
// daemon on another bus.
func (m *machine) boards(t *testing.T) *board.Live {
	t.Helper()
	program := filepath.Join(m.dir, "futago-lab")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./cmd/futago-lab")
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	m.write(t, "wrapper", "#!/bin/sh\nexec /usr/bin/futago-lab "+nodefutago.Verb+" \"$@\"\n")
	m.run(t, "install", "-m", "755", program, "/usr/bin/futago-lab")
	m.run(t, "install", "-m", "755", m.dir+"/wrapper", "/usr/bin/futago")
	m.run(t, "mkdir", "-p", filepath.Dir(nodeinit.BusSocket))

	live := board.NewLive(board.Options{}, board.Options{}, func(board.Event) {})
	live.Supply(0, true)
	live.Supply(1, true)
	server := board.NewServer(live, [2]string{m.root + nodeinit.BusSocket, m.dir + "/other.sock"}, slog.New(slog.DiscardHandler))
	ctx, end := context.WithCancel(context.Background())
	var group errgroup.Group
	group.Go(func() error { return server.Run(ctx) })
	t.Cleanup(func() {
		end()
		if err := group.Wait(); err != nil {
			t.Error(err)
		}
	})
	until(t, "the bus is there", func() bool { _, err := os.Stat(m.root + nodeinit.BusSocket); return err == nil })
	return live
}

// raise has the daemon raise its line: a pulse of 2 s, which nothing but its end or its guard ends.
func (m *machine) raise(t *testing.T, live *board.Live) {
	t.Helper()
	until(t, "the line is raised", func() bool {
		if !live.Status()[0].Out {
			_, _ = m.try(t, "futago", "wake", "raspberrypi-2") // refused while another pulse is too short ago
		}
		return live.Status()[0].Out
	})
}

// processes are those of futago, the daemon first.
func (m *machine) processes(t *testing.T) []string {
	t.Helper()
	out, _ := m.try(t, "pgrep", "-f", "futago (daemon|guard)") // exit code 1: none
	return strings.Fields(out)
}

// TestLineUnderSystemd: whatever becomes of the daemon, its line ends low, and systemd does not stand in the way of the
// guard that sees to it.
func TestLineUnderSystemd(t *testing.T) {
	m := boot(t)
	m.write(t, "futago.toml", strings.Replace(read(t, "testdata/futago.toml"), "[fence]", "[fence]\npulse = \"2s\"", 1))
	m.run(t, "cp", m.dir+"/futago.toml", "/etc/futago/futago.toml")
	live := m.boards(t)
	m.prepare(t)
	m.run(t, "ip", "address", "add", "198.51.100.1/24", "dev", "ve0")
	m.run(t, "systemctl", "start", "futago")
	until(t, "the daemon has armed its board", func() bool { return live.Status()[0].Armed })

	t.Run("the out-of-memory killer spares daemon and guard", func(t *testing.T) {
		until(t, "the guard runs", func() bool { return len(m.processes(t)) == 2 })
		want := "-1000"
		if _, err := m.try(t, "sh", "-c", "echo -1000 >/proc/self/oom_score_adj"); err != nil {
			t.Logf("NOT TESTED: OOMScoreAdjust=, for root may not lower its score here (no CAP_SYS_RESOURCE): %v", err)
			want = "0"
		}
		for _, pid := range m.processes(t) {
			if got := m.run(t, "cat", "/proc/"+pid+"/oom_score_adj"); got != want {
				t.Errorf("%s has %s, want %s", m.run(t, "ps", "-o", "args=", pid), got, want)
			}
		}
	})
	t.Run("the early unit lowers a line that is up", func(t *testing.T) {
		m.run(t, "systemctl", "stop", "futago")
		if err := live.Tx(0, 0x6e, []byte{0x0d, 1}, nil); err != nil { // eo of io_status
			t.Fatal(err)
		}
		m.run(t, "mknod", "/dev/i2c-1", "c", "89", "1")                                                     // its condition; nothing opens it here
		m.write(t, "units/futago-early.service.d/bus.conf", "[Service]\nRestrictAddressFamilies=AF_UNIX\n") // the lab's bus is a socket
		m.run(t, "systemctl", "daemon-reload")
		m.run(t, "systemctl", "restart", "futago-early")
		if live.Status()[0].Out {
			t.Error("the line is up")
		}
		m.run(t, "systemctl", "start", "futago")
	})
	t.Run("kill -9 with the line up", func(t *testing.T) {
		m.raise(t, live)
		before := m.began(t)
		m.run(t, "kill", "-9", m.show(t, "futago", "MainPID"))
		until(t, "the line is low", func() bool { return !live.Status()[0].Out })
		until(t, "another daemon is ready", func() bool { return m.began(t) != before && m.active(t) })
		until(t, "the old guard is gone", func() bool { return len(m.processes(t)) == 2 })
	})
	t.Run("the bus dies, then the unit is stopped", func(t *testing.T) { m.testDeadBus(t, live) })
}

// testDeadBus is what KillMode=process is for: after a stop that could not lower the line, the guard is still there.
func (m *machine) testDeadBus(t *testing.T, live *board.Live) {
	m.raise(t, live)
	if err := live.SetOptions(0, board.Options{NAKRate: 1}); err != nil {
		t.Fatal(err)
	}
	m.run(t, "systemctl", "stop", "futago")
	if !live.Status()[0].Out {
		t.Fatal("the line is low already: the rest would prove nothing")
	}
	if got := m.show(t, "futago", "ActiveState"); got != "failed" {
		t.Errorf("is %s, want failed: the line is up", got)
	}
	if left := m.processes(t); len(left) != 1 {
		t.Fatalf("processes %v are left, want the guard", left)
	}
	if err := live.SetOptions(0, board.Options{}); err != nil {
		t.Fatal(err)
	}
	until(t, "the line is low", func() bool { return !live.Status()[0].Out })
	until(t, "the guard is gone", func() bool { return len(m.processes(t)) == 0 })
}
