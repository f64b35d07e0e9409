package daemon

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/futago-ha/futago/scheduler"
)

// childHangs is of a script: it hangs in a child, which a kill does not reach and
// which keeps the output open.
const childHangs = `
	sleep 600 &
	echo $! >"$0.child"
	wait
`

// installSystemctl puts a script of that name first in PATH, and ends its child.
func installSystemctl(t *testing.T, script string) {
	t.Helper()
	dir := t.TempDir()
	t.Cleanup(func() {
		text, err := os.ReadFile(filepath.Join(dir, "systemctl.child"))
		pid, notNumber := strconv.Atoi(strings.TrimSpace(string(text)))
		if err := errors.Join(err, notNumber); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Errorf("the child that was to outlive systemctl: %v", err)
		}
	})
	if err := os.WriteFile(filepath.Join(dir, "systemctl"), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
}

// inTime runs do and fails if it took longer than a question to systemd may. It
// waits for do no longer than that either: a hang is told, not joined.
func inTime(t *testing.T, what string, do func() error) error {
	t.Helper()
	const slack = 3 * time.Second // a machine that carries other tests
	ended := make(chan error, 1)
	go func() { ended <- do() }()
	select {
	case err := <-ended:
		return err
	case <-time.After(systemctlMost + slack):
		t.Fatalf("%s has not ended after %s", what, systemctlMost+slack)
		panic("unreachable")
	}
}

// TestHungSystemctl: a systemctl that hangs, and one that was killed but left its
// output to a child that hangs, hold nobody up for longer than a question may take.
func TestHungSystemctl(t *testing.T) {
	installSystemctl(t, `case "$2" in reboot)`+childHangs+`;; esac
exec sleep 600
`)
	off := make(chan error, 1)
	go func() { off <- Machine{}.Reboot(true) }()
	for verb, err := range map[string]error{
		"reboot":   inTime(t, "reboot", func() error { return Machine{}.Reboot(false) }),
		"poweroff": inTime(t, "power-off", func() error { return <-off }),
	} {
		if err == nil || !strings.Contains(err.Error(), "systemctl "+verb+": no answer within 5s") {
			t.Errorf("%s by a systemctl that hangs: %v", verb, err)
		}
	}
}

// TestSystemctlOnDeadCard: its file lies where nothing is ever read, so that not
// even its start comes back, and there is nothing to kill.
func TestSystemctlOnDeadCard(t *testing.T) {
	t.Setenv("PATH", deadCard(t))
	if err := inTime(t, "reboot", func() error { return Machine{}.Reboot(false) }); !errors.Is(err, errSystemctlHangs) {
		t.Errorf("a reboot by it: %v", err)
	}
}

// deadCard is a directory in which every look hangs: a file system in user space
// that answers nothing. It is mounted for the calling goroutine's thread alone, and
// named so that others see it.
func deadCard(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		if os.Getenv("CI") != "" {
			t.Fatal("mounting a file system needs root, and CI is set")
		}
		t.Skip("SKIPPED: mounting a file system needs root")
	}
	fuse, err := os.OpenFile("/dev/fuse", os.O_RDWR, 0)
	if err != nil {
		t.Skip("SKIPPED: " + err.Error())
	}
	dir := t.TempDir()
	runtime.LockOSThread() // and never unlock
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("none", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		t.Fatal(err)
	}
	options := fmt.Sprintf("fd=%d,rootmode=40000,user_id=0,group_id=0", fuse.Fd())
	if err := unix.Mount("futago-test", dir, "fuse", 0, options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // whoever hangs there is let go, before TempDir removes the mount point
		if err := errors.Join(fuse.Close(), unix.Unmount(dir, unix.MNT_DETACH)); err != nil {
			t.Error(err)
		}
	})
	return fmt.Sprintf("/proc/%d/task/%d/root%s", os.Getpid(), unix.Gettid(), dir)
}

// hungMachine reboots as a real node without logind does, and is a test's otherwise.
type hungMachine struct{ System }

func (hungMachine) Reboot(off bool) error { return Machine{}.Reboot(off) }

// TestHungSystemctlHoldsNoLoop: what follows the order to reboot is done in time,
// though neither logind nor systemctl answers.
func TestHungSystemctlHoldsNoLoop(t *testing.T) {
	installSystemctl(t, childHangs)
	d := newDaemon(t)
	d.opts.System = hungMachine{d.opts.System}
	way := []scheduler.Action{scheduler.Reboot{}, scheduler.Exit{}}
	if err := inTime(t, "the way out", func() error { return d.carryOut(way) }); err != nil || !d.exited {
		t.Errorf("the daemon exits %t, %v", d.exited, err)
	}
}
