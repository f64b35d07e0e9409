package fencing

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// RTCClass is where the kernel lists its real-time clocks.
const RTCClass = "/sys/class/rtc"

// boardClock is how the kernel names the clock of a slee-Pi 3, an MCP7941x at
// 0x6F of any bus: driver, bus and address ("rtc-ds1307 1-006f").
const boardClock = "-006f"

// ErrNoRTC is a machine on which the board's clock is not known to the kernel.
var ErrNoRTC = errors.New("no clock at I2C address 0x6f: is the board's device tree overlay loaded?")

// RTC is a real-time clock whose alarm gives its Pi power again.
type RTC struct{ dir string }

// NewRTC takes the clock at dir in sysfs.
func NewRTC(dir string) RTC { return RTC{dir} }

// FindRTC looks for the board's clock below class, RTCClass on a Pi: a Pi may
// have clocks of its own, which give no power.
func FindRTC(class string) (RTC, error) {
	names, err := filepath.Glob(filepath.Join(class, "rtc*", "name"))
	if err != nil {
		return RTC{}, fmt.Errorf("look for clocks: %w", err)
	}
	for _, file := range names {
		name, err := os.ReadFile(file)
		if err == nil && strings.HasSuffix(strings.TrimSpace(string(name)), boardClock) {
			return RTC{filepath.Dir(file)}, nil
		}
	}
	return RTC{}, fmt.Errorf("look for clocks in %s: %w", class, ErrNoRTC)
}

// Set moves the alarm to d from now, in whole seconds. An alarm that stands is
// cleared first, because the kernel refuses to move one (rtc-sysfs: EBUSY).
func (r RTC) Set(d time.Duration) error {
	if d < time.Second {
		return fmt.Errorf("alarm in %s: at least 1s", d)
	}
	if err := r.Clear(); err != nil {
		return err
	}
	return r.write(fmt.Sprintf("+%d", d/time.Second))
}

// Clear takes the alarm away.
func (r RTC) Clear() error { return r.write("0") }

func (r RTC) write(value string) error {
	path := filepath.Join(r.dir, "wakealarm")
	f, err := os.OpenFile(path, os.O_WRONLY, 0) // never create: it is not a file
	if err != nil {
		return fmt.Errorf("set the alarm of the clock: %w", err)
	}
	_, err = f.WriteString(value + "\n")
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("set the alarm of the clock: %w", err)
	}
	return nil
}
