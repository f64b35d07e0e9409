package logind

import (
	"context"
	"log/slog"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestRebootAndPowerOff(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	bus, _ := privateBus(t)
	if err := bus.Reboot(t.Context(), false); err == nil || !strings.Contains(err.Error(), "ask logind for Reboot") {
		t.Errorf("a bus without logind: %v", err)
	}
	s := newStandIn(t, bus)
	for off, want := range map[bool]string{false: "Reboot", true: "PowerOff"} {
		if err := bus.Reboot(t.Context(), off); err != nil {
			t.Fatal(err)
		}
		if got := <-s.asked; got != want {
			t.Errorf("logind was asked for %s, want %s", got, want)
		}
	}
	s.mu.Lock()
	s.refuse = true
	s.mu.Unlock()
	if err := bus.Reboot(t.Context(), true); err == nil || !strings.Contains(err.Error(), "authentication required") {
		t.Errorf("a refusal came back as %v", err)
	}
	_ = s.conn.Close()
}

func TestNoBus(t *testing.T) {
	bus := Bus("unix:path=" + filepath.Join(t.TempDir(), "none"))
	if err := bus.Reboot(t.Context(), false); err == nil || !strings.Contains(err.Error(), "system bus") {
		t.Errorf("no bus: %v", err)
	}
}

// running is a watch that runs until the test ends.
func running(t *testing.T, bus Bus) *Watch {
	t.Helper()
	w := NewWatch(bus, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.lock != nil {
			t.Error("the lock outlived the watch")
		}
	})
	return w
}

// next gives up where a test would otherwise hang for ever.
func next[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(time.Minute):
		t.Fatal("nothing came within a minute")
		panic("unreachable")
	}
}

// TestShutdownWaits: the lock is held from the start to LetGo, and again after a
// shutdown that was called off.
func TestShutdownWaits(t *testing.T) {
	bus, _ := privateBus(t)
	s := newStandIn(t, bus)
	w := running(t, bus)
	if got := next(t, s.asked); got != "shutdown futago delay" {
		t.Fatalf("took the lock %q", got)
	}
	s.announce(true)
	if !next(t, w.Announced()) {
		t.Fatal("a shutdown was announced as called off")
	}
	if !s.held() {
		t.Fatal("the shutdown was not held up")
	}
	w.LetGo()
	if s.held() {
		t.Fatal("the shutdown is held up still")
	}
	w.LetGo() // once is enough, twice no harm
	s.announce(false)
	if next(t, w.Announced()) {
		t.Fatal("a shutdown that was called off was announced as one that begins")
	}
	if got := next(t, s.asked); got != "shutdown futago delay" {
		t.Fatalf("took the lock %q", got)
	}
	s.announce(true)
	next(t, w.Announced())
	if !s.held() {
		t.Fatal("the next shutdown was not held up")
	}
}

// TestLogindComesLater: the watch finds a logind that was not there, and a slow
// reader loses announcements and nothing else.
func TestLogindComesLater(t *testing.T) {
	bus, _ := privateBus(t)
	w := running(t, bus)
	s := newStandIn(t, bus)
	next(t, s.asked)
	for range 3 * cap(w.heard) {
		s.announce(true)
	}
	w.LetGo()
	s.announce(false)
	next(t, s.asked) // it was taken, so all before it were
	if len(w.heard) != cap(w.heard) {
		t.Errorf("%d announcements wait, want %d", len(w.heard), cap(w.heard))
	}
}

// TestBusGoes: with the bus the lock is gone, and the watch ends well.
func TestBusGoes(t *testing.T) {
	bus, daemon := privateBus(t)
	s := newStandIn(t, bus)
	w := running(t, bus)
	next(t, s.asked)
	s.announce(true)
	next(t, w.Announced())
	if err := daemon.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for s.held() { // gives up with the test's own limit
		runtime.Gosched()
	}
}
