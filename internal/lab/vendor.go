package lab

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/futago-ha/futago/internal/board"
	"github.com/futago-ha/futago/internal/lab/nodeinit"
)

const (
	boardAddress    = 0x6e // 7 bit
	registerTimeout = 0x09 // of the board's watchdog, s; see docs/lab-bus.md
	registerControl = 0x0b // of what it does: bit 0, rste, powers the Pi again

	vendorTimeout = 60 // s; HEARTBEAT_TIMEOUT of articleSleepi3
	vendorBeat    = time.Second
)

// playVendor does on a node what two services of the board's vendor do on a
// Pi: at boot they set the board's watchdog, which restarts the Pi, and they feed it while futago does
// not run. A daemon that runs and does not feed is left to the watchdog. In a
// lab without futago nobody would feed, so the watchdog stays off.
func (l *Lab) playVendor(ctx context.Context, node int) error {
	if len(l.opts.Futago) == 0 || len(l.opts.Command) > 0 {
		return nil
	}
	tick := time.NewTicker(vendorBeat)
	defer tick.Stop()
	set := 0 // the boot in which the watchdog was set last
	for {
		s, changed := l.nodes[node].statusAndChange()
		if s.Phase == Running && s.Boots != set {
			set = s.Boots
			if err := l.setWatchdog(node); err != nil {
				return err
			}
		}
		if s.Phase == Running && !daemonRuns(s) {
			l.boards.Heartbeat(node)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-changed:
		}
	}
}

// setWatchdog may come too late for a board that cut its Pi meanwhile, or find a
// bus that is broken on purpose.
func (l *Lab) setWatchdog(node int) error {
	err := l.boards.Tx(node, boardAddress, []byte{registerTimeout, vendorTimeout}, nil)
	if err == nil {
		err = l.boards.Tx(node, boardAddress, []byte{registerControl, 1}, nil)
	}
	if missed := []error{board.ErrNAK, board.ErrClosed, board.ErrUnpowered, board.ErrHung}; slices.ContainsFunc(missed, func(m error) bool { return errors.Is(err, m) }) {
		l.log.Warn("the watchdog was not set", "node", l.opts.Nodes[node].Name, "err", err)
		return nil
	}
	if err != nil {
		return fmt.Errorf("set the watchdog of %s: %w", l.opts.Nodes[node].Name, err)
	}
	return nil
}

// SwitchWatchdogOff leaves a node's board as a start-up service leaves it that
// could not set the watchdog, or did not run.
func (l *Lab) SwitchWatchdogOff(node int) error {
	if err := l.boards.Tx(node, boardAddress, []byte{registerTimeout, 0}, nil); err != nil {
		return fmt.Errorf("switch the watchdog of %s off: %w", l.opts.Nodes[node].Name, err)
	}
	return nil
}

func daemonRuns(s NodeStatus) bool {
	u := s.Units[DaemonUnit].State
	return u == nodeinit.Started || u == nodeinit.Ready
}
