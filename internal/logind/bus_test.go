package logind

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/godbus/dbus/v5"
	"golang.org/x/sys/unix"
)

// busConfig is a message bus of its own: everybody may own and call anything.
const busConfig = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path=SOCKET</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
    <allow user="*"/>
  </policy>
</busconfig>
`

// privateBus starts a real dbus-daemon for this test alone.
func privateBus(t *testing.T) (Bus, *exec.Cmd) {
	t.Helper()
	program, err := exec.LookPath("dbus-daemon")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("dbus-daemon is missing (package dbus-daemon, by scripts/setup lab)")
		}
		t.Skip("SKIPPED: dbus-daemon is missing (package dbus-daemon, by scripts/setup lab)")
	}
	dir, err := os.MkdirTemp("", "bus") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	config := filepath.Join(dir, "bus.conf")
	if err := os.WriteFile(config, []byte(strings.Replace(busConfig, "SOCKET", filepath.Join(dir, "s"), 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "--config-file="+config, "--nofork", "--nopidfile", "--print-address")
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("read the bus's address: %v", err)
	}
	return Bus(strings.TrimSpace(line)), cmd
}

// standIn is logind's interface as far as futago uses it, exported on a bus.
type standIn struct {
	t    *testing.T
	conn *dbus.Conn

	asked chan string // Reboot, PowerOff, and the words of Inhibit

	mu     sync.Mutex
	reads  int   // our end of the lock given last
	given  []int // our copies of the other ends
	refuse bool
}

func newStandIn(t *testing.T, bus Bus) *standIn {
	t.Helper()
	conn, err := dbus.Connect(string(bus))
	if err != nil {
		t.Fatal(err)
	}
	s := &standIn{t: t, conn: conn, reads: -1, asked: make(chan string, 16)}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.Export(s, path, manager); err != nil {
		t.Fatal(err)
	}
	if reply, err := conn.RequestName(service, dbus.NameFlagDoNotQueue); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatalf("own %s: %v, %v", service, reply, err)
	}
	return s
}

func (s *standIn) Reboot(interactive bool) *dbus.Error   { return s.goDown("Reboot", interactive) }
func (s *standIn) PowerOff(interactive bool) *dbus.Error { return s.goDown("PowerOff", interactive) }

func (s *standIn) goDown(what string, interactive bool) *dbus.Error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuse || interactive {
		return dbus.NewError("org.freedesktop.DBus.Error.InteractiveAuthorizationRequired", []any{"Interactive authentication required."})
	}
	s.asked <- what
	return nil
}

// Inhibit gives one end of a pipe away, as logind does; the lock is released when
// every copy of that end is closed.
func (s *standIn) Inhibit(what, who, _, mode string) (dbus.UnixFD, *dbus.Error) {
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		return 0, dbus.MakeFailedError(err)
	}
	s.t.Cleanup(func() { _ = unix.Close(ends[0]) })
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads, s.given = ends[0], append(s.given, ends[1])
	s.asked <- strings.Join([]string{what, who, mode}, " ")
	return dbus.UnixFD(ends[1]), nil
}

// held says whether the lock given last is. Whoever asks knows that it arrived.
func (s *standIn) held() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, fd := range s.given {
		_ = unix.Close(fd) // our copies: the bus sent them on long ago
	}
	s.given = nil
	_, err := unix.Read(s.reads, make([]byte, 1))
	return err == unix.EAGAIN // else the end of file: nobody holds the other end
}

func (s *standIn) announce(begins bool) {
	s.t.Helper()
	if err := s.conn.Emit(path, manager+"."+signal, begins); err != nil {
		s.t.Fatal(err)
	}
}
