package bench

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/futago-ha/futago/internal/lab"
)

const (
	idleTimes = 3                // measured one after another
	restFor   = 20 * time.Second // after the pair became well, before it counts as idle
)

// usage is what daemon and guard of one node have used so far.
type usage struct {
	ticks     int // of 10 ms, user and system time since they started
	anonymous int // bytes in memory that are no file's
	file      int // and that are, a page that n processes map counted 1/n in each
}

// idle lets the pair do nothing, without a client, and reads what it costs.
func idle(ctx context.Context, p *pair, o Options, s sheet) error {
	if err := p.quiet(); err != nil {
		return err
	}
	if err := stand(ctx, restFor); err != nil {
		return err
	}
	var alone []float64
	for range idleTimes {
		used, err := idleOnce(ctx, p, o.Idle, s)
		if err != nil {
			return err
		}
		for _, u := range used {
			s.add(figMemory, megabytes(u.anonymous+u.file))
			// Had the other node a machine of its own, all pages of the program
			// would be this one's.
			alone = append(alone, megabytes(u.anonymous+used[0].file+used[1].file))
		}
	}
	s.note(figCPU, fmt.Sprintf("Each of the times lasted %s.", o.Idle))
	s.note(figMemory, fmt.Sprintf("A node that does not share these pages with the other one is charged with %s MB (median); "+
		"the difference is program text, which the kernel drops when it needs the memory.", amount(summarize(alone).median)))
	return nil
}

// idleOnce adds the processor's share and returns what both nodes use at the end.
func idleOnce(ctx context.Context, p *pair, lasts time.Duration, s sheet) ([2]usage, error) {
	var before, after [2]usage
	var from [2]time.Time
	var err error
	for i := range before {
		from[i] = time.Now()
		if before[i], err = p.usage(ctx, i); err != nil {
			return after, err
		}
	}
	if err := stand(ctx, lasts); err != nil {
		return after, err
	}
	for i := range after {
		elapsed := time.Since(from[i])
		if after[i], err = p.usage(ctx, i); err != nil {
			return after, err
		}
		s.add(figCPU, cpuShare(after[i].ticks-before[i].ticks, elapsed))
	}
	return after, nil
}

func megabytes(n int) float64 { return float64(n) / 1e6 }

// cpuShare is in percent of one core. The kernel counts in ticks of 10 ms to
// programs (USER_HZ, time(7)).
func cpuShare(ticks int, elapsed time.Duration) float64 {
	return 100 * float64(ticks) * 10 / float64(elapsed.Milliseconds())
}

// usage sums up daemon and guard of a node: the guard is the daemon's only
// child.
func (p *pair) usage(ctx context.Context, node int) (usage, error) {
	daemon := p.lab.Status().Nodes[node].Units[lab.DaemonUnit].PID
	guard, err := p.lab.Exec(ctx, node, "pgrep", "-P", strconv.Itoa(daemon))
	if err != nil {
		return usage{}, fmt.Errorf("find the guard: %w", err)
	}
	var sum usage
	for _, pid := range append(strings.Fields(guard), strconv.Itoa(daemon)) {
		out, err := p.lab.Exec(ctx, node, "cat", "/proc/"+pid+"/stat", "/proc/"+pid+"/smaps_rollup")
		if err != nil {
			return usage{}, err
		}
		u, err := readUsage(out)
		if err != nil {
			return usage{}, fmt.Errorf("process %s of %s: %w", pid, p.name(node), err)
		}
		sum.ticks, sum.anonymous, sum.file = sum.ticks+u.ticks, sum.anonymous+u.anonymous, sum.file+u.file
	}
	return sum, nil
}

// readUsage reads /proc/PID/stat and, after it, smaps_rollup (proc(5)).
func readUsage(text string) (usage, error) {
	var u usage
	stat, rollup, _ := strings.Cut(text, "\n")
	// The second field is the program's name, which may contain anything.
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	if len(fields) < 13 {
		return u, fmt.Errorf("/proc/PID/stat has %d fields after the name", len(fields))
	}
	for _, field := range fields[11:13] { // utime and stime: 14 and 15 of all
		n, err := strconv.Atoi(field)
		if err != nil {
			return u, fmt.Errorf("times of /proc/PID/stat: %w", err)
		}
		u.ticks += n
	}
	anonymous, err := rollupBytes(rollup, "Pss_Anon:")
	if err != nil {
		return u, err
	}
	file, err := rollupBytes(rollup, "Pss_File:")
	u.anonymous, u.file = anonymous, file
	return u, err
}

func rollupBytes(rollup, key string) (int, error) {
	for line := range strings.Lines(rollup) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == key {
			kib, err := strconv.Atoi(fields[1])
			if err != nil {
				return 0, fmt.Errorf("smaps_rollup: %w", err)
			}
			return kib * 1024, nil
		}
	}
	return 0, fmt.Errorf("smaps_rollup has no %s", key)
}
