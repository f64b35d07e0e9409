package bench

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func testResult() Result {
	return Result{
		Machine: Machine{
			Time: time.Date(2024, 6, 26, 9, 50, 0, 0, time.UTC), Commit: "abc1234", System: "Debian GNU/Linux 12",
			Kernel: "6.1.0", Arch: "arm64", Cores: 4, LoadBefore: "0.10, 0.20, 0.30", LoadAfter: "1.00, 0.50, 0.30",
		},
		Figures: []Figure{
			{Name: "a", Title: "one thing", Unit: Milliseconds, Goal: 50, Floor: "2.4", Peer: "2670", How: "By looking.", Values: []float64{13.155, 359.767, 19.314}, Notes: []string{"It rained."}},
			{Name: "b", Title: "another", Unit: Count, Worst: true, Floor: "0", Peer: "all", How: "By counting.", Values: []float64{0, 1}, Why: "split came to no end: wait\nuntil it ends"},
			{Name: "c", Title: "a third", Unit: Megabytes, Goal: 20, How: "By weighing.", Why: "split came to no end: wait\nuntil it ends"},
		},
	}
}

// TestPage compares with a page that people have read. FUTAGO_UPDATE=1 writes it
// anew.
func TestPage(t *testing.T) {
	var b strings.Builder
	if err := testResult().Page(&b); err != nil {
		t.Fatal(err)
	}
	got, rest, found := strings.Cut(b.String(), "## Pacemaker")
	if !found || !strings.Contains(rest, "41.0/41.8/42.2") {
		t.Error("the page has no figures of Pacemaker")
	}
	path := filepath.Join("testdata", "page.md")
	if os.Getenv("FUTAGO_UPDATE") != "" {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the page is\n%s\nwant\n%s", got, want)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestPageThatCannotBeWritten(t *testing.T) {
	if err := testResult().Page(brokenWriter{}); err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("got %v", err)
	}
}

func TestAmount(t *testing.T) {
	for _, c := range []struct {
		v    float64
		want string
	}{{0, "0"}, {50, "50"}, {0.625, "0.62"}, {-0.4, "-0.40"}, {13.155, "13.2"}, {359.767, "360"}, {-120.4, "-120"}, {1245.813, "1246"}} {
		if got := amount(c.v); got != c.want {
			t.Errorf("%v: got %s, want %s", c.v, got, c.want)
		}
	}
}

func TestMachine(t *testing.T) {
	m := thisMachine("abc")
	if m.Commit != "abc" || m.Kernel == "" || m.Cores < 1 || strings.Count(m.LoadBefore, ", ") != 2 {
		t.Errorf("got %+v", m)
	}
	if got := valueOf("NAME=x\nPRETTY_NAME=\"Debian GNU/Linux 12\"\n", "PRETTY_NAME", "="); got != "Debian GNU/Linux 12" {
		t.Errorf("got %q", got)
	}
	if got := valueOf("no such line", "PRETTY_NAME", "="); got != "" {
		t.Errorf("got %q", got)
	}
}

// TestFiguresAndExperiments: each figure is measured by an experiment, and no
// experiment has a figure that is not on the page.
func TestFiguresAndExperiments(t *testing.T) {
	measured := map[string]bool{}
	for _, e := range experiments() {
		for _, name := range e.figures {
			measured[name] = true
		}
	}
	for _, f := range figures() {
		if !measured[f.Name] {
			t.Errorf("no experiment measures %s", f.Name)
		}
		delete(measured, f.Name)
		if f.Title == "" || f.How == "" || f.Floor == "" || f.Peer == "" || strings.Contains(f.How+f.Floor+f.Peer+f.Title, "|") {
			t.Errorf("%s is not described: %+v", f.Name, f)
		}
	}
	for name := range measured {
		t.Errorf("%s is measured and not on the page", name)
	}
}
