package membership

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// cpuTime is what all threads of a child have used so far. The scheduler's own
// account is exact; proc_pid_stat(5) samples and misjudges short work.
func cpuTime(t testing.TB, k *child) time.Duration {
	t.Helper()
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", k.process.Pid))
	if err != nil || len(threads) == 0 {
		t.Fatalf("no threads of %d: %v", k.process.Pid, err)
	}
	var sum time.Duration
	for _, thread := range threads {
		raw, err := os.ReadFile(thread)
		if err != nil {
			continue // the thread ended meanwhile
		}
		var used int64
		if _, err := fmt.Sscan(string(raw), &used); err != nil {
			t.Fatal(err)
		}
		sum += time.Duration(used)
	}
	return sum
}
