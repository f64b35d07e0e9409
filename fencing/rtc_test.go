package fencing_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/futago-ha/futago/fencing"
)

// clocks is a sysfs with those clocks, by their names; each has an alarm.
func clocks(t *testing.T, names ...string) string {
	t.Helper()
	class := t.TempDir()
	for i, name := range names {
		dir := filepath.Join(class, "rtc"+string(rune('0'+i)))
		check(t, os.Mkdir(dir, 0o755))
		check(t, os.WriteFile(filepath.Join(dir, "name"), []byte(name+"\n"), 0o644))
		check(t, os.WriteFile(filepath.Join(dir, "wakealarm"), nil, 0o644))
	}
	return class
}

func TestRTCOfTheBoardIsFound(t *testing.T) {
	class := clocks(t, "rpi-rtc soc:rpi_rtc", "rtc-ds1307 1-006f")
	clock, err := fencing.FindRTC(class)
	check(t, err)
	check(t, clock.Clear())
	for dir, want := range map[string]string{"rtc0": "", "rtc1": "0\n"} {
		if b, err := os.ReadFile(filepath.Join(class, dir, "wakealarm")); string(b) != want || err != nil {
			t.Errorf("%s has %q, want %q, %v", dir, b, want, err)
		}
	}
	for _, names := range [][]string{nil, {"rpi-rtc soc:rpi_rtc"}} {
		if _, err := fencing.FindRTC(clocks(t, names...)); !errors.Is(err, fencing.ErrNoRTC) {
			t.Errorf("clocks %q: %v", names, err)
		}
	}
}

// The kernel takes one value per write and refuses to move an alarm that stands,
// so it is cleared first; a FIFO shows the writes in their order.
func TestRTCAlarmIsClearedBeforeItIsSet(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "wakealarm")
	check(t, unix.Mkfifo(path, 0o600))
	kernel, err := os.OpenFile(path, os.O_RDWR, 0)
	check(t, err)
	defer func() { _ = kernel.Close() }()
	clock := fencing.NewRTC(dir)
	check(t, clock.Set(15*time.Minute))
	if s := got(t, kernel, len("0\n+900\n")); s != "0\n+900\n" {
		t.Errorf("wrote %q", s)
	}
	if err := clock.Set(time.Millisecond); err == nil {
		t.Error("an alarm at once was set")
	}
}

func TestRTCWithoutAnAlarm(t *testing.T) {
	clock := fencing.NewRTC(t.TempDir())
	if err := clock.Set(time.Minute); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a clock without an alarm: %v", err)
	}
}
