package membership

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"github.com/hashicorp/memberlist"
	"golang.org/x/sys/unix"
)

const (
	maxDatagram  = 2048 // longer ones are cut and then fail the seal
	readErrPause = 50 * time.Millisecond
)

// A transport is memberlist's way to the network, in place of its own: it tells
// apart why an address cannot be bound, never waits when it sends a packet,
// lets a dial be interrupted, sends from the configured address even where
// the interface has several, and limits what a stranger may cost.
type transport struct {
	self    netip.AddrPort
	packet  *net.UDPConn
	raw     syscall.RawConn // of packet
	stream  *net.TCPListener
	packets chan *memberlist.Packet
	streams chan net.Conn
	guests  chan struct{} // one token per accepted stream

	// memberlist's interface knows no context; this one ends with Run's.
	life    context.Context
	end     context.CancelFunc
	readers sync.WaitGroup
}

var _ memberlist.NodeAwareTransport = (*transport)(nil)

// openTransport binds and starts reading. Shutdown undoes both; the end of ctx
// interrupts what waits in between.
func openTransport(ctx context.Context, self netip.AddrPort) (*transport, error) {
	stream, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(self))
	if err != nil {
		return nil, fmt.Errorf("listen for streams: %w", err)
	}
	packet, raw, err := openPacket(self)
	if err != nil {
		return nil, errors.Join(err, stream.Close())
	}
	life, end := context.WithCancel(ctx)
	t := &transport{
		self: self, packet: packet, raw: raw, stream: stream,
		packets: make(chan *memberlist.Packet),
		streams: make(chan net.Conn),
		guests:  make(chan struct{}, maxGuests),
		life:    life, end: end,
	}
	t.readers.Go(t.readPackets)
	t.readers.Go(t.acceptStreams)
	return t, nil
}

func openPacket(self netip.AddrPort) (*net.UDPConn, syscall.RawConn, error) {
	packet, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(self))
	if err != nil {
		return nil, nil, fmt.Errorf("listen for packets: %w", err)
	}
	raw, err := packet.SyscallConn()
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("reach the packet socket: %w", err), packet.Close())
	}
	return packet, raw, nil
}

// FinalAdvertiseAddr is always the configured address.
func (t *transport) FinalAdvertiseAddr(string, int) (net.IP, int, error) {
	return net.IP(t.self.Addr().AsSlice()), int(t.self.Port()), nil
}

// PacketCh gives what was received, as it came.
func (t *transport) PacketCh() <-chan *memberlist.Packet { return t.packets }

// StreamCh gives accepted streams.
func (t *transport) StreamCh() <-chan net.Conn { return t.streams }

// WriteTo sends a packet; see WriteToAddress.
func (t *transport) WriteTo(b []byte, address string) (time.Time, error) {
	return t.WriteToAddress(b, memberlist.Address{Addr: address})
}

// WriteToAddress sends a packet and never waits: Go's own write would wait
// for room in a send buffer that packets to a vanished neighbour can fill.
func (t *transport) WriteToAddress(b []byte, to memberlist.Address) (time.Time, error) {
	address, err := netip.ParseAddrPort(to.Addr)
	if err != nil {
		return time.Time{}, fmt.Errorf("send a packet to %s: %w", to.String(), err)
	}
	var sent error
	err = t.raw.Write(func(fd uintptr) bool {
		sent = unix.Sendto(int(fd), b, unix.MSG_DONTWAIT, sockaddr(address))
		return true // do not wait for room
	})
	if err = errors.Join(err, sent); err != nil {
		// memberlist suspects the receiver only after a *net.OpError; after any
		// other error, such as an unreachable network, it would never notice.
		err = &net.OpError{Op: "write", Net: "udp", Addr: net.UDPAddrFromAddrPort(address), Err: err}
	}
	return time.Now(), err
}

func sockaddr(a netip.AddrPort) unix.Sockaddr {
	if ip := a.Addr().Unmap(); ip.Is4() {
		return &unix.SockaddrInet4{Port: int(a.Port()), Addr: ip.As4()}
	}
	return &unix.SockaddrInet6{Port: int(a.Port()), Addr: a.Addr().As16()}
}

// DialTimeout opens a stream; see DialAddressTimeout.
func (t *transport) DialTimeout(address string, timeout time.Duration) (net.Conn, error) {
	return t.DialAddressTimeout(memberlist.Address{Addr: address}, timeout)
}

// DialAddressTimeout opens a stream from the configured address.
func (t *transport) DialAddressTimeout(to memberlist.Address, timeout time.Duration) (net.Conn, error) {
	dialer := net.Dialer{
		Timeout:   timeout,
		LocalAddr: &net.TCPAddr{IP: net.IP(t.self.Addr().AsSlice())},
	}
	conn, err := dialer.DialContext(t.life, "tcp", to.Addr)
	if err != nil {
		return nil, err
	}
	return boundStream(t.life, conn, func() {}), nil
}

// Shutdown closes the sockets and all streams and waits for the readers.
func (t *transport) Shutdown() error {
	t.end()
	err := errors.Join(t.packet.Close(), t.stream.Close())
	t.readers.Wait()
	return err
}

func (t *transport) readPackets() {
	buf := make([]byte, maxDatagram)
	for t.life.Err() == nil {
		n, from, err := t.packet.ReadFromUDPAddrPort(buf)
		if err != nil {
			t.pause()
			continue
		}
		if n == 0 {
			continue
		}
		p := &memberlist.Packet{
			Buf:       append([]byte{}, buf[:n]...), // memberlist keeps it
			From:      net.UDPAddrFromAddrPort(netip.AddrPortFrom(from.Addr().Unmap(), from.Port())),
			Timestamp: time.Now(),
		}
		select {
		case t.packets <- p:
		case <-t.life.Done():
		}
	}
}

func (t *transport) acceptStreams() {
	for t.life.Err() == nil {
		conn, err := t.stream.Accept()
		if err != nil {
			t.pause()
			continue
		}
		t.welcome(conn)
	}
}

// pause keeps an error that stays, such as too many open files, from spinning.
func (t *transport) pause() {
	select {
	case <-time.After(readErrPause):
	case <-t.life.Done():
	}
}
