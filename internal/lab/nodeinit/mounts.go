package nodeinit

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// mountAll turns the copy of the machine's mounts that a new mount namespace
// starts with into the node's own view. Nothing of it reaches the machine.
func mountAll(s Spec) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	if err := detachNamespaces(); err != nil {
		return err
	}
	sources, err := openSources(s)
	if err != nil {
		return err
	}
	defer sources.close()
	for _, step := range []func(*sourceSet, Spec) error{mountSys, mountProc, mountRun, mountEtc, mountVarLib} {
		if err := step(sources, s); err != nil {
			return err
		}
	}
	return nil
}

// detachNamespaces drops our copies of the machine's named namespaces:
// a copy would keep a deleted network namespace of someone else alive.
func detachNamespaces() error {
	data, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return fmt.Errorf("read mounts: %w", err)
	}
	for line := range strings.Lines(string(data)) {
		f := strings.Fields(line)
		if len(f) < 3 || f[2] != "nsfs" {
			continue
		}
		if err := unix.Unmount(f[1], unix.MNT_DETACH); err != nil && !errors.Is(err, unix.EINVAL) {
			return fmt.Errorf("detach %s: %w", f[1], err)
		}
	}
	return nil
}

// sourceSet holds open what is bound later, because the paths are covered by
// then: a lab may live below /run or /var/lib.
type sourceSet struct{ fds map[string]int }

func openSources(s Spec) (*sourceSet, error) {
	set := &sourceSet{fds: map[string]int{}}
	for _, path := range []string{
		s.BootIDFile, s.SysrqFIFO, s.BusSocket, s.EtcFutago, s.Sleepi3, s.VarFutago, s.VarDocker, "/sys/fs/cgroup",
	} {
		if path == "" {
			continue
		}
		fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
		if err != nil {
			set.close()
			return nil, fmt.Errorf("open %s to bind it: %w", path, err)
		}
		set.fds[path] = fd
	}
	return set, nil
}

func (s *sourceSet) close() {
	for _, fd := range s.fds {
		unix.Close(fd)
	}
}

// bind mounts an opened source over target, which is made where missing.
func (s *sourceSet) bind(source, target string, flags uintptr) error {
	fd, ok := s.fds[source]
	if !ok {
		return fmt.Errorf("bind %q to %s: not opened", source, target)
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return fmt.Errorf("stat %s: %w", source, err)
	}
	if err := makeMountPoint(target, st.Mode&unix.S_IFMT == unix.S_IFDIR); err != nil {
		return err
	}
	if err := unix.Mount(fmt.Sprintf("/proc/self/fd/%d", fd), target, "", unix.MS_BIND|flags, ""); err != nil {
		return fmt.Errorf("bind %s to %s: %w", source, target, err)
	}
	return nil
}

func makeMountPoint(path string, dir bool) error {
	if _, err := os.Lstat(path); err == nil {
		return nil
	}
	if dir {
		return os.MkdirAll(path, 0o755)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, nil, 0o644)
}

// mountSys mounts a sysfs that shows the node's own interfaces and puts the
// machine's control groups back onto it: an engine cannot live without them.
func mountSys(set *sourceSet, _ Spec) error {
	if err := unix.Mount("sysfs", "/sys", "sysfs", 0, ""); err != nil {
		return fmt.Errorf("mount /sys: %w", err)
	}
	return set.bind("/sys/fs/cgroup", "/sys/fs/cgroup", unix.MS_REC)
}

// mountProc shows the node's own processes, its boot id and, where this
// kernel has one, its sysrq trigger.
func mountProc(set *sourceSet, s Spec) error {
	if err := unix.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return fmt.Errorf("mount /proc: %w", err)
	}
	if err := set.bind(s.BootIDFile, "/proc/sys/kernel/random/boot_id", 0); err != nil {
		return err
	}
	if _, err := os.Lstat("/proc/sysrq-trigger"); err != nil {
		return nil
	}
	return set.bind(s.SysrqFIFO, "/proc/sysrq-trigger", 0)
}

// mountRun gives the node an empty /run, as every boot does, with the lab's
// own corner in it. /var/run is a link to it on every Debian.
func mountRun(set *sourceSet, s Spec) error {
	if err := mountTmpfs("/run"); err != nil {
		return err
	}
	for _, dir := range []string{BinDir, "/run/futago", "/run/lock"} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	if err := set.bind(s.SysrqFIFO, SysrqFile, 0); err != nil {
		return err
	}
	if s.BusSocket != "" {
		if err := set.bind(s.BusSocket, BusSocket, 0); err != nil {
			return err
		}
	}
	return writeStandIns(s)
}

func mountTmpfs(path string) error {
	if err := unix.Mount("tmpfs", path, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=0755,size=64m"); err != nil {
		return fmt.Errorf("mount tmpfs on %s: %w", path, err)
	}
	return nil
}

// mountEtc overlays /etc with a layer that lasts until the node's power goes,
// then binds in what lasts longer.
func mountEtc(set *sourceSet, s Spec) error {
	if err := overlay("/etc"); err != nil {
		return err
	}
	for path, content := range map[string]string{"/etc/hostname": s.Hostname + "\n", "/etc/hosts": s.Hosts} {
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			return fmt.Errorf("write %s: %w", path, err)
		}
	}
	return errors.Join(
		set.bind(s.EtcFutago, "/etc/futago", 0),
		set.bind(s.Sleepi3, "/etc/default/sleepi3", 0),
	)
}

// mountVarLib binds the node's disk: the state of futago and of the engine.
func mountVarLib(set *sourceSet, s Spec) error {
	if err := overlay("/var/lib"); err != nil {
		return err
	}
	return errors.Join(
		set.bind(s.VarFutago, "/var/lib/futago", 0),
		set.bind(s.VarDocker, "/var/lib/docker", 0),
	)
}

// overlay makes dir writable for the node alone. The upper layer lies in the
// node's /run because a tmpfs can be one everywhere, and the machine's own
// root, where that is an overlay, cannot.
func overlay(dir string) error {
	layer := filepath.Join(LabDir, "overlay", strings.ReplaceAll(dir, "/", "_"))
	upper, work := filepath.Join(layer, "upper"), filepath.Join(layer, "work")
	if err := errors.Join(os.MkdirAll(upper, 0o755), os.MkdirAll(work, 0o755)); err != nil {
		return err
	}
	options := fmt.Sprintf("lowerdir=%s,upperdir=%s,workdir=%s", dir, upper, work)
	if err := unix.Mount("overlay", dir, "overlay", 0, options); err != nil {
		return fmt.Errorf("overlay %s: %w", dir, err)
	}
	return nil
}
