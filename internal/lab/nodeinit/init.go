package nodeinit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// eventFD is the pipe to the lab in the init and the manager process.
const eventFD = 3

// Exit codes of the manager, read by Init.
const (
	exitReboot   = 0
	exitPowerOff = 10
)

// Init is the first process of a node. It reads a Spec from spec, prepares
// the node's view, starts the manager and reaps orphans until the manager
// ends; then it ends the node the way the kernel would. It returns only on
// failure, which for a kernel is a panic: its init died.
func Init(spec io.Reader) error {
	s, err := ReadSpec(spec)
	if err != nil {
		return err
	}
	if err := unix.Sethostname([]byte(s.Hostname)); err != nil {
		return fmt.Errorf("set hostname: %w", err)
	}
	if err := mountAll(s); err != nil {
		return err
	}
	if err := dropHairpin(); err != nil {
		return err
	}
	manager, err := startManager(s)
	if err != nil {
		return err
	}
	status, err := reapUntil(manager)
	if err != nil {
		return err
	}
	return endNode(status)
}

// dropHairpin keeps the node from passing on what it gets on eth0 for an
// address that is not its own. The engine turns forwarding on, and a node
// that has given the VIP away would then forward the requests of clients
// with an old ARP entry: a missing announcement would go unseen (and on a
// real pair it would work only while the old node is alive). Packets for a
// container leave by another interface and are not touched.
func dropHairpin() error {
	out, err := exec.Command("iptables", "-w", "-I", "FORWARD", "-i", "eth0", "-o", "eth0", "-j", "DROP").CombinedOutput()
	if errors.Is(err, exec.ErrNotFound) {
		return nil // no iptables, no engine, no forwarding
	}
	if err != nil {
		return fmt.Errorf("drop hairpin forwarding: %w: %s", err, bytes.TrimSpace(out))
	}
	return nil
}

func startManager(s Spec) (int, error) {
	spec, err := json.Marshal(s)
	if err != nil {
		return 0, fmt.Errorf("encode node spec: %w", err)
	}
	file := filepath.Join(LabDir, "spec.json")
	if err := os.WriteFile(file, spec, 0o600); err != nil {
		return 0, fmt.Errorf("write node spec: %w", err)
	}
	in, err := os.Open(file)
	if err != nil {
		return 0, fmt.Errorf("open node spec: %w", err)
	}
	defer in.Close()
	events := os.NewFile(eventFD, "events")
	path, argv, err := managerCommand()
	if err != nil {
		return 0, err
	}
	proc, err := os.StartProcess(path, argv, &os.ProcAttr{
		Dir:   "/",
		Env:   []string{RoleEnv + "=" + RoleManager, "PATH=" + searchPath(), "HOME=/root", "TERM=dumb"},
		Files: []*os.File{in, os.Stdout, os.Stderr, events},
	})
	if err != nil {
		return 0, fmt.Errorf("start manager: %w", err)
	}
	pid := proc.Pid
	// The manager is reaped together with the orphans; the pipe is its alone.
	return pid, errors.Join(proc.Release(), events.Close())
}

// managerCommand starts the manager, where the kernel can, in a time
// namespace in which the node's clocks since boot begin at 0: a daemon that
// mixed up the stamps of two boots would go unnoticed otherwise.
func managerCommand() (path string, argv []string, err error) {
	const self = "/proc/1/exe"
	if _, err := os.Stat("/proc/self/ns/time"); err != nil {
		return self, []string{"manager"}, nil
	}
	path, err = exec.LookPath("unshare")
	if err != nil {
		return "", nil, fmt.Errorf("find unshare (apt install util-linux): %w", err)
	}
	var boottime, monotonic unix.Timespec
	err = errors.Join(unix.ClockGettime(unix.CLOCK_BOOTTIME, &boottime), unix.ClockGettime(unix.CLOCK_MONOTONIC, &monotonic))
	if err != nil {
		return "", nil, fmt.Errorf("read the clocks: %w", err)
	}
	return path, []string{
		"unshare", "--time", "--fork", "--kill-child",
		"--boottime", fmt.Sprint(-boottime.Sec), "--monotonic", fmt.Sprint(-monotonic.Sec), self,
	}, nil
}

// reapUntil reaps every child of the first process and returns the status of
// the one it waits for.
func reapUntil(pid int) (unix.WaitStatus, error) {
	for {
		var status unix.WaitStatus
		got, err := unix.Wait4(-1, &status, 0, nil)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return 0, fmt.Errorf("reap: %w", err)
		}
		if got == pid {
			return status, nil
		}
	}
}

func endNode(status unix.WaitStatus) error {
	cmd := 0
	switch {
	case status.Exited() && status.ExitStatus() == exitReboot:
		cmd = unix.LINUX_REBOOT_CMD_RESTART
	case status.Exited() && status.ExitStatus() == exitPowerOff:
		cmd = unix.LINUX_REBOOT_CMD_POWER_OFF
	default:
		return fmt.Errorf("manager ended unasked: status %#x", uint32(status))
	}
	unix.Sync()
	if err := unix.Reboot(cmd); err != nil {
		return fmt.Errorf("end node: %w", err)
	}
	return errors.New("end node: the kernel went on")
}
