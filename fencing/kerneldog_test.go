package fencing_test

import (
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/futago-ha/futago/fencing"
)

// dogPipe is a FIFO in the place of the device: what was written in one opening
// is what a driver would have got.
func dogPipe(t *testing.T) (path string, driver *os.File) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "watchdog")
	check(t, unix.Mkfifo(path, 0o600))
	driver, err := os.OpenFile(path, os.O_RDWR, 0) // so that neither end waits for the other
	check(t, err)
	t.Cleanup(func() { _ = driver.Close() })
	return path, driver
}

func got(t *testing.T, driver *os.File, n int) string {
	t.Helper()
	check(t, driver.SetReadDeadline(time.Now().Add(10*time.Second)))
	b := make([]byte, n)
	_, err := io.ReadFull(driver, b)
	check(t, err)
	return string(b)
}

func TestKernelWatchdogIsFedAndStopped(t *testing.T) {
	path, driver := dogPipe(t)
	k := fencing.NewKernelWatchdog(path)
	check(t, k.Close(true)) // never opened: never started, nothing to stop
	for range 3 {
		check(t, k.Feed(true))
	}
	if s := got(t, driver, 3); s != "\x00\x00\x00" {
		t.Errorf("fed with %q", s)
	}
	check(t, k.Close(true))
	if s := got(t, driver, 1); s != "V" {
		t.Errorf("a wanted stop wrote %q, want the magic V", s)
	}
}

// An unwanted end leaves the watchdog running, and the next daemon feeds it on.
func TestKernelWatchdogGoesOnWithoutTheMagic(t *testing.T) {
	path, driver := dogPipe(t)
	k := fencing.NewKernelWatchdog(path)
	check(t, k.Feed(true))
	check(t, k.Close(false))
	check(t, k.Feed(false))
	if s := got(t, driver, 2); s != "\x00\x00" {
		t.Errorf("the driver got %q: it was stopped", s)
	}
}

func TestKernelWatchdogThatIsNotThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none")
	k := fencing.NewKernelWatchdog(path)
	if err := k.Feed(true); err == nil {
		t.Error("a device that is not there was fed")
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("it was created")
	}
}
