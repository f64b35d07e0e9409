package lab

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// cgroupRoot is where the lab's control groups are made. One name is used in
// every hierarchy: the unified one freezes and kills (cgroup.freeze,
// cgroup.kill; Documentation/admin-guide/cgroup-v2.rst), the engines make
// their containers' groups below it in whatever hierarchies the machine has.
type cgroupRoot struct {
	unified string   // mount point of the cgroup2 hierarchy
	legacy  []string // mount points of the cgroup v1 hierarchies
}

// findCgroups reads the mount points from /proc/self/mounts. It fails when
// the machine has no cgroup2 hierarchy or one too old to kill (before 5.14).
func findCgroups() (cgroupRoot, error) {
	data, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return cgroupRoot{}, fmt.Errorf("read mounts: %w", err)
	}
	root := parseCgroupMounts(string(data))
	if root.unified == "" {
		return root, errors.New("no cgroup2 hierarchy is mounted; the lab needs one to cut a node's power")
	}
	return root, nil
}

func parseCgroupMounts(mounts string) cgroupRoot {
	var root cgroupRoot
	for line := range strings.Lines(mounts) {
		f := strings.Fields(line)
		if len(f) < 3 {
			continue
		}
		switch f[2] {
		case "cgroup2":
			if root.unified == "" {
				root.unified = f[1]
			}
		case "cgroup":
			root.legacy = append(root.legacy, f[1])
		}
	}
	return root
}

// nodeCgroup is the control group of all that runs on one node.
type nodeCgroup struct {
	root cgroupRoot
	name string // path below each hierarchy, e.g. "futago-lab-x/raspberrypi-1"
}

func (c nodeCgroup) path(elem ...string) string {
	return filepath.Join(append([]string{c.root.unified, c.name}, elem...)...)
}

// create makes the group and its leaf for the node's own processes. The leaf
// is apart because cgroup2 forbids processes in a group that has children
// with controllers, and the engine's containers are such children.
func (c nodeCgroup) create() error {
	if err := os.MkdirAll(c.path("init"), 0o755); err != nil {
		return fmt.Errorf("create control group %s: %w", c.name, err)
	}
	return nil
}

// kill ends every process in the group at once, frozen ones included.
func (c nodeCgroup) kill() error {
	err := os.WriteFile(c.path("cgroup.kill"), []byte("1"), 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("kill control group %s: %w", c.name, err)
	}
	return nil
}

// freeze stops every process in the group and waits until the kernel says
// that all of them stand still.
func (c nodeCgroup) freeze(ctx context.Context) error {
	if err := os.WriteFile(c.path("cgroup.freeze"), []byte("1"), 0); err != nil {
		return fmt.Errorf("freeze control group %s: %w", c.name, err)
	}
	return c.waitEvent(ctx, "frozen 1")
}

// waitEmpty waits until no process is left in the group.
func (c nodeCgroup) waitEmpty(ctx context.Context) error {
	err := c.waitEvent(ctx, "populated 0")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// waitEvent waits for a line of cgroup.events. The kernel wakes pollers of
// that file with POLLPRI at each change.
func (c nodeCgroup) waitEvent(ctx context.Context, want string) error {
	f, err := os.Open(c.path("cgroup.events"))
	if err != nil {
		return fmt.Errorf("open events of control group %s: %w", c.name, err)
	}
	defer f.Close()
	buf := make([]byte, 256)
	for {
		n, err := f.ReadAt(buf, 0)
		if n == 0 && err != nil {
			return fmt.Errorf("read events of control group %s: %w", c.name, err)
		}
		if strings.Contains(string(buf[:n]), want+"\n") {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("wait for %q of control group %s: %w", want, c.name, ctx.Err())
		}
		fds := []unix.PollFd{{Fd: int32(f.Fd()), Events: unix.POLLPRI}}
		// The time-out only bounds how late a cancelled ctx is noticed.
		if _, err := unix.Poll(fds, int((50 * time.Millisecond).Milliseconds())); err != nil && !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("poll events of control group %s: %w", c.name, err)
		}
	}
}

// hostPID finds a process of the node by its pid inside the node; 0 if it is
// not there.
func (c nodeCgroup) hostPID(inside int) int {
	for _, pid := range c.pids("init") {
		status, err := os.ReadFile("/proc/" + pid + "/status")
		if err != nil {
			continue // it has just ended
		}
		if pidInside(string(status)) == inside {
			host, _ := strconv.Atoi(pid) // the kernel wrote it
			return host
		}
	}
	return 0
}

// pids are the processes of one group below this one, as this machine counts
// them; none if there is no such group.
func (c nodeCgroup) pids(group string) []string {
	procs, err := os.ReadFile(c.path(group, "cgroup.procs"))
	if err != nil {
		return nil
	}
	return strings.Fields(string(procs))
}

// pidInside reads the innermost pid from the NSpid line of a process's
// status, see proc_pid_status(5).
func pidInside(status string) int {
	for line := range strings.Lines(status) {
		if pids, found := strings.CutPrefix(line, "NSpid:"); found {
			f := strings.Fields(pids)
			n, _ := strconv.Atoi(f[len(f)-1]) // likewise
			return n
		}
	}
	return 0
}

// remove deletes the group in every hierarchy, deepest first. It must be
// empty. Groups the engine made for containers go with it.
func (c nodeCgroup) remove() error {
	var errs []error
	for _, mount := range append([]string{c.root.unified}, c.root.legacy...) {
		errs = append(errs, removeGroupTree(filepath.Join(mount, c.name)))
	}
	return errors.Join(errs...)
}

func removeGroupTree(dir string) error {
	var dirs []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			dirs = append(dirs, path)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("list control group %s: %w", dir, err)
	}
	for i := len(dirs) - 1; i >= 0; i-- {
		if err := removeGroup(dirs[i]); err != nil {
			return fmt.Errorf("remove control group %s: %w", dirs[i], err)
		}
	}
	return nil
}

// removeGroup retries while the kernel still counts a dying process in the
// group: populated turns 0 a moment before the last reference is gone.
func removeGroup(dir string) error {
	for try := 0; ; try++ {
		err := os.Remove(dir)
		if err == nil || errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if !errors.Is(err, unix.EBUSY) || try == 100 {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
}
