package vip

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/mdlayher/packet"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

const (
	// sendDeadline bounds a send whose queue is full; such a frame is sent again
	// by whoever wanted it.
	sendDeadline = 50 * time.Millisecond

	frameSize = 2048 // More than the MTU of Ethernet; what is cut off is no neighbour message.
)

// wire is the pair of packet sockets on one interface, with the announcements
// of the virtual address built ahead. ARP packets are built by mdlayher/arp but
// sent here, for its client refuses an interface that has no IPv4 address.
type wire struct {
	link   link
	arp    *packet.Conn
	nd     *packet.Conn
	hello  []frame
	closed chan struct{}
}

// frame is a packet ready to go.
type frame struct {
	conn    *packet.Conn
	to      packet.Addr
	payload []byte
}

// sighting is somebody saying to have an address, or the end of a wire.
type sighting struct {
	wire *wire
	addr netip.Addr
	mac  net.HardwareAddr
	at   time.Time // When it was read, which may be long before the loop sees it.
	err  error     // Reading failed; the wire must be opened anew.
}

// interest is the set of addresses the loop wants to hear of. The readers drop
// the rest of the LAN's chatter without waking the loop.
type interest struct {
	set atomic.Pointer[map[netip.Addr]bool]
}

func (i *interest) store(set map[netip.Addr]bool) { i.set.Store(&set) }

func (i *interest) has(addr netip.Addr) bool {
	set := i.set.Load()
	return set != nil && (*set)[addr]
}

// openWire opens both sockets on l and builds the announcements of ip.
func openWire(enter func(func() error) error, l link, ip netip.Addr) (*wire, error) {
	w := &wire{link: l, closed: make(chan struct{})}
	filter, err := bpf.Assemble(advertOnly)
	if err != nil {
		return nil, fmt.Errorf("assemble the neighbour filter: %w", err)
	}
	ifi := &net.Interface{Index: l.index, Name: l.name, HardwareAddr: l.mac}
	err = enter(func() error {
		if w.arp, err = packet.Listen(ifi, packet.Datagram, etherTypeARP, nil); err != nil {
			return err
		}
		w.nd, err = packet.Listen(ifi, packet.Datagram, etherTypeIPv6, &packet.Config{Filter: filter})
		return err
	})
	if err == nil {
		err = w.prepare(ip)
	}
	if err != nil {
		w.close()
		return nil, fmt.Errorf("open packet sockets on %s: %w", l.name, err)
	}
	return w, nil
}

func (w *wire) prepare(ip netip.Addr) error {
	if ip.Is6() {
		b, to, err := ndpAnnouncement(w.link.mac, ip)
		w.hello = []frame{{w.nd, packet.Addr{HardwareAddr: to}, b}}
		return err
	}
	request, reply, err := arpAnnouncements(w.link.mac, ip)
	everyone := packet.Addr{HardwareAddr: ethernetBroadcast}
	w.hello = []frame{{w.arp, everyone, request}, {w.arp, everyone, reply}}
	return err
}

func (w *wire) close() {
	close(w.closed)
	for _, conn := range []*packet.Conn{w.arp, w.nd} {
		if conn != nil {
			_ = conn.Close() // Nothing is lost with a packet socket.
		}
	}
}

// announce sends the announcements; it fails if one of them did not go out.
func (w *wire) announce() error {
	for i := range w.hello {
		if err := w.send(&w.hello[i]); err != nil {
			return err
		}
	}
	return nil
}

// ask sends one question for target. An IPv4 question comes from source, if
// that is valid: some gateways ignore probes from the unspecified address.
func (w *wire) ask(target, source netip.Addr) error {
	f := frame{conn: w.arp, to: packet.Addr{HardwareAddr: ethernetBroadcast}}
	var err error
	switch {
	case target.Is6():
		f.conn = w.nd
		f.payload, f.to.HardwareAddr, err = ndpQuestion(target)
	case source.IsValid():
		f.payload, err = arpQuestion(w.link.mac, source, target)
	default:
		f.payload, err = arpQuestion(w.link.mac, netip.IPv4Unspecified(), target)
	}
	if err != nil {
		return err
	}
	return w.send(&f)
}

func (w *wire) send(f *frame) error {
	if err := f.conn.SetWriteDeadline(time.Now().Add(sendDeadline)); err != nil {
		return fmt.Errorf("send on %s: %w", w.link.name, err)
	}
	if _, err := f.conn.WriteTo(f.payload, &f.to); err != nil {
		return fmt.Errorf("send on %s: %w", w.link.name, err)
	}
	return nil
}

// parser returns who says to have which address; from is the sender of the frame.
type parser func(b []byte, from net.HardwareAddr) (netip.Addr, net.HardwareAddr, bool)

// read hands over what conn hears about wanted addresses until the wire is
// closed. A link that goes down is one error of a socket that stays good.
func (w *wire) read(conn *packet.Conn, parse parser, wanted *interest, out chan<- sighting) error {
	buffer := make([]byte, frameSize)
	for {
		n, from, err := conn.ReadFrom(buffer)
		s := sighting{wire: w, at: time.Now()}
		switch {
		case errors.Is(err, unix.ENETDOWN):
			continue
		case err != nil:
			s.err = err
		default:
			var ok bool
			s.addr, s.mac, ok = parse(buffer[:n], hardwareAddr(from))
			if !ok || !wanted.has(s.addr) {
				continue
			}
		}
		select {
		case out <- s:
		case <-w.closed:
			return nil
		}
		if s.err != nil {
			return nil
		}
	}
}

func hardwareAddr(a net.Addr) net.HardwareAddr {
	if p, ok := a.(*packet.Addr); ok && p != nil {
		return p.HardwareAddr
	}
	return nil
}
