package daemon

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/futago-ha/futago/fencing"
	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/scheduler"
	"go.uber.org/goleak"
)

func TestFeederIsStoppedAndMonitorWarnedOf(t *testing.T) {
	s := well(t, 0, clock("14:03:20.0"))
	d := s.d
	d.fromVendor(vendorSeen{monitor: true, feeder: true})
	entries, err := d.journal.read(10)
	if err != nil {
		t.Fatal(err)
	}
	codes := []string{}
	for _, e := range entries {
		codes = append(codes, e.Code)
	}
	if !slices.Contains(codes, codeMonitor) || !slices.Contains(codes, codeFeeder) {
		t.Errorf("the journal has %v", codes)
	}
	st := s.status()
	if st.Level != control.LevelDegraded || st.Code != codeMonitor || st.Do == nil || !strings.Contains(st.Do.Steps[0], "disable --now sleepi3-monitor on "+one) {
		t.Errorf("with a monitor: %s %s %v, do %+v", st.Level, st.Code, st.Headline, st.Do)
	}
	d.fromVendor(vendorSeen{monitor: true})
	if again, err := d.journal.read(10); err != nil || len(again) != len(entries) {
		t.Errorf("it is said again: %d entries, then %d, %v", len(entries), len(again), err)
	}
	d.fromVendor(vendorSeen{})
	if st := s.status(); st.Level != control.LevelOK {
		t.Errorf("without it: %s %s", st.Level, st.Code)
	}
	d.fromVendor(vendorSeen{feeder: true, err: errors.New("not allowed")})
	if e := d.journal.last; e == nil || e.Code != codeFeeder || e.Level != control.EntryWarning || e.Do == "" {
		t.Errorf("a feeder that cannot be stopped: %+v", e)
	}
}

func TestFeederIsHandedBackAfterAWantedStop(t *testing.T) {
	for name, c := range map[string]struct {
		how     scheduler.StopRequested
		exited  bool
		stopped bool // by this daemon
		enabled bool
		want    bool
	}{
		"a stop":                                 {exited: true, stopped: true, want: true},
		"a stop after a daemon that was killed":  {exited: true, enabled: true, want: true},
		"a stop where the maker's is not wanted": {exited: true},
		"a restart":                              {exited: true, stopped: true, enabled: true, how: scheduler.StopRequested{Restart: true}},
		"a reboot":                               {exited: true, stopped: true, enabled: true, how: scheduler.StopRequested{Reboot: true}},
		"a daemon that failed":                   {stopped: true, enabled: true},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDaemon(t)
			system := testSystem{asked: make(chan string, 4), services: map[string]bool{feederUnit + " enabled": c.enabled}}
			d.opts.System, d.exited, d.how, d.known.feederStopped = system, c.exited, c.how, c.stopped
			d.handBack()
			close(system.asked)
			if got := <-system.asked; (got == "start "+feederUnit) != c.want {
				t.Errorf("asked systemd to %q, want a start: %t", got, c.want)
			}
		})
	}
}

// TestWatchdogSwitchedOnIsLeftToNobody: where no feeder is there to take over, a
// watchdog that this daemon switched on would reset the Pi.
func TestWatchdogSwitchedOnIsLeftToNobody(t *testing.T) {
	for name, c := range map[string]struct {
		switched int
		how      scheduler.StopRequested
		enabled  bool
		want     time.Duration
	}{
		"switched on":              {switched: 1},
		"found on":                 {want: time.Minute},
		"the maker's feeder takes": {switched: 1, enabled: true, want: time.Minute},
		"a restart":                {switched: 1, how: scheduler.StopRequested{Restart: true}, want: time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDaemon(t)
			if err := d.dev.SetWatchdogTimeout(time.Minute); err != nil {
				t.Fatal(err)
			}
			d.opts.System = testSystem{asked: make(chan string, 4), services: map[string]bool{feederUnit + " enabled": c.enabled}}
			d.exited, d.how, d.known.board.Health.SwitchedOn = true, c.how, c.switched
			d.handBack()
			if got, err := d.dev.WatchdogTimeout(); err != nil || got != c.want {
				t.Errorf("the watchdog is left at %s, %v; want %s", got, err, c.want)
			}
		})
	}
}

// device puts a FIFO where the kernel's watchdog would be.
func device(t *testing.T) (path string, read func(n int) string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "watchdog")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	driver, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = driver.Close() })
	return path, func(n int) string {
		b := make([]byte, n)
		if err := driver.SetReadDeadline(time.Now().Add(stepLimit)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(driver, b); err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
}

// TestWatchdogDeviceIsFedByTheLoop runs a whole daemon; what it leaves when
// nobody asked it to end is a watchdog that goes on.
func TestWatchdogDeviceIsFedByTheLoop(t *testing.T) {
	defer goleak.VerifyNone(t)
	path, read := device(t)
	_, cancel, done := runningWith(t, func(o *Options) { o.Config.Fence.WatchdogDevice = path })
	if s := read(3); s != "\x00\x00\x00" {
		t.Errorf("fed with %q", s)
	}
	cancel()
	ended(t, done)
	next := fencing.NewKernelWatchdog(path)
	if err := errors.Join(next.Feed(true), next.Close(true)); err != nil {
		t.Fatal(err)
	}
	s := ""
	for !strings.HasSuffix(s, "V") { // the next one's: no V before
		s += read(1)
	}
	if !strings.HasSuffix(s, "\x00V") || strings.Count(s, "V") != 1 {
		t.Errorf("the driver got %q: the first daemon stopped it", s)
	}
}

func TestWatchdogDeviceIsStoppedAfterAWantedStop(t *testing.T) {
	for name, c := range map[string]struct {
		how    scheduler.StopRequested
		exited bool
		want   string
	}{
		"a stop":    {exited: true, want: "\x00V"},
		"a reboot":  {exited: true, how: scheduler.StopRequested{Reboot: true}, want: "\x00V"},
		"a restart": {exited: true, how: scheduler.StopRequested{Restart: true}, want: "\x00\x00"},
		"a failure": {want: "\x00\x00"},
	} {
		t.Run(name, func(t *testing.T) {
			path, read := device(t)
			d := newDaemon(t)
			d.device, d.exited, d.how = fencing.NewKernelWatchdog(path), c.exited, c.how
			if err := d.device.Feed(true); err != nil {
				t.Fatal(err)
			}
			d.quitWatchdogs()
			next := fencing.NewKernelWatchdog(path)
			if err := errors.Join(next.Feed(true), next.Close(false)); err != nil {
				t.Fatal(err)
			}
			if got := read(2); got != c.want {
				t.Errorf("the driver got %q, want %q", got, c.want)
			}
		})
	}
}

func TestKernelWatchdogMakesThePairWhole(t *testing.T) {
	s := well(t, 0, clock("14:03:20.0"))
	s.d.known.board.Health.Watchdog = "unfed"
	if st := s.status(); st.Code != codeWatchdog {
		t.Errorf("nothing feeds: code %q", st.Code)
	}
	s.d.kernelDog = fedHeartbeat(t)
	if st := s.status(); st.Level != control.LevelOK {
		t.Errorf("the kernel's watchdog is fed: %s %s", st.Level, st.Code)
	}
}

// fedHeartbeat is one that was just beaten.
func fedHeartbeat(t *testing.T) *fencing.Heartbeat {
	t.Helper()
	moved := make(chan struct{})
	moves := 0
	h := fencing.NewHeartbeat(func(bool) error {
		if moves++; moves == 2 { // the first may be none
			close(moved)
		}
		return nil
	})
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan error, 1)
	go func() { over <- h.Run(ctx) }()
	h.Beat()
	select {
	case <-moved:
	case <-time.After(stepLimit):
		t.Fatal("no beat")
	}
	cancel()
	if err := <-over; err != nil {
		t.Fatal(err)
	}
	return h
}
