package cli

import (
	"runtime/debug"
	"testing"
)

func TestFrugalRespectsGOGC(t *testing.T) {
	before := debug.SetGCPercent(77)
	defer debug.SetGCPercent(before)
	t.Setenv("GOGC", "300")
	frugal()
	if got := debug.SetGCPercent(77); got != 77 {
		t.Errorf("with GOGC set the percentage became %d", got)
	}
	t.Setenv("GOGC", "")
	frugal()
	if got := debug.SetGCPercent(77); got != gcPercent {
		t.Errorf("without GOGC the percentage is %d, want %d", got, gcPercent)
	}
}
