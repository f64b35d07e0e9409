package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// Machine is the System of a real node.
type Machine struct {
	// Logind reboots the machine, or powers it off; nil where there is none:
	// then systemd does.
	Logind interface {
		Reboot(ctx context.Context, off bool) error
	}
}

// BootID reads the kernel's boot id.
func (Machine) BootID() (string, error) {
	const path = "/proc/sys/kernel/random/boot_id"
	data, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read the boot id: %w", err)
	}
	id := strings.TrimSpace(string(data))
	if id == "" {
		return "", fmt.Errorf("read the boot id: %s is empty", path)
	}
	return id, nil
}

// ClockSynchronised asks the kernel's clock discipline, and changes nothing
// (adjtimex(2) with no modes): STA_UNSYNC is set until something like timesyncd
// or chrony has set the clock, and again when it was not corrected for long.
func (Machine) ClockSynchronised() bool {
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	return err == nil && state != unix.TIME_ERROR && t.Status&unix.STA_UNSYNC == 0
}

// Reboot asks logind, and systemd where logind does not answer. Both stop every
// unit in order; logind waits for other programs' delay locks first.
func (m Machine) Reboot(off bool) error {
	var refused error
	if m.Logind != nil {
		if refused = m.Logind.Reboot(context.Background(), off); refused == nil {
			return nil
		}
	}
	if err := systemctlReboot(off); err != nil {
		return errors.Join(refused, err)
	}
	return nil
}

func systemctlReboot(off bool) error {
	verb := "reboot"
	if off {
		verb = "poweroff"
	}
	if _, err := systemctl("--no-block", verb); err != nil {
		return fmt.Errorf("systemctl %s: %w", verb, err)
	}
	return nil
}

// Active asks systemd. What it does not know does not run.
func (Machine) Active(units ...string) []bool {
	// The exit code says that one of them does not run; the lines say which.
	out, _ := systemctl(append([]string{"is-active"}, units...)...)
	lines := strings.Fields(out)
	active := make([]bool, len(units))
	for i := range min(len(units), len(lines)) {
		active[i] = lines[i] == "active"
	}
	return active
}

// Enabled asks systemd.
func (Machine) Enabled(unit string) bool {
	out, _ := systemctl("is-enabled", unit) // the word says more than the code
	return strings.TrimSpace(out) == "enabled"
}

// Unit asks systemd and does not wait for the job.
func (Machine) Unit(verb, unit string) error {
	if _, err := systemctl("--no-block", verb, unit); err != nil {
		return fmt.Errorf("systemctl %s %s: %w", verb, unit, err)
	}
	return nil
}

// Reset reboots at once, without sync.
func (Machine) Reset() error { return Sysrq('b') }

// Sysrq writes a key to /proc/sysrq-trigger: b reboots without sync, c kills the
// kernel (kernel, admin-guide/sysrq).
func Sysrq(key byte) error {
	if err := os.WriteFile("/proc/sysrq-trigger", []byte{key}, 0); err != nil {
		return fmt.Errorf("sysrq %c: %w", key, err)
	}
	return nil
}

// Sync flushes all file systems (sync(2)).
func (Machine) Sync() { unix.Sync() }
