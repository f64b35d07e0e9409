package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/futago-ha/futago/internal/lab"
	"github.com/futago-ha/futago/internal/lab/image"
	"github.com/futago-ha/futago/internal/lab/nodefutago"
)

// TestMain makes this test binary what the lab re-executes, futago included.
func TestMain(m *testing.M) {
	lab.RunChild()
	if len(os.Args) > 1 && os.Args[1] == nodefutago.Verb {
		os.Exit(nodefutago.Main("test", "", os.Args[2:]))
	}
	goleak.VerifyTestMain(m)
}

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() == 0 {
		return
	}
	if os.Getenv("CI") != "" {
		t.Fatal("the lab's tests need root, and CI is set")
	}
	t.Skip("SKIPPED: the lab's tests need root")
}

func options(t *testing.T, out *strings.Builder, only ...string) Options {
	t.Helper()
	dir, err := os.MkdirTemp("", "ftdemo")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return Options{
		Lab: lab.Options{
			Name: fmt.Sprintf("d%d", os.Getpid()), RunDir: dir, DiskDir: filepath.Join(dir, "disks"),
			Image: image.Busybox, Futago: nodefutago.Command(),
		},
		Only: only, JSON: filepath.Join(dir, "demo.json"), Out: out,
	}
}

// The whole way, on the quickest scenarios: real daemons, a real client, the page and the file.
func TestDemoOnARealPair(t *testing.T) {
	needRoot(t)
	var out strings.Builder
	o := options(t, &out, "first-start", "move")
	if err := Run(t.Context(), o); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	data, err := os.ReadFile(o.JSON)
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Scenarios []Outcome }
	if err := json.Unmarshal(data, &file); err != nil || len(file.Scenarios) != 2 {
		t.Fatalf("%v\n%s", err, data)
	}
	move := file.Scenarios[1]
	if got := listOf(move.Servers); got != "raspberrypi-1, raspberrypi-2, raspberrypi-1" || move.Requests == 0 || move.Probes == 0 {
		t.Errorf("the client was served by %s; %+v", got, move)
	}
	for _, want := range []string{"2 of 2 scenarios went as expected.", "client: raspberrypi-2 answers", "futago move --yes raspberrypi-2"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
}

// A demo that is broken off leaves nothing and says so.
func TestDemoBrokenOff(t *testing.T) {
	needRoot(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out strings.Builder
	o := options(t, &out, "first-start")
	if err := Run(ctx, o); err == nil {
		t.Errorf("a demo without time succeeded:\n%s", out.String())
	}
	if _, err := os.Stat(filepath.Join(o.Lab.RunDir, o.Lab.Name)); !os.IsNotExist(err) {
		t.Errorf("the lab's directory is left: %v", err)
	}
}
