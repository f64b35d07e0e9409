package chaos

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/futago-ha/futago/internal/board"
	"github.com/futago-ha/futago/internal/lab"
	"github.com/futago-ha/futago/internal/lab/nodefutago"
)

const unnoticed = "a wire, unnoticed"

// TestMain makes this test binary what the lab re-executes, futago included.
func TestMain(m *testing.M) {
	lab.RunChild()
	if len(os.Args) > 1 && os.Args[1] == nodefutago.Verb {
		os.Exit(nodefutago.Main("test", "", os.Args[2:]))
	}
	// A kind that no campaign draws: its line breaks and nobody knows.
	kinds[unnoticed] = kind{apply: func(_ context.Context, r *run, node, arg int) error {
		r.lab.Wire(node, board.Wire(arg))
		return nil
	}}
	// Two tests, of which one has two pairs: three pairs wait most of their time, and
	// more leave a virtual machine with slow forks nothing to spare. The command line
	// has the last word.
	if err := flag.Set("test.parallel", "2"); err != nil {
		fmt.Fprintln(os.Stderr, "set the number of tests side by side:", err)
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

// labCount gives each test labs of its own name, for they go side by side.
var labCount atomic.Int32

// options are those of a few runs in directories of their own.
func options(t *testing.T, campaign string, seed uint64, runs, parallel int) (Options, *strings.Builder) {
	t.Helper()
	if os.Geteuid() != 0 {
		if os.Getenv("CI") != "" {
			t.Fatal("the lab needs root, and CI is set")
		}
		t.Skip("SKIPPED: the lab needs root")
	}
	dir, err := os.MkdirTemp("", "ftc")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	var out strings.Builder
	return Options{
		Lab: lab.Options{
			Name: fmt.Sprintf("c%d-%d", os.Getpid(), labCount.Add(1)), RunDir: filepath.Join(dir, "r"), DiskDir: filepath.Join(dir, "d"),
			Futago: nodefutago.Command(),
		},
		Campaign: campaign, Seed: seed, Runs: runs, Parallel: parallel, Out: &out,
	}, &out
}

// goThrough does runs and fails with their diary.
func goThrough(t *testing.T, campaign string, seed uint64, runs, parallel int) Result {
	t.Helper()
	o, out := options(t, campaign, seed, runs, parallel)
	r, err := Run(t.Context(), o)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("\n%s", out)
	if r.Runs != runs || r.Faults == 0 {
		t.Errorf("%d runs with %d faults", r.Runs, r.Faults)
	}
	return r
}

// Ten splits, one of which lasts until the silent ready node is rebooted. These
// tests wait most of their time, so they go side by side.

func TestSplits(t *testing.T) {
	t.Parallel()
	if r := goThrough(t, "split", 1, 9, 2); r.Cuts != 0 {
		t.Errorf("%d cuts in short splits", r.Cuts)
	}
}

func TestLongSplit(t *testing.T) {
	t.Parallel()
	if r := goThrough(t, "split-long", 1, 1, 1); r.Cuts != 1 {
		t.Errorf("%d cuts in a long split", r.Cuts)
	}
}

func TestStorms(t *testing.T) {
	t.Parallel()
	goThrough(t, "storm", 1, 3, 1)
}

func TestMixed(t *testing.T) {
	t.Parallel()
	goThrough(t, "mixed", 1, 1, 1)
}

// TestWatchdogOff: the vendor's start-up sets the board's watchdog once, and a
// transfer that is not answered leaves it off. A daemon that finds it so ends that.
func TestWatchdogOff(t *testing.T) {
	t.Parallel()
	o, out := options(t, "storm", 1, 1, 1)
	o, err := o.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	r := newRun(o.Lab, 1, plan{settings: settings{failback: "never"}, steps: []step{{
		faults: []fault{{kind: "watchdog off", who: other}, {kind: "kill", who: other, at: 100 * time.Millisecond}},
		stand:  2 * time.Second,
	}}})
	err = r.play(t.Context())
	sum := tally{out: out}
	sum.add(r, err)
	if err != nil || len(r.violations) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestAuditSeesTwoHolders breaks assumption A1 on purpose: a line is cut after
// its last test, and nobody knows. Then the link fails. Of the two holders that
// come of it the audit must tell, with all that is needed to find out why.
func TestAuditSeesTwoHolders(t *testing.T) {
	t.Parallel()
	o, out := options(t, "split", 1, 1, 1)
	o, err := o.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	r := newRun(o.Lab, 1, plan{settings: settings{failback: "never"}, steps: []step{{
		faults: []fault{{kind: unnoticed, who: other, arg: int(board.WireCut)}, {kind: "link cut"}},
		stand:  20 * time.Second,
	}}})
	err = r.play(t.Context())
	sum := tally{out: out}
	sum.add(r, err)
	if err != nil || !strings.Contains(out.String(), "VIOLATION seed 1, step 1: two held the VIP at ") {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"step 1: raspberrypi-", "a wire, unnoticed (other)", "history of raspberrypi-1:", "raspberrypi-2 shows:", "boards: "} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
}

// TestBrokenOff leaves nothing and says so.
func TestBrokenOff(t *testing.T) {
	o, _ := options(t, "mixed", 1, 2, 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Run(ctx, o); err == nil || errors.Is(err, ErrViolated) {
		t.Errorf("chaos without time: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(o.Lab.RunDir, "*")); len(left) > 0 {
		t.Errorf("left are %v", left)
	}
}
