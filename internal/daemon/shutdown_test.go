package daemon

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/futago-ha/futago/internal/logind"
	"go.uber.org/goleak"
)

// announcer is what announces shutdowns, in the hands of a test.
type announcer struct {
	announced chan bool
	letGo     chan struct{}
}

func (a *announcer) Run(ctx context.Context) error { <-ctx.Done(); return nil }
func (a *announcer) Announced() <-chan bool        { return a.announced }
func (a *announcer) LetGo()                        { a.letGo <- struct{}{} }

// TestAnnouncedShutdownIsLetGo: a node that serves nothing holds nobody up.
func TestAnnouncedShutdownIsLetGo(t *testing.T) {
	defer goleak.VerifyNone(t)
	a := &announcer{announced: make(chan bool), letGo: make(chan struct{}, 4)}
	opts := testOptions(t)
	opts.Shutdowns = a
	d, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	for _, begins := range []bool{true, false, true} {
		select {
		case a.announced <- begins:
		case <-time.After(stepLimit):
			t.Fatal("nobody hears the announcement")
		}
		if !begins {
			continue
		}
		select {
		case <-a.letGo:
		case <-time.After(stepLimit):
			t.Fatal("the shutdown is held up")
		}
	}
	cancel()
	ended(t, done)
}

// TestRebootFallsBack: where logind does not answer systemd is asked; where
// neither does, both say why.
func TestRebootFallsBack(t *testing.T) {
	dir := t.TempDir()
	said := filepath.Join(dir, "said")
	script := "#!/bin/sh\necho \"$@\" >>" + said + "\n"
	if err := os.WriteFile(filepath.Join(dir, "systemctl"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	m := Machine{Logind: logind.Bus("unix:path=" + filepath.Join(dir, "no-bus"))}
	if err := errors.Join(m.Reboot(false), m.Reboot(true), Machine{}.Reboot(false)); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(said)
	if err != nil || string(got) != "--no-block reboot\n--no-block poweroff\n--no-block reboot\n" {
		t.Errorf("systemctl was told %q, %v", got, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "systemctl"), []byte("#!/bin/sh\necho no >&2; exit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := m.Reboot(false); err == nil || !strings.Contains(err.Error(), "system bus") || !strings.Contains(err.Error(), "systemctl reboot") {
		t.Errorf("nobody rebooted: %v", err)
	}
}
