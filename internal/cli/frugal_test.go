package cli

import (
	"runtime"
	"runtime/debug"
	"testing"
)

func TestFrugal(t *testing.T) {
	percent, cores := debug.SetGCPercent(77), runtime.GOMAXPROCS(2)
	defer func() { debug.SetGCPercent(percent); runtime.GOMAXPROCS(cores) }()
	for _, c := range []struct {
		name, gogc, gomaxprocs   string
		wantPercent, wantThreads int
	}{
		{"an operator's own", "300", "4", 77, 2},
		{"nothing set", "", "", gcPercent, processors},
	} {
		t.Setenv("GOGC", c.gogc)
		t.Setenv("GOMAXPROCS", c.gomaxprocs)
		frugal()
		if got := debug.SetGCPercent(77); got != c.wantPercent {
			t.Errorf("%s: the collector's percentage is %d, want %d", c.name, got, c.wantPercent)
		}
		if got := runtime.GOMAXPROCS(2); got != c.wantThreads {
			t.Errorf("%s: GOMAXPROCS is %d, want %d", c.name, got, c.wantThreads)
		}
	}
}
