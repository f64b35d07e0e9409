package nodefutago

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

func TestResetWritesToTheNodesTrigger(t *testing.T) {
	trigger := filepath.Join(t.TempDir(), "sysrq-trigger")
	if err := os.WriteFile(trigger, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := (system{reset: trigger}).Reset(); err != nil {
		t.Fatal(err)
	}
	if said, err := os.ReadFile(trigger); err != nil || string(said) != "b" {
		t.Errorf("the trigger got %q, %v", said, err)
	}
	if err := (system{reset: filepath.Join(trigger, "none")}).Reset(); err == nil {
		t.Error("a reset that did not happen was no error")
	}
}

// Outside of a node there is no board, and nothing else is opened in its place.
func TestNoBusOutsideOfANode(t *testing.T) {
	if _, err := os.Stat("/run/lab/bus.sock"); err == nil {
		t.Skip("SKIPPED: this machine is a node of a lab")
	}
	if bus, err := machine("", "").OpenBus(1); err == nil {
		t.Errorf("opened %v", bus)
	}
	if code := Main("", "", []string{"nonsense"}); code != 2 {
		t.Errorf("a command that does not exist ended with %d", code)
	}
}

// A node of the lab must never reach the logind of the machine below, which would reboot that; only who says so has one.
func TestLogindOnlyWhereOneIs(t *testing.T) {
	for _, c := range []struct {
		args []string
		slow time.Duration
		asks bool
	}{
		{[]string{"daemon"}, 0, false},
		{[]string{SlowDisk(time.Second), "daemon"}, time.Second, false},
		{[]string{SlowDisk(time.Second), WithLogind, "daemon"}, time.Second, true},
		{[]string{WithLogind, "daemon"}, 0, true},
	} {
		m := machine("", "")
		rest, err := change(&m, c.args)
		if err != nil || !slices.Equal(rest, []string{"daemon"}) || m.SlowDisk != c.slow {
			t.Errorf("%q: left %q, a disk slower by %s, %v", c.args, rest, m.SlowDisk, err)
		}
		if asks := m.System.(system).Logind != nil; asks != c.asks || (m.Shutdowns != nil) != c.asks {
			t.Errorf("%q: asks logind %t, hears it %t", c.args, asks, m.Shutdowns != nil)
		}
	}
	if code := Main("", "", []string{slowDisk + "soon", "daemon"}); code != 2 {
		t.Errorf("a disk that is slow by nonsense ended with %d", code)
	}
}
