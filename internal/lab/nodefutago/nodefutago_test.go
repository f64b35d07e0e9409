package nodefutago

import (
	"os"
	"path/filepath"
	"testing"
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
