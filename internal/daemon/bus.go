package daemon

import (
	"sync"
	"time"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
)

// bus opens the real bus when it is first used and again after it was lost, so
// that a daemon starts without its board and finds it when it appears.
type bus struct {
	open func() (i2c.BusCloser, error)

	mu   sync.Mutex
	real i2c.BusCloser
}

// String names the bus for the driver's errors.
func (b *bus) String() string { return "i2c bus of the power board" }

// Tx makes one transfer. A bus that fails stays open: an I2C error is the
// board's, and the kernel's bus outlives it.
func (b *bus) Tx(addr uint16, w, r []byte) error {
	real, err := b.get()
	if err != nil {
		return err
	}
	return real.Tx(addr, w, r)
}

// SetSpeed is left to the kernel's device tree.
func (b *bus) SetSpeed(physic.Frequency) error { return nil }

func (b *bus) get() (i2c.BusCloser, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.real != nil {
		return b.real, nil
	}
	real, err := b.open()
	if err != nil {
		return nil, err
	}
	b.real = real
	return real, nil
}

// beat feeds the heartbeat over the bus where the bus can carry it (the lab's
// does; on a Pi it is an LED).
func (b *bus) beat() (func(bool) error, bool) {
	real, err := b.get()
	if err != nil {
		return nil, false
	}
	beater, ok := real.(interface{ Beat() error })
	if !ok {
		return nil, false
	}
	return func(bool) error { return beater.Beat() }, true
}

// alarm sets the clock's alarm over the bus where the bus can carry it.
func (b *bus) alarm() (func(time.Duration) error, bool) {
	real, err := b.get()
	if err != nil {
		return nil, false
	}
	clock, ok := real.(interface{ Alarm(time.Duration) error })
	if !ok {
		return nil, false
	}
	return clock.Alarm, true
}

func (b *bus) close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.real == nil {
		return nil
	}
	return b.real.Close()
}
