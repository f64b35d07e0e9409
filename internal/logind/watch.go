package logind

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"
)

// Watch hears announced shutdowns and has them wait.
type Watch struct {
	bus   Bus
	log   *slog.Logger
	heard chan bool

	mu   sync.Mutex
	lock *os.File // logind waits while it is open; nil when it need not
}

// NewWatch makes a watch on that bus. It starts nothing.
func NewWatch(bus Bus, log *slog.Logger) *Watch {
	return &Watch{bus: bus, log: log, heard: make(chan bool, 4)}
}

// Announced tells of shutdowns: true when one begins, false when it was called
// off. One that nobody takes in time is dropped: systemd's stop says the same.
func (w *Watch) Announced() <-chan bool { return w.heard }

// LetGo lets an announced shutdown go on. Nothing is held up any more until a
// shutdown was called off.
func (w *Watch) LetGo() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.lock != nil {
		_ = w.lock.Close()
		w.lock = nil
	}
}

// Pauses between attempts to reach logind.
const (
	firstPause = time.Second
	mostPause  = 5 * time.Minute
)

// Run keeps in touch with logind until ctx ends. It fails never: without logind
// nothing is announced.
func (w *Watch) Run(ctx context.Context) error {
	defer w.LetGo()
	pause := firstPause
	for {
		began := time.Now()
		err := w.listen(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if time.Since(began) > mostPause {
			pause = firstPause
		}
		if pause == firstPause {
			w.log.Warn("no announced shutdown will be heard", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
		pause = min(2*pause, mostPause)
	}
}

// listen takes the lock and hears announcements for as long as the bus lasts.
func (w *Watch) listen(ctx context.Context) error {
	conn, err := w.bus.dial(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	err = conn.AddMatchSignalContext(ctx, dbus.WithMatchSender(service), dbus.WithMatchInterface(manager), dbus.WithMatchMember(signal))
	if err != nil {
		return fmt.Errorf("subscribe to %s: %w", signal, err)
	}
	signals := make(chan *dbus.Signal, 8)
	conn.Signal(signals)
	if err := w.hold(ctx, conn); err != nil {
		return err
	}
	defer w.LetGo()
	for {
		select {
		case <-ctx.Done():
			return nil
		case s, open := <-signals:
			if !open {
				return errGone
			}
			if err := w.take(ctx, conn, s); err != nil {
				return err
			}
		}
	}
}

// take hands an announcement on. After one that was called off the next must
// wait again.
func (w *Watch) take(ctx context.Context, conn *dbus.Conn, s *dbus.Signal) error {
	if s.Name != manager+"."+signal || len(s.Body) != 1 {
		return nil
	}
	begins, is := s.Body[0].(bool)
	if !is {
		return nil
	}
	select {
	case w.heard <- begins:
	default:
		w.log.Warn("an announced shutdown was not taken in time", "begins", begins)
	}
	if begins {
		return nil
	}
	return w.hold(ctx, conn)
}

// hold takes the delay lock, unless it is held.
func (w *Watch) hold(ctx context.Context, conn *dbus.Conn) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.lock != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	var fd dbus.UnixFD
	err := call(ctx, conn, "Inhibit", "shutdown", "futago", "the service moves to the other node first", "delay").Store(&fd)
	if err != nil {
		return fmt.Errorf("take logind's delay lock: %w", err)
	}
	w.lock = os.NewFile(uintptr(fd), "logind's delay lock")
	return nil
}
