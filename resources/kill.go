package resources

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// killPast kills a container past an engine that does not answer: every process whose cgroup names the container's id, again
// and again until none is left. Nil proves that the container does not run, as cgroups(7) lets no process leave by itself.
// It needs CAP_KILL and a /proc that hides nothing; where it cannot see, it says so instead of believing in an empty list.
func killPast(ctx context.Context, containerID string) error {
	if len(containerID) < 12 {
		return fmt.Errorf("kill container %q past the engine: its id is not known", containerID)
	}
	if err := procHidesNothing(); err != nil {
		return fmt.Errorf("kill container %.12s past the engine: %w", containerID, err)
	}
	for {
		pids, err := processesIn(containerID)
		if err != nil {
			return fmt.Errorf("kill container %.12s past the engine: %w", containerID, err)
		}
		if len(pids) == 0 {
			return nil
		}
		for _, pid := range pids {
			if err := killIn(pid, containerID); err != nil {
				return fmt.Errorf("kill container %.12s past the engine: %w", containerID, err)
			}
		}
		if !pause(ctx, 10*time.Millisecond) {
			return fmt.Errorf("kill container %.12s past the engine: %d processes left: %w", containerID, len(pids), ctx.Err())
		}
	}
}

// processesIn lists the processes whose cgroup path names the container.
func processesIn(containerID string) ([]int, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	var pids []int
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		in, err := isIn(pid, containerID)
		if err != nil {
			return nil, err
		}
		if in {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}

func isIn(pid int, containerID string) (bool, error) {
	cgroup, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cgroup"))
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ESRCH) {
		return false, nil // it ended meanwhile
	}
	if err != nil {
		return false, err
	}
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil || isZombie(string(stat)) {
		return false, nil // dead, only not yet reaped by the engine's shim, which may be stopped too
	}
	return strings.Contains(string(cgroup), containerID), nil
}

// isZombie reads the state letter behind the command name in proc_pid_stat(5).
func isZombie(stat string) bool {
	i := strings.LastIndex(stat, ") ")
	return i >= 0 && strings.HasPrefix(stat[i+2:], "Z")
}

// lives says whether a process runs and is not about to end: its files, and with them its ports, are closed before it is a
// zombie. Of the number 0 nothing is known. See proc_pid_stat(5), where the flags are the seventh field behind the name.
func lives(pid int) bool {
	if pid == 0 {
		return true
	}
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return false
	}
	fields := strings.Fields(string(stat[strings.LastIndex(string(stat), ")")+1:]))
	if len(fields) < 7 {
		return false
	}
	const exiting = 0x4 // PF_EXITING of the kernel
	flags, err := strconv.ParseUint(fields[6], 10, 32)
	return err == nil && flags&exiting == 0
}

// killIn kills one process, checked again under a pidfd so that a number used anew is not hit.
func killIn(pid int, containerID string) error {
	fd, err := unix.PidfdOpen(pid, 0)
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open pidfd of %d: %w", pid, err)
	}
	defer unix.Close(fd)
	if in, err := isIn(pid, containerID); err != nil || !in {
		return err
	}
	if err := unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0); err != nil && !errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("kill pid %d: %w", pid, err)
	}
	return nil
}

// procHidesNothing refuses a /proc mounted with hidepid (systemd's ProtectProc=), where containers of other users are unseen.
func procHidesNothing() error {
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(mounts)) {
		f := strings.Fields(line)
		if len(f) < 4 || f[1] != "/proc" {
			continue
		}
		for option := range strings.SplitSeq(f[3], ",") {
			if v, found := strings.CutPrefix(option, "hidepid="); found && v != "0" && v != "off" {
				return errors.New("/proc hides processes (" + option + ")")
			}
		}
	}
	return nil
}

// pause waits, and reports false if ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
