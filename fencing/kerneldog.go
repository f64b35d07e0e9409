package fencing

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// kernelDogSeconds is the time-out asked of the kernel's watchdog: the Pi's own
// knows no more than 15 s, and S5 wants a dead kernel ended within 10 s.
const kernelDogSeconds = 10

// KernelWatchdog feeds a watchdog device, as /dev/watchdog (kernel,
// Documentation/watchdog/watchdog-api): it resets the Pi when nobody has written
// for its time-out. Opening it starts it, and it then outlives its process: a
// daemon that dies has to be back before the time-out. It belongs to one
// goroutine.
type KernelWatchdog struct {
	path  string
	file  *os.File
	timed bool // it was asked for the time-out
	ask   func(*os.File) error
}

// NewKernelWatchdog opens nothing yet.
func NewKernelWatchdog(path string) *KernelWatchdog {
	return &KernelWatchdog{path: path, ask: askTimeout}
}

// Feed keeps the Pi alive for another time-out; the first one starts the
// watchdog. It fits [NewHeartbeat].
func (k *KernelWatchdog) Feed(bool) error {
	if k.file == nil {
		f, err := os.OpenFile(k.path, os.O_WRONLY, 0) // never create: it is not a file
		if err != nil {
			return fmt.Errorf("open the kernel's watchdog: %w", err)
		}
		k.file, k.timed = f, false
	}
	// One that did not take its time-out is asked again, and fed meanwhile: by now
	// it runs, and would reset the Pi.
	var late error
	if !k.timed {
		late = k.ask(k.file)
		k.timed = late == nil
	}
	if _, err := k.file.Write([]byte{0}); err != nil {
		return fmt.Errorf("feed the kernel's watchdog: %w", err)
	}
	return late
}

// askTimeout sets the time-out. A device that has another one and keeps it is
// fed all the same.
func askTimeout(f *os.File) error {
	err := unix.IoctlSetPointerInt(int(f.Fd()), unix.WDIOC_SETTIMEOUT, kernelDogSeconds)
	if err == nil || errors.Is(err, unix.ENOTTY) || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.EOPNOTSUPP) {
		return nil
	}
	return fmt.Errorf("set the time-out of the kernel's watchdog: %w", err)
}

// Close lets go of the device. wanted stops the watchdog by its magic close, the
// letter V, unless the kernel was built not to allow that; otherwise it goes on
// and resets the Pi unless somebody else feeds it.
func (k *KernelWatchdog) Close(wanted bool) error {
	if k.file == nil {
		return nil
	}
	var err error
	if wanted {
		_, err = k.file.Write([]byte{'V'})
	}
	err = errors.Join(err, k.file.Close())
	k.file = nil
	if err != nil {
		return fmt.Errorf("close the kernel's watchdog: %w", err)
	}
	return nil
}
