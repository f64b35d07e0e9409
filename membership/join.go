package membership

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/memberlist"
	"golang.org/x/sys/unix"
)

const (
	bindEvery = 500 * time.Millisecond
	// joinFirst doubles up to joinMost. Each try may take another two
	// streamTimeout, one to connect and one to be answered.
	joinFirst = 200 * time.Millisecond
	joinMost  = 2 * time.Second
)

// bind opens this node's address as soon as that is possible. It returns nil
// and no error when ctx ended first.
func (m *Member) bind(ctx context.Context) (*transport, error) {
	for {
		t, err := openTransport(ctx, m.self)
		if err == nil {
			return t, nil
		}
		if !m.waitsFor(err) {
			return nil, fmt.Errorf("bind %v: %w", m.self, err)
		}
		if !pause(ctx, bindEvery) {
			return nil, nil
		}
	}
}

// waitsFor reports faults of binding that may pass by themselves.
func (m *Member) waitsFor(err error) bool {
	switch {
	case errors.Is(err, unix.EADDRNOTAVAIL):
		m.trouble.addressMissing(m.self)
	case errors.Is(err, unix.EADDRINUSE):
		m.trouble.addressInUse(m.self)
	default:
		return false
	}
	return true
}

// keepJoined joins whenever memberlist does not see the peer, until ctx ends:
// memberlist forgets a lost node after 30 s and never asks for it again.
func (m *Member) keepJoined(ctx context.Context, list *memberlist.Memberlist) {
	for ctx.Err() == nil {
		for wait := joinFirst; ctx.Err() == nil && !m.presence.isHere(); wait = min(2*wait, joinMost) {
			m.join(list)
			if !m.presence.isHere() {
				pause(ctx, wait)
			}
		}
		select {
		case <-m.missed:
		case <-ctx.Done():
		}
	}
}

// join asks the configured address once. It waits up to two streamTimeout.
func (m *Member) join(list *memberlist.Memberlist) {
	_, err := list.Join([]string{m.config.PeerName + "/" + m.peer.String()})
	if err == nil {
		return
	}
	m.logger.Debug("join failed", "peer", m.config.PeerName, "address", m.peer, "error", err)
	// Not exhaustive: refusalOf knows these two.
	//exhaustive:ignore
	switch refusalOf(err.Error()) {
	case KeyMismatch:
		m.trouble.keyMismatch(m.peer.Addr())
	case NotEncrypted:
		m.trouble.notEncrypted(m.peer.Addr())
	}
}

// pause returns false when ctx ended before the time.
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
