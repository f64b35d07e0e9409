package fencing

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// MinToggle is the shortest time between two toggles of the heartbeat pin that
// the board takes.
const MinToggle = time.Millisecond

// Heartbeat toggles the pin that feeds the board's watchdog, once for each Beat
// of the decision loop and never by itself: a loop that stands still must not be
// kept alive. At the loop's ten beats a second the pin moves as the vendor's
// own feeder moves it in its bursts.
type Heartbeat struct {
	toggle func(high bool) error
	told   chan struct{}

	mu   sync.Mutex
	last time.Time
	err  error
}

// NewHeartbeat returns a heartbeat that calls toggle with alternating levels.
func NewHeartbeat(toggle func(high bool) error) *Heartbeat {
	return &Heartbeat{toggle: toggle, told: make(chan struct{}, 1)}
}

// LED returns a toggle for NewHeartbeat that writes the brightness of an LED in
// sysfs, as /sys/class/leds/sleepi:led0 (kernel, Documentation/leds/leds-class).
func LED(dir string) func(high bool) error {
	path := filepath.Join(dir, "brightness")
	return func(high bool) error {
		value := "0\n"
		if high {
			value = "255\n"
		}
		f, err := os.OpenFile(path, os.O_WRONLY, 0) // never create: it is not a file
		if err != nil {
			return err
		}
		if _, err := f.WriteString(value); err != nil {
			_ = f.Close() // the write's error says more
			return err
		}
		return f.Close()
	}
}

// Beat asks for one toggle. It never blocks; beats that come faster than the
// pin moves are one.
func (h *Heartbeat) Beat() {
	select {
	case h.told <- struct{}{}:
	default:
	}
}

// Fed tells whether the pin was moved within the last second.
func (h *Heartbeat) Fed() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return !h.last.IsZero() && time.Since(h.last) <= SilenceLimit
}

// Err is why the last toggle failed, nil if it did not.
func (h *Heartbeat) Err() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.err
}

// Run moves the pin until ctx ends. A toggle that fails is tried again at the
// next beat; see Err.
func (h *Heartbeat) Run(ctx context.Context) error {
	high, edge := false, false
	var moved time.Time
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-h.told:
		}
		// Seldom: a timer after each toggle would wake the process for nothing.
		if rest := MinToggle - time.Since(moved); rest > 0 {
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(rest):
			}
		}
		err := h.toggle(!high)
		moved = time.Now()
		if err == nil {
			high = !high
			if !edge {
				// Nobody knows how the daemon before this one left the pin: this may have
				// moved nothing, so it is not said to be fed, and a second one follows.
				edge = true
				h.Beat()
				continue
			}
		}
		h.note(err)
	}
}

func (h *Heartbeat) note(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err != nil {
		h.err = fmt.Errorf("toggle heartbeat: %w", err)
		return
	}
	h.err, h.last = nil, time.Now()
}
