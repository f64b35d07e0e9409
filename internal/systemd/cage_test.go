package systemd

import (
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// TestConfinement runs a probe in the place of the daemon, under every setting of the shipped unit, and compares what
// it can do with what futago needs and with what it must not have.
//
// What it cannot see: real I2C hardware; the devices on a kernel with control groups of version 2 only, where systemd
// enforces them by BPF; sysrq where the kernel has none; and /proc/sys, which the machine itself has made read-only.
func TestConfinement(t *testing.T) {
	m := boot(t)
	m.prepare(t)
	m.run(t, "ip", "address", "add", "198.51.100.1/24", "dev", "ve0")
	said := m.probe(t)
	if said["capabilities"] != "0000000000003020" { // KILL 5, NET_ADMIN 12, NET_RAW 13 (capability.h)
		t.Errorf("capabilities %s", said["capabilities"])
	}
	for _, deed := range []string{
		"feed the LED", "see a process of another user", "kill a process of another user", "read the clock's state",
		"set an address", "send raw frames", "ask systemd for its jobs", "ask for a reboot", "write its state",
	} {
		if said[deed] != "yes" {
			t.Errorf("futago could not %s: %q", deed, said[deed])
		}
	}
	if _, err := os.Stat(m.root + "/proc/sysrq-trigger"); err == nil && said["write to sysrq"] != "yes" {
		t.Errorf("futago could not reset its node: %q", said["write to sysrq"])
	}
	for _, deed := range []string{
		"make a device", "write to /etc", "write to /usr", "write to /var", "write to /tmp", "look into /root",
		"change the kernel", "mount", "leave its namespaces", "become another user", "set the clock", "change a control group",
	} {
		if !strings.HasPrefix(said[deed], "no: ") {
			t.Errorf("futago could %s: %q", deed, said[deed])
		}
	}
	m.devices(t, said)
}

// TestEngineIsReached has the real daemon find the engine's socket, in all its confinement.
func TestEngineIsReached(t *testing.T) {
	m := boot(t)
	m.prepare(t)
	asked := m.engine(t)
	m.run(t, "systemctl", "start", "futago")
	select {
	case <-asked:
	case <-time.After(stepLimit):
		t.Error("the daemon did not reach the engine")
	}
}

// devices judges what the devices' control group allows. The bus has no hardware: what is allowed fails with ENXIO.
func (m *machine) devices(t *testing.T, said map[string]string) {
	t.Helper()
	if _, err := os.Stat(m.root + "/sys/fs/cgroup/devices"); err != nil {
		t.Log("NOT TESTED: DeviceAllow=, for this kernel has no control group of devices that can be mounted")
		return
	}
	if !strings.Contains(said["open the I2C bus"], "No such device or address") {
		t.Errorf("the I2C bus is out of reach: %q", said["open the I2C bus"])
	}
	if !strings.Contains(said["open another device"], "Operation not permitted") {
		t.Errorf("another device is in reach: %q", said["open another device"])
	}
}

// engine listens where Docker's engine does, with that one's owner and mode, and tells when it was asked something.
func (m *machine) engine(t *testing.T) <-chan struct{} {
	t.Helper()
	path := m.root + "/run/docker.sock"
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o660); err != nil {
		t.Fatal(err)
	}
	asked := make(chan struct{})
	var once sync.Once
	server := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		once.Do(func() { close(asked) })
		http.NotFound(w, r)
	})}
	var group errgroup.Group
	group.Go(func() error { return server.Serve(l) })
	t.Cleanup(func() {
		_ = server.Close()
		_ = group.Wait() // http.ErrServerClosed
	})
	return asked
}

// probe starts testdata/probe.sh under the shipped unit and reads what it says.
func (m *machine) probe(t *testing.T) map[string]string {
	t.Helper()
	m.write(t, "probe.sh", read(t, "testdata/probe.sh"))
	m.write(t, "units/other.service", "[Unit]\nDefaultDependencies=no\n[Service]\nUser=nobody\nExecStart=/bin/sleep infinity\n")
	m.write(t, "units/probe.service", read(t, filepath.Join(packaging, "futago.service")))
	m.run(t, "systemctl", "daemon-reload")
	m.run(t, "systemctl", "start", "other")
	other := m.show(t, "other", "MainPID")
	if other == "0" {
		t.Fatal("the process of another user did not start")
	}
	m.write(t, "units/probe.service.d/probe.conf", "[Service]\nType=oneshot\nRestart=no\nWatchdogSec=0\nExecStart=\nExecStopPost=\n"+
		"ExecStart=/bin/sh "+m.dir+"/probe.sh "+other+"\n"+
		"StandardOutput=file:/run/probe\nStandardError=file:/run/probe\n")
	m.run(t, "systemctl", "daemon-reload")
	if out, err := m.try(t, "systemctl", "start", "probe"); err != nil {
		state, _ := m.try(t, "systemctl", "status", "probe") // says more
		t.Fatalf("probe: %v\n%s\n%s\n%s", err, out, state, read(t, m.root+"/run/probe"))
	}
	said := map[string]string{}
	text := read(t, m.root+"/run/probe")
	for line := range strings.Lines(text) {
		deed, answer, _ := strings.Cut(strings.TrimSpace(line), ": ")
		said[deed] = answer
	}
	t.Logf("the probe said:\n%s", text)
	return said
}
