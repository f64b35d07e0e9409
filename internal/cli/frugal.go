package cli

import (
	"os"
	"runtime"
	"runtime/debug"
)

// gcPercent lets the heap grow by a fifth before it is collected. What lives in it is 1 to 2 MB and grows by 0.2 MB/s, so
// the collector runs every few seconds, where Go's 100 would let the smallest heap be 4 MB (runtime/debug.SetGCPercent).
const gcPercent = 20

// processors is what Go code runs on at a time. The daemon works for 100 us some eighty times a second; with more than one
// each time wakes a second thread that finds nothing to do, which took as much as the work itself (1.3 % of a core, not
// 0.8). A call that hangs in the kernel keeps its thread and not the processor: the runtime hands that on within 10 ms.
const processors = 1

// frugal is called once by what runs for months: it keeps memory and processor time small, and gives back what only the
// start has needed. An operator's GOGC and GOMAXPROCS are respected.
func frugal() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(processors)
	}
	debug.FreeOSMemory()
}
