package lab

import (
	"context"
	"fmt"

	"github.com/futago-ha/futago/internal/board"
	"github.com/futago-ha/futago/internal/lab/nodeinit"
)

// PowerOn and PowerOff switch the 12 V of a node's board.
func (l *Lab) PowerOn(node int) { l.boards.Supply(node, true) }

// PowerOff takes the supply away; the board forgets its registers.
func (l *Lab) PowerOff(node int) { l.boards.Supply(node, false) }

// Boards gives access to the simulated boards: faults, options, status.
func (l *Lab) Boards() *board.Live { return l.boards.Live }

// Wire changes the line that a node drives.
func (l *Lab) Wire(node int, w board.Wire) { l.boards.Wire(node, w) }

// CutLink drops what the nodes send each other, and nothing else; HealLink
// ends it.
func (l *Lab) CutLink() error { return l.network.change(func(c *cabling) { c.linkCut = true }) }

// HealLink ends CutLink.
func (l *Lab) HealLink() error { return l.network.change(func(c *cabling) { c.linkCut = false }) }

// SetUplink plugs a node's network cable in or out; out takes the carrier.
func (l *Lab) SetUplink(node int, on bool) error {
	return l.network.change(func(c *cabling) { c.uplinkCut[node] = !on })
}

// SetSwitch turns the switch on or off: everybody's carrier.
func (l *Lab) SetSwitch(on bool) error {
	return l.network.change(func(c *cabling) { c.switchOff = !on })
}

// SetRouter turns the router on or off; the switch and its carriers stay.
func (l *Lab) SetRouter(on bool) error {
	return l.network.change(func(c *cabling) { c.routerOff = !on })
}

// SetDeaf lets a node not get what the other one sends: one-way hearing.
func (l *Lab) SetDeaf(node int, deaf bool) error {
	return l.network.change(func(c *cabling) { c.deaf[node] = deaf })
}

// SetLoss drops that share, in percent from 0 to 100, of the frames a node
// sends.
func (l *Lab) SetLoss(node, percent int) error {
	if percent < 0 || percent > 100 {
		return fmt.Errorf("loss of %d percent: allowed are 0 to 100", percent)
	}
	return l.network.change(func(c *cabling) { c.loss[node] = percent })
}

// Panic stops a running node as a dead kernel does; a node that does not run
// stays as it is.
func (l *Lab) Panic(node int) error { return l.nodes[node].tell(orderPanic) }

// Hang stops the futago daemon of a node, and only that: its kernel goes on
// answering for what it holds. Unhang lets it go on.
func (l *Lab) Hang(ctx context.Context, node int) error { return l.signalDaemon(ctx, node, "STOP") }

// Unhang ends Hang.
func (l *Lab) Unhang(ctx context.Context, node int) error { return l.signalDaemon(ctx, node, "CONT") }

func (l *Lab) signalDaemon(ctx context.Context, node int, sig string) error {
	_, err := l.Exec(ctx, node, nodeinit.BinDir+"/init-ctl", "kill", "-s", sig, DaemonUnit)
	return err
}
