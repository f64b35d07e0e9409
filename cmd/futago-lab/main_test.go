package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/futago-ha/futago/internal/lab"
)

const mainEnv = "FUTAGO_LAB_TEST_MAIN"

func TestMain(m *testing.M) {
	lab.RunChild()
	if os.Getenv(mainEnv) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// run is the program with its own directories for labs.
func run(t *testing.T, dir string, args ...string) (string, error) {
	t.Helper()
	name := fmt.Sprintf("c%d", os.Getpid())
	if args[0] != "sim" { // which has no lab
		args = append([]string{"--name", name, "--run-dir", dir, "--disk-dir", dir + "/disks"}, args...)
	}
	cmd := exec.Command("/proc/self/exe", args...)
	cmd.Env = append(os.Environ(), mainEnv+"=1")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func mustRun(t *testing.T, dir string, args ...string) string {
	t.Helper()
	out, err := run(t, dir, args...)
	if err != nil {
		t.Fatalf("futago-lab %v: %v\n%s", args, err, out)
	}
	return out
}

// TestALabFromTheShell goes through a lab's life by the commands.
func TestALabFromTheShell(t *testing.T) {
	if os.Geteuid() != 0 {
		if os.Getenv("CI") != "" {
			t.Fatal("the lab needs root, and CI is set")
		}
		t.Skip("SKIPPED: the lab needs root")
	}
	dir, err := os.MkdirTemp("", "ftlab")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, _ = run(t, dir, "down") // when the test failed half-way
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	up := []string{"up", "--node-command", "sleep infinity", "--boot-delay", "10ms", "--image", "busybox"}
	if out := mustRun(t, dir, up...); !strings.Contains(out, "raspberrypi-2 is up.") {
		t.Errorf("up said %q", out)
	}
	if out, err := run(t, dir, up...); err == nil || !strings.Contains(out, "already runs") {
		t.Errorf("a second up: %v, %q", err, out)
	}
	if out := mustRun(t, dir, "exec", "raspberrypi-2", "hostname"); out != "raspberrypi-2\n" {
		t.Errorf("hostname on the node is %q", out)
	}
	if out := mustRun(t, dir, "exec", "client", "ip", "-4", "-o", "addr"); !strings.Contains(out, "192.0.2.50/24") {
		t.Errorf("the client's addresses are %q", out)
	}
	mustRun(t, dir, "cut-link")
	mustRun(t, dir, "wire", "raspberrypi-1", "cut")
	mustRun(t, dir, "power", "raspberrypi-2", "off")
	if out := mustRun(t, dir, "status"); !strings.Contains(out, "BROKEN  link between the nodes cut; wire of raspberrypi-1 cut\n") {
		t.Errorf("status said:\n%s", out)
	}
	var s lab.Status
	if err := json.Unmarshal([]byte(mustRun(t, dir, "status", "--json")), &s); err != nil || s.Boards[0].Wire != "cut" || s.Boards[1].Powered {
		t.Errorf("status --json: %v, %+v", err, s)
	}
	if out := mustRun(t, dir, "down"); !strings.Contains(out, "is down.") {
		t.Errorf("down said %q", out)
	}
	if out := mustRun(t, dir, "down"); out != "" {
		t.Errorf("a second down said %q", out)
	}
	if out, err := run(t, dir, "status"); err == nil || !strings.Contains(out, "sudo futago-lab up") {
		t.Errorf("status without a lab: %v, %q", err, out)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the lab's directory is left: %v", err)
	}
}

func TestBadCalls(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct{ args, want string }{
		{"dance", "unknown command"},
		{"power raspberrypi-1", "accepts 2 arg"},
		{"exec raspberrypi-1", "requires at least 2 arg"},
		{"cut-link", "no lab runs"},
		{"up --boot-delay 3", "missing unit"},
		{"chaos --campaign dance", `campaign "dance" is not known; there are split, split-long, storm, mixed`},
		{"demo --only dance", `scenario "dance" is not known; there are first-start`},
		{"sim -mode nonsense", "modes are"},
	} {
		out, err := run(t, dir, strings.Fields(c.args)...)
		if err == nil || !strings.Contains(out, c.want) {
			t.Errorf("%s: %v, %q, want %q", c.args, err, out, c.want)
		}
	}
}

// TestEveryCommandHasAnExample keeps the help useful.
func TestEveryCommandHasAnExample(t *testing.T) {
	var look func(*cobra.Command)
	look = func(c *cobra.Command) {
		if c.Example == "" || c.Short == "" {
			t.Errorf("%s has no example or no short help", c.CommandPath())
		}
		for _, sub := range c.Commands() {
			look(sub)
		}
	}
	look(root())
}
