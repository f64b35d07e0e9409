package cli

import (
	"os"
	"runtime/debug"
)

// gcPercent lets the heap grow by a fifth before it is collected. What lives in it is 1 to 2 MB and grows by 0.2 MB/s, so
// the collector runs every few seconds, where Go's 100 would let the smallest heap be 4 MB (runtime/debug.SetGCPercent).
const gcPercent = 20

// frugal is called once by what runs for months: it keeps memory small, and gives back what only the start has needed.
// An operator's GOGC is respected.
func frugal() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	debug.FreeOSMemory()
}
