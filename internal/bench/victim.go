package bench

import (
	"context"
	"fmt"
	"time"
)

// victimLooks is how often board and kernel are looked at, victimLimit bounds
// the looking: a board cuts after 10 s.
const (
	victimLooks = time.Millisecond
	victimLimit = 15 * time.Second
)

// victim pulls the server's cable while its engine hangs. The other node cuts
// it; it must drop the VIP at once. Plugged in again in time, it is spared.
func victim(ctx context.Context, p *pair, server int, s sheet) error {
	if err := p.signalEngine(ctx, server, "STOP"); err != nil {
		return err
	}
	if err := p.lab.SetUplink(server, false); err != nil {
		return err
	}
	rose, err := p.moment(ctx, func() bool { return p.lab.Boards().Status()[server].In })
	if err != nil {
		return fmt.Errorf("wait until EXTIN of %s rises: %w", p.name(server), err)
	}
	gone, err := p.moment(ctx, func() bool { return !p.lab.HoldsVIP(server) })
	if err != nil {
		return fmt.Errorf("wait until %s drops the VIP: %w", p.name(server), err)
	}
	s.add(figVictim, ms(gone.Sub(rose)))
	if err := p.lab.SetUplink(server, true); err != nil {
		return err
	}
	return p.signalEngine(ctx, server, "CONT")
}

func (p *pair) signalEngine(ctx context.Context, node int, signal string) error {
	_, err := p.lab.Exec(ctx, node, "sh", "-c", "kill -"+signal+" $(cat /run/docker.pid)")
	return err
}

// moment is when something was first seen, to a millisecond or two.
func (p *pair) moment(ctx context.Context, seen func() bool) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, victimLimit)
	defer cancel()
	for !seen() {
		if err := stand(ctx, victimLooks); err != nil {
			return time.Time{}, err
		}
	}
	return time.Now(), nil
}
