package systemd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/futago-ha/futago/internal/lab/measure"
)

const (
	packaging = "../../packaging"

	// bootLimit, stepLimit and lookEvery only bound the tests: when to give up, and how often something outside this
	// process is looked at.
	bootLimit = 60 * time.Second
	stepLimit = 45 * time.Second
	lookEvery = 10 * time.Millisecond
)

// TestMain makes the test binary the client of TestPair as well.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == clientVerb {
		if err := measure.RunChild(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "client:", err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// lacking skips where the machine cannot carry the test, but never in CI.
func lacking(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("these tests need %s, and CI is set", what)
	}
	t.Skipf("SKIPPED: these tests need %s", what)
}

// machine is a systemd with the shipped units, and a node's name and files.
type machine struct {
	name string
	dir  string
	root string // its file system, seen from here
	pid  string // of its process 1, seen from here
	kill func() error
}

var machines atomic.Int32

// boot starts a machine that ends with the test. Nothing of futago runs yet.
func boot(t *testing.T) *machine {
	t.Helper()
	return bootNamed(t, "raspberrypi-1")
}

func bootNamed(t *testing.T, name string) *machine {
	t.Helper()
	if os.Geteuid() != 0 {
		lacking(t, "root")
	}
	if _, err := os.Stat("/lib/systemd/systemd"); err != nil {
		lacking(t, "systemd")
	}
	dir, err := os.MkdirTemp("", "ft") // not t.TempDir: its name is too long for a socket's path
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	m := &machine{name: name, dir: dir}
	m.furnish(t)
	m.start(t)
	return m
}

// furnish builds futago and lays out the units: the shipped ones, each with its output going to a file, and stubs of
// those that every system has.
func (m *machine) furnish(t *testing.T) {
	t.Helper()
	build := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(m.dir, "futago"), "./cmd/futago")
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	for _, name := range []string{"default.target", "sysinit.target", "basic.target", "multi-user.target", "shutdown.target", "reboot.target", "network.target"} {
		m.write(t, "units/"+name, "[Unit]\nDefaultDependencies=no\n")
	}
	for _, name := range []string{"futago.service", "futago-early.service", "futago-release.service"} {
		m.write(t, "units/"+name, read(t, filepath.Join(packaging, name)))
		m.write(t, "units/"+name+".d/output.conf", "[Service]\nStandardOutput=append:/run/log\nStandardError=append:/run/log\n")
	}
	m.write(t, "futago.sysusers", read(t, filepath.Join(packaging, "futago.sysusers")))
	m.write(t, "futago.toml", read(t, "testdata/futago.toml"))
	m.write(t, "hostname", m.name+"\n")
	m.write(t, "boot.sh", read(t, "testdata/boot.sh"))
	if err := os.Chmod(filepath.Join(m.dir, "boot.sh"), 0o700); err != nil {
		t.Fatal(err)
	}
}

func (m *machine) write(t *testing.T, path, text string) {
	t.Helper()
	path = filepath.Join(m.dir, path)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
		t.Fatal(err)
	}
}

func (m *machine) start(t *testing.T) {
	t.Helper()
	ready, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(m.dir, "notify"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ready.Close() }()
	group := fmt.Sprintf("ft-%d-%d", os.Getpid(), machines.Add(1))
	init := exec.Command(filepath.Join(m.dir, "boot.sh"), m.dir, group)
	var said bytes.Buffer
	init.Stdout, init.Stderr = &said, &said
	init.SysProcAttr = &syscall.SysProcAttr{
		Setsid: true, Pdeathsig: syscall.SIGKILL,
		Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC | syscall.CLONE_NEWNET,
	}
	if err := init.Start(); err != nil {
		t.Fatal(err)
	}
	m.pid, m.kill = fmt.Sprint(init.Process.Pid), init.Process.Kill
	m.root = "/proc/" + m.pid + "/root"
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the units said:\n%s", m.log())
		}
		_ = init.Process.Kill()
		_ = init.Wait() // killed
		dropGroups(t, group)
	})
	if err := waitReady(ready); err != nil {
		_ = init.Process.Kill()
		_ = init.Wait() // killed; its output is complete now
		lacking(t, fmt.Sprintf("a kernel on which systemd starts in namespaces (%v)\n%s", err, said.String()))
	}
}

// waitReady returns when systemd has reached its target (sd_notify(3), READY=1, which it also sends to its container).
func waitReady(socket *net.UnixConn) error {
	if err := socket.SetReadDeadline(time.Now().Add(bootLimit)); err != nil {
		return err
	}
	buf := make([]byte, 4096)
	for {
		n, err := socket.Read(buf)
		if err != nil {
			return err
		}
		if strings.Contains(string(buf[:n]), "READY=1") {
			return nil
		}
	}
}

// dropGroups removes the control groups that the machine has left empty.
func dropGroups(t *testing.T, name string) {
	t.Helper()
	const script = `mount -t tmpfs tmpfs /mnt; for c in none,name=systemd devices; do
		mkdir -p /mnt/g; mount -t cgroup -o $c cgroup /mnt/g || continue
		[ ! -e /mnt/g/$1 ] || find /mnt/g/$1 -depth -type d -exec rmdir {} +; umount /mnt/g; done`
	out, err := exec.Command("unshare", "-m", "sh", "-c", script, "sh", name).CombinedOutput()
	if err != nil {
		t.Errorf("remove the control groups: %v\n%s", err, out)
	}
}

// try runs a command inside.
func (m *machine) try(t *testing.T, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 4*stepLimit)
	defer cancel()
	out, err := exec.CommandContext(ctx, "nsenter", append([]string{"-t", m.pid, "-a"}, args...)...).CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// run is try for what must succeed.
func (m *machine) run(t *testing.T, args ...string) string {
	t.Helper()
	out, err := m.try(t, args...)
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// show is one property of a unit (systemctl(1), show).
func (m *machine) show(t *testing.T, unit, property string) string {
	t.Helper()
	return m.run(t, "systemctl", "show", "--value", "-p", property, unit)
}

// log is what the units have printed.
func (m *machine) log() string {
	text, err := os.ReadFile(m.root + "/run/log")
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// until waits for something that happens outside this process.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	over := time.After(stepLimit)
	for !holds() {
		select {
		case <-look.C:
		case <-over:
			t.Fatalf("not within %s: %s", stepLimit, what)
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
