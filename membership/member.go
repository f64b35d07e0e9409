package membership

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync/atomic"

	"github.com/hashicorp/memberlist"
	"golang.org/x/sync/errgroup"
)

var (
	// ErrNotRunning is returned by Send before the address is bound and after
	// Run has ended.
	ErrNotRunning = errors.New("membership is not running")
	// ErrTooLarge is returned by Send for a payload over MaxPayload.
	ErrTooLarge = errors.New("payload does not fit into one datagram")

	errRanBefore = errors.New("a member runs only once")
)

// A Member is this node's end of the pair. It runs once.
type Member struct {
	config Config
	self   netip.AddrPort
	peer   netip.AddrPort // as configured
	meta   []byte
	logger *slog.Logger

	box      *mailbox
	events   chan Event
	presence *presence
	trouble  *reporter
	missed   chan struct{} // asks the joiner to try at once
	ready    chan struct{} // closed when bound

	ran    atomic.Bool
	list   atomic.Pointer[memberlist.Memberlist]
	peerAt atomic.Pointer[netip.AddrPort] // where the peer was last seen
}

// New checks the configuration, reporting every fault of it. It binds and
// starts nothing.
func New(c Config) (*Member, error) {
	if err := c.validate(); err != nil {
		return nil, fmt.Errorf("membership configuration: %w", err)
	}
	meta, err := encodeMeta(c.Cluster, Meta{BootID: c.BootID, Session: c.Session, Version: c.Version})
	if err != nil {
		return nil, err
	}
	if c.Detection == 0 {
		c.Detection = defaultDetection
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	m := &Member{
		config: c,
		self:   netip.AddrPortFrom(c.Address, c.Port),
		peer:   netip.AddrPortFrom(c.PeerAddress, c.PeerPort),
		meta:   meta,
		logger: c.Logger,
		box:    newMailbox(),
		events: make(chan Event),
		missed: make(chan struct{}, 1),
		ready:  make(chan struct{}),
	}
	m.presence = newPresence(c.Detection, bootTime(), m.box.put, m.miss)
	m.trouble = newReporter(c, bootTime, m.box.put)
	return m, nil
}

// Events gives what happened, in order. It must be read; what waits too long
// gives way as Dropped says, except for the latest word about the peer. The
// channel is never closed: its reader ends with Run.
func (m *Member) Events() <-chan Event { return m.events }

// Ready is closed when the address is bound and Send can be used.
func (m *Member) Ready() <-chan struct{} { return m.ready }

// Dropped counts the messages that gave way because Events was read too
// slowly.
func (m *Member) Dropped() uint64 { return m.box.droppedMessages() }

// Run binds this node's address, waiting for it for ever if it is not there
// yet or in use, meets the peer and stays until ctx ends, which is no error. It
// fails at once when the address cannot be bound for any other reason.
func (m *Member) Run(ctx context.Context) error {
	if !m.ran.CompareAndSwap(false, true) {
		return errRanBefore
	}
	m.presence.restart(bootTime())
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { m.box.pump(ctx, m.events); return nil })
	g.Go(func() error { return m.serve(ctx) })
	return g.Wait()
}

// Beat says that this node runs and reads its events. The loop that decides
// calls it every BeatInterval: a sleep, and a loop that was kept waiting, show
// as a gap, are reported as Slept, and a loss that the gap may have made is
// held back. While nobody calls it no loss is believed.
func (m *Member) Beat() { m.presence.beat(bootTime()) }

// Send gives one datagram to the network and never waits. It goes to the
// peer's configured address even while the peer seems lost or was never met, so
// that a node that hears nothing is still heard; a peer that was met at
// another address gets it there too. An error says that it certainly did not
// leave; nothing says that it arrived. At most MaxPayload bytes.
func (m *Member) Send(payload []byte) error {
	if len(payload) > MaxPayload {
		return fmt.Errorf("send %d bytes to %s: %w (at most %d)", len(payload), m.config.PeerName, ErrTooLarge, MaxPayload)
	}
	list := m.list.Load()
	if list == nil {
		return fmt.Errorf("send to %s: %w", m.config.PeerName, ErrNotRunning)
	}
	sealed := envelope{m.config.Name, m.config.Address, payload}.encode()
	err := m.sendTo(list, m.peer, sealed)
	if at := m.peerAt.Load(); at != nil && *at != m.peer {
		err = m.sendTo(list, *at, sealed)
	}
	return err
}

func (m *Member) sendTo(list *memberlist.Memberlist, to netip.AddrPort, b []byte) error {
	address := memberlist.Address{Addr: to.String(), Name: m.config.PeerName}
	if err := list.SendToAddress(address, b); err != nil {
		return fmt.Errorf("send to %s at %v: %w", m.config.PeerName, to, err)
	}
	return nil
}

// serve runs memberlist from the bound address to its shutdown.
func (m *Member) serve(ctx context.Context) error {
	t, err := m.bind(ctx)
	if err != nil || t == nil {
		return err
	}
	settings, err := m.settings(t)
	if err != nil {
		return errors.Join(fmt.Errorf("configure memberlist: %w", err), t.Shutdown())
	}
	list, err := memberlist.Create(settings)
	if err != nil {
		_ = t.Shutdown() // memberlist may have done it already
		return fmt.Errorf("start memberlist: %w", err)
	}
	m.list.Store(list)
	close(m.ready)
	m.keepJoined(ctx, list)
	m.list.Store(nil)
	return list.Shutdown()
}

func (m *Member) miss() {
	select {
	case m.missed <- struct{}{}:
	default: // already asked
	}
}
