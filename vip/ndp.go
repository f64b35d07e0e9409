package vip

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"

	"github.com/mdlayher/ndp"
	"golang.org/x/net/bpf"
)

const (
	etherTypeIPv6 = 0x86dd
	headerLength  = 40 // Of IPv6, RFC 8200 section 3.
	protocolICMP6 = 58
	hopLimit      = 255 // Anything less has crossed a router: RFC 4861 section 7.1.
	typeAdvert    = 136
)

// advertOnly lets the kernel throw away all IPv6 traffic but neighbour
// advertisements. Extension headers hide one; Linux sends none with them.
var advertOnly = []bpf.Instruction{
	bpf.LoadAbsolute{Off: 6, Size: 1},
	bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: protocolICMP6, SkipTrue: 3},
	bpf.LoadAbsolute{Off: headerLength, Size: 1},
	bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: typeAdvert, SkipTrue: 1},
	bpf.RetConstant{Val: 0xffff},
	bpf.RetConstant{Val: 0},
}

// ndpMessage puts m behind an IPv6 header. A packet socket sends it from
// whatever source is needed, the unspecified one too, and asks for no address
// on the interface.
func ndpMessage(m ndp.Message, from, to netip.Addr) ([]byte, error) {
	body, err := ndp.MarshalMessageChecksum(m, from, to)
	if err != nil {
		return nil, fmt.Errorf("build a neighbour message from %v to %v: %w", from, to, err)
	}
	b := make([]byte, headerLength, headerLength+len(body))
	b[0] = 6 << 4
	binary.BigEndian.PutUint16(b[4:], uint16(len(body)))
	b[6], b[7] = protocolICMP6, hopLimit
	source, destination := from.As16(), to.As16()
	copy(b[8:], source[:])
	copy(b[24:], destination[:])
	return append(b, body...), nil
}

// multicastMAC is the Ethernet address of an IPv6 group, RFC 2464 section 7.
func multicastMAC(group netip.Addr) net.HardwareAddr {
	b := group.As16()
	return net.HardwareAddr{0x33, 0x33, b[12], b[13], b[14], b[15]}
}

// ndpAnnouncement is an unsolicited advertisement with override to all nodes,
// RFC 4861 section 7.2.6.
func ndpAnnouncement(mac net.HardwareAddr, ip netip.Addr) ([]byte, net.HardwareAddr, error) {
	all := netip.IPv6LinkLocalAllNodes()
	b, err := ndpMessage(&ndp.NeighborAdvertisement{
		Override:      true,
		TargetAddress: ip,
		Options:       []ndp.Option{&ndp.LinkLayerAddress{Direction: ndp.Target, Addr: mac}},
	}, ip, all)
	return b, multicastMAC(all), err
}

// ndpQuestion asks who has target as duplicate detection does (RFC 4862 section
// 5.4.2): from the unspecified address, so that the answer goes to all nodes.
func ndpQuestion(target netip.Addr) ([]byte, net.HardwareAddr, error) {
	group, err := ndp.SolicitedNodeMulticast(target)
	if err != nil {
		return nil, nil, fmt.Errorf("ask for %v: %w", target, err)
	}
	b, err := ndpMessage(&ndp.NeighborSolicitation{TargetAddress: target}, netip.IPv6Unspecified(), group)
	return b, multicastMAC(group), err
}

// parseNDP returns who advertises which address. The hardware address is that
// of the message, or of the frame where the message has none.
func parseNDP(b []byte, from net.HardwareAddr) (netip.Addr, net.HardwareAddr, bool) {
	if len(b) < headerLength || b[0]>>4 != 6 || b[6] != protocolICMP6 || b[7] != hopLimit {
		return netip.Addr{}, nil, false
	}
	end := headerLength + int(binary.BigEndian.Uint16(b[4:]))
	if end > len(b) {
		return netip.Addr{}, nil, false
	}
	m, err := ndp.ParseMessage(b[headerLength:end])
	if err != nil {
		return netip.Addr{}, nil, false
	}
	advert, ok := m.(*ndp.NeighborAdvertisement)
	if !ok {
		return netip.Addr{}, nil, false
	}
	mac := from
	for _, option := range advert.Options {
		if lla, ok := option.(*ndp.LinkLayerAddress); ok && lla.Direction == ndp.Target {
			mac = lla.Addr
		}
	}
	return advert.TargetAddress, mac, len(mac) == 6
}
