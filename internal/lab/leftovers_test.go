package lab

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// victimEnv names the directory of a lab that a test is about to kill.
const victimEnv = "FUTAGO_LAB_TEST_VICTIM"

func victimOptions(dir string) Options {
	return Options{
		Name: "victim-" + strings.ToLower(filepath.Base(dir)), RunDir: dir, DiskDir: dir + "/disks",
		Command: idle, BootDelay: time.Millisecond,
	}
}

// runVictim is a lab in a process of its own. It says "up" and waits.
func runVictim(dir string) {
	l, err := New(victimOptions(dir))
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	go func() {
		<-l.Ready()
		l.PowerOn(0)
		if _, err := l.WaitUp(context.Background(), 0); err == nil {
			fmt.Println("up")
		}
	}()
	fmt.Println(l.Run(context.Background()))
}

// startVictim starts that process and waits until its node is up.
func startVictim(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), victimEnv+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || line != "up\n" {
		t.Fatalf("the victim said %q: %v", line, err)
	}
	return cmd
}

// TestKilledLabTakesItsNodesAlong kills a lab with an engine on its node and
// lets Sweep remove what is left.
func TestKilledLabTakesItsNodesAlong(t *testing.T) {
	needRoot(t)
	dir := shortTempDir(t)
	victim := startVictim(t, dir)
	o := victimOptions(dir)
	if names, err := Sweep(o); err != nil || len(names) != 0 {
		t.Errorf("sweep of a living lab took %q: %v", names, err)
	}
	if err := victim.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = victim.Wait() // killed, as it should be

	groups, err := findCgroups()
	if err != nil {
		t.Fatal(err)
	}
	all := nodeCgroup{root: groups, name: o.cgroupName()}
	if err := all.waitEmpty(limited(t)); err != nil {
		t.Fatalf("the nodes outlived their lab: %v", err)
	}
	names, err := Sweep(o)
	if err != nil || !slices.Equal(names, []string{o.Name}) {
		t.Errorf("sweep took %q: %v, want the dead lab", names, err)
	}
	l := &Lab{opts: o, cgroups: groups}
	checkNothingLeft(t, l)
}

// TestSecondLabOfTheName is refused while the first one lives, and labs of
// other names are not disturbed.
func TestSecondLabOfTheName(t *testing.T) {
	l := startLab(t, Options{Command: idle, NoEngine: true})
	again, err := New(Options{Name: l.opts.Name, RunDir: l.opts.RunDir, DiskDir: l.opts.DiskDir, Command: idle})
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Run(t.Context()); !errors.Is(err, ErrRuns) {
		t.Errorf("second lab of the name: %v, want ErrRuns", err)
	}
	other := startLab(t, Options{Command: idle, NoEngine: true})
	powerUp(t, l)
	powerUp(t, other)
	if got := mustExec(t, other, 1, "hostname"); got != "raspberrypi-2" {
		t.Errorf("the second lab's node is called %q", got)
	}
}

// TestLabRunsTwice uses one name twice, with disks that stay.
func TestLabRunsTwice(t *testing.T) {
	needRoot(t)
	dir := shortTempDir(t)
	o := Options{
		Name: fmt.Sprintf("twice-%d", os.Getpid()), RunDir: dir, DiskDir: dir + "/disks",
		KeepDisks: true, Command: idle, NoEngine: true, BootDelay: time.Millisecond,
	}
	for round := range 2 {
		l, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		result := make(chan error, 1)
		go func() { result <- l.Run(ctx) }()
		<-l.Ready()
		powerUp(t, l)
		got := mustExec(t, l, 0, "sh", "-c", "cat /var/lib/futago/mark 2>/dev/null; echo mark >/var/lib/futago/mark")
		if want := []string{"", "mark"}[round]; got != want {
			t.Errorf("round %d: the disk holds %q, want %q", round, got, want)
		}
		cancel()
		if err := <-result; err != nil {
			t.Errorf("round %d: %v", round, err)
		}
		checkNothingLeft(t, l)
	}
}

func TestParseCgroupMounts(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     cgroupRoot
	}{
		{"unified", "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n", cgroupRoot{unified: "/sys/fs/cgroup"}},
		{
			"hybrid", "cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n",
			cgroupRoot{unified: "/sys/fs/cgroup/unified", legacy: []string{"/sys/fs/cgroup/cpu"}},
		},
		{"neither", "proc /proc proc rw 0 0\n\nshort\n", cgroupRoot{}},
	} {
		got := parseCgroupMounts(c.in)
		if got.unified != c.want.unified || !slices.Equal(got.legacy, c.want.legacy) {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestPIDInside(t *testing.T) {
	for _, c := range []struct {
		in   string
		want int
	}{
		{"Name:\tx\nNSpid:\t4711\t9\nNSpgid:\t4711\n", 9},
		{"NSpid:\t12\n", 12},
		{"Name:\tx\n", 0},
	} {
		if got := pidInside(c.in); got != c.want {
			t.Errorf("%q: got %d, want %d", c.in, got, c.want)
		}
	}
}
