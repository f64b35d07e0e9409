package systemd

import (
	"os"
	"strings"
	"testing"
	"time"
)

// stopAtMost is the way out of a node whose engine never answered: the container's stop_timeout (1 s here), the 10 s
// that scheduler adds, the 10 s of a goodbye and of ExecStopPost, and as much again for a busy machine.
const stopAtMost = 40 * time.Second

// prepare does what the package's installation and the operator do.
func (m *machine) prepare(t *testing.T) {
	t.Helper()
	m.run(t, "systemd-sysusers", m.dir+"/futago.sysusers")
	m.run(t, "futago", "keygen")
}

// began is when a unit's main process was started, which tells two of them apart.
func (m *machine) began(t *testing.T) string {
	t.Helper()
	return m.show(t, "futago", "ExecMainStartTimestampMonotonic")
}

func (m *machine) active(t *testing.T) bool {
	t.Helper()
	return m.show(t, "futago", "ActiveState") == "active"
}

// TestLife takes one daemon without board, engine, address and peer through what an operator and bad luck do to it.
func TestLife(t *testing.T) {
	m := boot(t)
	m.prepare(t)
	for _, name := range []string{"sleepi3-heartbeat", "sleepi3-monitor"} { // stubs of the board's maker's
		m.write(t, "units/"+name+".service", "[Unit]\nDefaultDependencies=no\n[Service]\nExecStart=/bin/sleep infinity\n")
	}
	m.run(t, "systemctl", "daemon-reload")
	m.run(t, "systemctl", "start", "sleepi3-heartbeat", "sleepi3-monitor")
	t.Run("starts without board, engine and address, and says so", func(t *testing.T) {
		m.run(t, "systemctl", "start", "futago")
		if !m.active(t) || m.show(t, "futago", "SubState") != "running" {
			t.Fatal("systemctl start returned before the daemon was ready")
		}
		for _, code := range []string{"ADDRESS_MISSING", "ENGINE_DOWN", "BOARD_SILENT", "/dev/i2c-1"} {
			until(t, "the log names "+code, func() bool { return strings.Contains(m.log(), code) })
		}
		if got := m.show(t, "futago", "WatchdogUSec"); got != "20s" {
			t.Errorf("the watchdog waits %s, want 20s", got)
		}
	})
	t.Run("gives the socket to its group and nothing to others", m.testModes)
	t.Run("feeds the board's LED", func(t *testing.T) {
		led := m.root + "/sys/class/leds/sleepi:led0/brightness"
		for _, level := range []string{"0\n", "255\n", "0\n", "255\n"} { // a file: the rest of a longer value stays
			until(t, "the LED is at "+level, func() bool { return strings.HasPrefix(read(t, led), level) })
		}
	})
	t.Run("stops the maker's feeder, warns of its monitor", func(t *testing.T) {
		until(t, "the feeder is stopped", func() bool { return m.show(t, "sleepi3-heartbeat", "ActiveState") == "inactive" })
		until(t, "the log names the monitor", func() bool { return strings.Contains(m.log(), "SLEEPI3_MONITOR") })
		if m.show(t, "sleepi3-monitor", "ActiveState") != "active" {
			t.Error("the monitor was stopped, which is for a person to decide")
		}
	})
	t.Run("uses an address that comes later", func(t *testing.T) {
		m.run(t, "ip", "address", "add", "198.51.100.1/24", "dev", "ve0")
		until(t, "the daemon listens", func() bool {
			return strings.Contains(m.run(t, "ss", "-lnH", "src", "198.51.100.1"), ":7946")
		})
	})
	t.Run("systemctl restart is known as one", func(t *testing.T) {
		before := m.began(t)
		m.run(t, "systemctl", "restart", "futago")
		if !m.active(t) || m.began(t) == before {
			t.Error("not restarted")
		}
		if !strings.Contains(m.log(), "restart=true") {
			t.Error("the daemon took it for a stop: it would have handed the service over")
		}
		if !strings.Contains(m.log(), "its addresses stay") {
			t.Error("futago-release took it for a stop")
		}
	})
	t.Run("kill -9 is followed by a new one", m.testKilled)
	t.Run("a daemon that hangs is replaced", m.testHung)
	t.Run("a stop between death and restart takes the VIP off", m.testStopOfTheDead)
	t.Run("stops in time, releases the line, leaves nothing", m.testStop)
}

// testStopOfTheDead: systemd runs no ExecStopPost= here, because the last end of the service had its own already.
func (m *machine) testStopOfTheDead(t *testing.T) {
	m.write(t, "units/futago.service.d/late.conf", "[Service]\nRestartSec=1h\n")
	m.run(t, "systemctl", "daemon-reload")
	m.run(t, "kill", "-9", m.show(t, "futago", "MainPID"))
	until(t, "systemd waits for the restart", func() bool { return m.show(t, "futago", "SubState") == "auto-restart" })
	m.run(t, "ip", "address", "add", "198.51.100.215/24", "dev", "ve0")
	m.run(t, "systemctl", "stop", "futago")
	until(t, "the VIP is gone", func() bool {
		return !strings.Contains(m.run(t, "ip", "-brief", "address", "show", "dev", "ve0"), "198.51.100.215")
	})
	// The daemon's own way out takes longer than this, and it asks for the time.
	m.write(t, "units/futago.service.d/late.conf", "[Service]\nTimeoutStopSec=3s\n")
	m.run(t, "systemctl", "daemon-reload")
	m.run(t, "systemctl", "start", "sleepi3-heartbeat")
	m.run(t, "systemctl", "start", "futago")
	until(t, "the feeder is stopped", func() bool { return m.show(t, "sleepi3-heartbeat", "ActiveState") == "inactive" })
}

func (m *machine) testModes(t *testing.T) {
	for path, want := range map[string]string{
		"/run/futago":             "root root 755",
		"/run/futago/futago.sock": "root futago 660",
		"/var/lib/futago":         "root root 700",
		"/etc/futago/key":         "root root 600",
	} {
		if got := m.run(t, "stat", "-c", "%U %G %a", path); got != want {
			t.Errorf("%s is %s, want %s", path, got, want)
		}
	}
	gid := m.run(t, "stat", "-c", "%g", "/run/futago/futago.sock")
	for groups, want := range map[string]string{gid: "raspberrypi-1", "54321": "sudo"} {
		out, _ := m.try(t, "setpriv", "--reuid=54321", "--regid=54321", "--groups="+groups, "futago", "status")
		if !strings.Contains(out, want) {
			t.Errorf("status for a member of group %s: %q, want %q in it", groups, out, want)
		}
	}
}

func (m *machine) testKilled(t *testing.T) {
	before := m.began(t)
	m.run(t, "kill", "-9", m.show(t, "futago", "MainPID"))
	until(t, "another daemon is ready", func() bool { return m.began(t) != before && m.active(t) })
	if n := m.show(t, "futago", "NRestarts"); n != "1" {
		t.Errorf("%s restarts, want 1", n)
	}
}

func (m *machine) testHung(t *testing.T) {
	before := m.began(t)
	m.run(t, "kill", "-STOP", m.show(t, "futago", "MainPID"))
	until(t, "another daemon is ready", func() bool { return m.began(t) != before && m.active(t) })
	if n := m.show(t, "futago", "NRestarts"); n != "2" {
		t.Errorf("%s restarts, want 2", n)
	}
	if !strings.Contains(m.log(), "SIGABRT: abort") || !strings.Contains(m.log(), "daemon.(*Daemon).loop") {
		t.Error("what hung did not leave its goroutines")
	}
}

func (m *machine) testStop(t *testing.T) {
	since := time.Now()
	m.run(t, "systemctl", "stop", "futago")
	if took := time.Since(since); took > stopAtMost {
		t.Errorf("took %s, want at most %s", took, stopAtMost)
	}
	if code := m.show(t, "futago", "ExecMainCode"); code != "1" { // CLD_EXITED
		t.Errorf("the daemon ended by code %s and not by itself: was it given its time?", code)
	}
	if !strings.Contains(m.log(), "restart=false") {
		t.Error("the daemon took it for a restart: it would not have handed the service over")
	}
	// Without a board nobody knows whether the line is low, and the unit must show it.
	post := m.show(t, "futago", "ExecStopPost")
	if !strings.Contains(post, "fence release") || !strings.Contains(post, "code=exited ; status=1") {
		t.Errorf("ExecStopPost: %s", post)
	}
	if got := m.show(t, "futago", "ActiveState"); got != "failed" {
		t.Errorf("is %s, want failed", got)
	}
	until(t, "the feeder is back", func() bool { return m.show(t, "sleepi3-heartbeat", "ActiveState") == "active" })
	until(t, "nothing of futago runs", func() bool { // futago-release is stopped after it
		left, _ := m.try(t, "pgrep", "-a", "futago") // exit code 1: none
		return left == ""
	})
	if _, err := os.Stat(m.root + "/run/futago"); err == nil {
		t.Error("/run/futago is left")
	}
}

// TestOtherClusterEnds: Conflicts= must end the other cluster manager before futago begins.
func TestOtherClusterEnds(t *testing.T) {
	m := boot(t)
	m.prepare(t)
	for _, name := range []string{"pacemaker", "corosync"} {
		m.write(t, "units/"+name+".service", "[Unit]\nDefaultDependencies=no\n[Service]\nExecStart=/bin/sleep infinity\n")
	}
	m.run(t, "systemctl", "daemon-reload")
	m.run(t, "systemctl", "start", "pacemaker", "corosync")
	m.run(t, "systemctl", "start", "futago")
	for _, name := range []string{"pacemaker", "corosync"} {
		if got := m.show(t, name, "ActiveState"); got == "active" {
			t.Errorf("%s still runs beside futago", name)
		}
	}
}
