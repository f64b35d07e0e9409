package control

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func stat(t *testing.T, path string) (fs.FileMode, uint32) {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode(), info.Sys().(*syscall.Stat_t).Gid
}

func mustListen(t *testing.T, path string, gid int) *listener {
	t.Helper()
	l, err := listen(path, gid)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// Whatever umask the daemon was started with.
func TestSocketMode(t *testing.T) {
	needRoot(t)
	for _, c := range []struct {
		gid  int
		mode fs.FileMode
	}{{-1, 0o600}, {testGroupGID, 0o660}} {
		path := filepath.Join(socketDir(t), "futago.sock")
		mustListen(t, path, c.gid)
		mode, gid := stat(t, path)
		if mode.Perm() != c.mode || mode.Type() != fs.ModeSocket {
			t.Errorf("gid %d: mode %s, want %s", c.gid, mode, c.mode)
		}
		if c.gid >= 0 && int(gid) != c.gid {
			t.Errorf("gid %d: group %d", c.gid, gid)
		}
	}
}

// inotify sees every name that appears: the socket is there by its name only once it has its mode.
func TestSocketModeFromTheFirstInstant(t *testing.T) {
	needRoot(t)
	dir := socketDir(t)
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Close(fd) }()
	if _, err := unix.InotifyAddWatch(fd, dir, unix.IN_CREATE|unix.IN_MOVED_TO|unix.IN_ATTRIB); err != nil {
		t.Fatal(err)
	}
	mustListen(t, filepath.Join(dir, "futago.sock"), testGroupGID)
	buf := make([]byte, 4096)
	n, err := unix.Read(fd, buf)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range parseInotify(buf[:n]) {
		if e.name == "futago.sock" && e.mask != unix.IN_MOVED_TO {
			t.Errorf("socket appeared or changed by event %#x, want only a rename into place", e.mask)
		}
	}
}

type inotifyEvent struct {
	mask uint32
	name string
}

// parseInotify follows inotify(7): wd, mask, cookie, len, and a name padded with zeros.
func parseInotify(b []byte) []inotifyEvent {
	var events []inotifyEvent
	for len(b) >= unix.SizeofInotifyEvent {
		mask, size := nativeUint32(b[4:]), int(nativeUint32(b[12:]))
		name := strings.TrimRight(string(b[16:16+size]), "\x00")
		events = append(events, inotifyEvent{mask, name})
		b = b[16+size:]
	}
	return events
}

func TestStaleSocketIsReplaced(t *testing.T) {
	path := filepath.Join(socketDir(t), "futago.sock")
	dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	dead.SetUnlinkOnClose(false) // as after kill -9
	if err := dead.Close(); err != nil {
		t.Fatal(err)
	}
	mustListen(t, path, -1)
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatalf("the new socket does not answer: %v", err)
	}
	_ = c.Close()
}

func TestLiveSocketIsLeftAlone(t *testing.T) {
	r := start(t, newStandIn())
	err := NewServer(Options{Socket: r.socket}, newStandIn()).Run(t.Context())
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("served by process %d", os.Getpid())) {
		t.Errorf("a second server on the socket: %v", err)
	}
	if _, err := NewClient(r.socket).Status(t.Context()); err != nil {
		t.Errorf("the first server after the attempt: %v", err)
	}
}

func TestOtherFilesAreLeftAlone(t *testing.T) {
	path := filepath.Join(socketDir(t), "futago.sock")
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := listen(path, -1); err == nil || !strings.Contains(err.Error(), "is no socket") {
		t.Errorf("listen over a file: %v", err)
	}
	if got, err := os.ReadFile(path); string(got) != "precious" || err != nil {
		t.Errorf("the file is now %q, %v", got, err)
	}
}

func TestPathTooLong(t *testing.T) {
	path := filepath.Join(socketDir(t), strings.Repeat("x", 120), "futago.sock")
	if _, err := listen(path, -1); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("listen: %v, want an error naming the path", err)
	}
}

func TestCloseRemovesOnlyItsOwnSocket(t *testing.T) {
	path := filepath.Join(socketDir(t), "futago.sock")
	first := mustListen(t, path, -1)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	second := mustListen(t, path, -1)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(path); err != nil {
		t.Errorf("closing the first removed the second's socket: %v", err)
	}
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("closing the second left its socket: %v", err)
	}
}

// Of many that start at once exactly one serves.
func TestManyStartAtOnce(t *testing.T) {
	path := filepath.Join(socketDir(t), "futago.sock")
	var wg sync.WaitGroup
	won := make(chan *listener, 16)
	for range cap(won) {
		wg.Go(func() {
			if l, err := listen(path, -1); err == nil {
				won <- l
			}
		})
	}
	wg.Wait()
	close(won)
	n := 0
	for l := range won {
		n++
		_ = l.Close()
	}
	if n != 1 {
		t.Errorf("%d servers started, want 1", n)
	}
}

func TestSocketIsGoneAfterRun(t *testing.T) {
	r := start(t, newStandIn())
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(filepath.Dir(r.socket))
	if err != nil || len(entries) != 0 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
	if _, err := NewClient(r.socket).Status(context.Background()); !errors.Is(err, ErrNotRunning) {
		t.Errorf("asking afterwards: %v, want %v", err, ErrNotRunning)
	}
}

func TestUnknownGroupMeansRootOnly(t *testing.T) {
	if gid, err := lookupGroup("no-such-group-here"); gid != -1 || err != nil {
		t.Errorf("lookupGroup: %d, %v", gid, err)
	}
	if gid, err := lookupGroup(testGroup); gid != testGroupGID || err != nil {
		t.Errorf("lookupGroup(%s): %d, %v", testGroup, gid, err)
	}
}
