package sim

import (
	"os"
	"strings"
	"testing"
)

// TestFront is the front until futago-lab has it: FUTAGO_SIM="-seeds 100".
func TestFront(t *testing.T) {
	args := os.Getenv("FUTAGO_SIM")
	if args == "" {
		t.Skip("set FUTAGO_SIM to the arguments")
	}
	if code := Main(strings.Fields(args), os.Stdout); code != 0 {
		t.Fatalf("exit %d", code)
	}
}
