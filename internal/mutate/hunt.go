package mutate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"time"
)

// budget is how much is spent on one mutant before it counts as not found.
type budget struct {
	base               uint64 // the first fresh seed
	unlimited, bounded int    // runs of either kind
	depth              int    // of the explorer; -1 is not at all
	limit              time.Duration
	faults             string // the only ones of narrow runs
}

// hunt looks for one mutant: first with the seed that found it last time, then
// with fresh ones.
func (w *workshop) hunt(ctx context.Context, m *Mutant, first Finding, b budget) (Finding, error) {
	ctx, cancel := context.WithTimeout(ctx, b.limit)
	defer cancel()
	if m.Tests != "" {
		return w.huntByTests(ctx, m)
	}
	program, err := w.build(ctx, m)
	if err != nil {
		return Finding{}, err
	}
	b.faults = m.Faults
	f, err := w.trial(ctx, program, first, b)
	for err == nil && f.Found && w.shippedBreaks(ctx, f, m.Faults) {
		// Not the mutant's doing. Go on behind it.
		if f.Mode == Explorer {
			b.depth = -1
		} else if f.Seed >= b.base {
			b.base = f.Seed + 1
		}
		first = Finding{}
		f, err = w.trial(ctx, program, first, b)
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return Finding{}, nil
	}
	return f, err
}

// trial runs a built trial and reads what it found.
func (w *workshop) trial(ctx context.Context, program string, first Finding, b budget) (Finding, error) {
	out, err := w.run(
		ctx, program, "-mode", first.Mode, "-seed", strconv.FormatUint(first.Seed, 10), "-scenario", first.Scenario,
		"-base", strconv.FormatUint(b.base, 10), "-unlimited", strconv.Itoa(b.unlimited), "-bounded", strconv.Itoa(b.bounded),
		"-depth", strconv.Itoa(b.depth), "-faults", b.faults,
	)
	if err != nil {
		return Finding{}, err
	}
	var f Finding
	if err := json.Unmarshal(out, &f); err != nil {
		return f, fmt.Errorf("read what %s found: %w", program, err)
	}
	return f, nil
}

// shippedBreaks tells whether the code as it ships breaks a rule in that run,
// too.
func (w *workshop) shippedBreaks(ctx context.Context, f Finding, faults string) bool {
	again, err := w.trial(ctx, w.shipped, f, budget{depth: -1, faults: faults})
	return err != nil || again.Found
}

// huntByTests runs the tests of the part whose rule is gone: they must fail, and
// not for want of a build.
func (w *workshop) huntByTests(ctx context.Context, m *Mutant) (Finding, error) {
	out, err := w.test(ctx, m)
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return Finding{}, err
	}
	name := failedTest(out)
	if err != nil && name == "" {
		return Finding{}, fmt.Errorf("mutant %s: no test of %s failed, yet: %w", m.Name, m.Tests, err)
	}
	return Finding{Found: err != nil, Mode: Tests, Rule: name, Runs: 1}, nil
}
