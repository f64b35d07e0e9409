package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/futago-ha/futago/internal/lab"
	"github.com/futago-ha/futago/internal/lab/image"
	"github.com/futago-ha/futago/internal/lab/measure"
	"github.com/futago-ha/futago/internal/lab/nodefutago"
)

// TestMain makes the test binary four programs: the tests, the lab's own
// processes, futago on the nodes, and the client.
func TestMain(m *testing.M) {
	lab.RunChild()
	if len(os.Args) > 1 && os.Args[1] == nodefutago.Verb {
		os.Exit(nodefutago.Main("test", "", os.Args[2:]))
	}
	if len(os.Args) > 1 && os.Args[1] == "client" {
		if err := measure.RunChild(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// TestQuickRun moves the service once and looks at an idle pair for a moment:
// every part of a run but patience. Whether goals are reached is no matter of a
// test that shares the machine with others.
func TestQuickRun(t *testing.T) {
	if os.Geteuid() != 0 {
		if os.Getenv("CI") != "" {
			t.Fatal("this test needs root, and CI is set")
		}
		t.Skip("SKIPPED: this test needs root")
	}
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var progress strings.Builder
	r, err := Run(t.Context(), Options{
		Lab: lab.Options{
			Name: fmt.Sprintf("b%d", os.Getpid()), RunDir: filepath.Join(dir, "r"), DiskDir: filepath.Join(dir, "d"),
			Image: image.Busybox, Futago: []string{nodefutago.Verb},
		},
		Client: []string{self, "client"}, Only: []string{"move", "idle"}, Runs: 1, Idle: 200 * time.Millisecond, Out: &progress,
	})
	if err != nil && !errors.Is(err, ErrMissed) {
		t.Fatal(err)
	}
	t.Log(progress.String())
	want := map[string]int{figMove: 1, figMoveLost: 1, figMemory: 2 * idleTimes, figCPU: 2 * idleTimes}
	for _, f := range r.Figures {
		if f.Why != "" || len(f.Values) != want[f.Name] {
			t.Errorf("%s has the values %v, want %d of them; %s", f.Name, f.Values, want[f.Name], f.Why)
		}
		delete(want, f.Name)
		if f.Name == figMemory && summarize(f.Values).low < 1 {
			t.Errorf("a daemon of less than 1 MB: %v", f.Values)
		}
	}
	if len(want) > 0 {
		t.Errorf("not measured: %v", want)
	}
}

func TestOptionsThatMakeNoSense(t *testing.T) {
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{Only: []string{"everything"}}, "false-losses"},
		{Options{Runs: -1}, "negative"},
		{Options{Executable: "/nonexistent/program"}, "copy the nodes' program"},
	} {
		if _, err := Run(t.Context(), c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: got %v, want an error with %q", c.o, err, c.want)
		}
	}
}

// TestExperimentThatFails: the lab cannot be built, the figures say why, and
// the others would have been measured.
func TestExperimentThatFails(t *testing.T) {
	r, err := Run(t.Context(), Options{Lab: lab.Options{Name: "No Name"}, Only: []string{"split"}})
	if !errors.Is(err, ErrMissed) || len(r.Figures) != 2 {
		t.Fatalf("got %+v, %v", r, err)
	}
	for _, f := range r.Figures {
		if !strings.Contains(f.Why, "No Name") || f.Met() {
			t.Errorf("got %+v", f)
		}
	}
}

func TestBusyEndsItsLoops(t *testing.T) {
	wanted := errors.New("enough")
	if err := busy(func() error { return wanted }); !errors.Is(err, wanted) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := stand(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

var zero = time.Date(2024, 6, 26, 9, 50, 0, 0, time.UTC)

func request(start, end int, failed string) measure.Request {
	at := func(ms int) time.Time { return zero.Add(time.Duration(ms) * time.Millisecond) }
	return measure.Request{Start: at(start), End: at(end), Err: failed}
}

func TestFirstAnswer(t *testing.T) {
	requests := []measure.Request{
		request(0, 2, ""), request(10, 300, ""), request(20, 22, "refused"), request(40, 90, ""), request(30, 80, ""), request(50, 95, ""),
	}
	for _, c := range []struct {
		after int // ms
		end   int
	}{{-1, 2}, {15, 80}, {30, 90}, {45, 95}} {
		got := firstAnswer(requests, zero.Add(time.Duration(c.after)*time.Millisecond))
		if want := zero.Add(time.Duration(c.end) * time.Millisecond); !got.End.Equal(want) {
			t.Errorf("after %d ms: got %s, want %s", c.after, got.End, want)
		}
	}
	if got := firstAnswer(requests, zero.Add(time.Second)); !got.End.IsZero() {
		t.Errorf("got %+v, want none", got)
	}
	if got := firstAnswer(nil, zero); !got.End.IsZero() {
		t.Errorf("got %+v of nothing", got)
	}
}

// TestEnoughRuns: a page that says 99 % of a hundred has a hundred, and what was
// promised over twenty runs has twenty.
func TestEnoughRuns(t *testing.T) {
	least := map[string]int{}
	for _, f := range figures() {
		if f.Tail > 0 {
			least[f.Name] = 100
		}
	}
	for _, name := range []string{figCrash, figWhole, figSplit, figVictim} {
		least[name] = 20
	}
	for _, e := range experiments() {
		for _, name := range e.figures {
			if e.runs < least[name] {
				t.Errorf("%s is repeated %d times, want %d for %s", e.name, e.runs, least[name], name)
			}
		}
	}
}
