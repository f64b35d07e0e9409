package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	RunChild()
	if dir := os.Getenv(victimEnv); dir != "" {
		runVictim(dir)
		return
	}
	goleak.VerifyTestMain(m)
}

// stepLimit is when a test gives up waiting for something.
const stepLimit = 30 * time.Second

var labCount atomic.Int32

// needRoot skips where the machine cannot carry a lab, but never in CI: there
// a test that does not run is a failure.
func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() == 0 {
		return
	}
	if os.Getenv("CI") != "" {
		t.Fatal("the lab's tests need root, and CI is set")
	}
	t.Skip("SKIPPED: the lab's tests need root")
}

// startLab runs a lab in the test's own directories and takes it down, and
// looks for what it left, at the test's end.
func startLab(t *testing.T, o Options) *Lab {
	t.Helper()
	needRoot(t)
	o.Name = fmt.Sprintf("t%d-%d", os.Getpid(), labCount.Add(1))
	o.RunDir = shortTempDir(t)
	if o.DiskDir == "" {
		o.DiskDir = shortTempDir(t)
	}
	if o.BootDelay == 0 {
		o.BootDelay = 100 * time.Millisecond
	}
	l, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() { result <- l.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-result; err != nil {
			t.Errorf("the lab ended with: %v", err)
		}
		checkNothingLeft(t, l)
		if t.Failed() {
			t.Logf("lab %s was in %s", o.Name, o.DiskDir)
		}
	})
	select {
	case <-l.Ready():
	case err := <-result:
		result <- err
		t.Fatalf("the lab did not start: %v", err)
	}
	return l
}

// shortTempDir is like t.TempDir with a path short enough for a socket in it.
func shortTempDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "ftlab")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// checkNothingLeft looks for processes, mounts, groups and files of a lab
// that has ended.
func checkNothingLeft(t *testing.T, l *Lab) {
	t.Helper()
	o := l.opts
	for _, dir := range []string{o.runDir(), o.diskDir()} {
		if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) && !o.KeepDisks {
			t.Errorf("%s is left: %v", dir, err)
		}
	}
	for _, mount := range append([]string{l.cgroups.unified}, l.cgroups.legacy...) {
		if _, err := os.Stat(mount + "/" + o.cgroupName()); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("control group %s/%s is left: %v", mount, o.cgroupName(), err)
		}
	}
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(mounts), o.DiskDir) {
		t.Errorf("mounts are left:\n%s", mounts)
	}
	if pids := processesOf(t, o.DiskDir); len(pids) > 0 {
		t.Errorf("processes are left: %v", pids)
	}
}

// processesOf lists the processes whose mounts name dir: those on a node of
// a lab there.
func processesOf(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	var pids []string
	for _, e := range entries {
		// A process may end while we look.
		data, err := os.ReadFile("/proc/" + e.Name() + "/mountinfo")
		if err == nil && strings.Contains(string(data), dir) {
			pids = append(pids, e.Name())
		}
	}
	return pids
}

// limited returns a context for one step of a test.
func limited(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), stepLimit)
	t.Cleanup(cancel)
	return ctx
}

// mustExec runs a command on a node and returns its output without the end.
func mustExec(t *testing.T, l *Lab, node int, argv ...string) string {
	t.Helper()
	out, err := l.Exec(limited(t), node, argv...)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(out)
}

// powerUp gives both nodes power and waits until they are up.
func powerUp(t *testing.T, l *Lab) {
	t.Helper()
	l.PowerOn(0)
	l.PowerOn(1)
	for i := range 2 {
		if _, err := l.WaitUp(limited(t), i); err != nil {
			console, _ := os.ReadFile(disk{l.opts.nodeDir(i)}.console())
			t.Fatalf("%v\n%s", err, console)
		}
	}
}

// endNode runs a command that ends the node, and so perhaps itself before it
// is done: what it did shows in the node's phase only.
func endNode(t *testing.T, l *Lab, node int, argv ...string) {
	t.Helper()
	if _, err := l.Exec(limited(t), node, argv...); err != nil {
		t.Logf("%q ended with its node: %v", argv, err)
	}
}
