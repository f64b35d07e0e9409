package vip

import (
	"fmt"
	"net"
	"net/netip"

	"github.com/mdlayher/arp"
)

// etherTypeARP is the EtherType of RFC 826.
const etherTypeARP = 0x0806

var (
	ethernetBroadcast = net.HardwareAddr{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	ethernetZero      = make(net.HardwareAddr, 6)
)

// arpMessage builds one ARP packet for a datagram packet socket, which puts the
// Ethernet header before it.
func arpMessage(op arp.Operation, mac net.HardwareAddr, from netip.Addr, target net.HardwareAddr, to netip.Addr) ([]byte, error) {
	p, err := arp.NewPacket(op, mac, from, target, to)
	if err != nil {
		return nil, fmt.Errorf("build an ARP packet from %v %v: %w", from, mac, err)
	}
	return p.MarshalBinary()
}

// arpAnnouncements builds the two forms of gratuitous ARP; see the package's
// text for why they look as they do.
func arpAnnouncements(mac net.HardwareAddr, ip netip.Addr) (request, reply []byte, err error) {
	if request, err = arpMessage(arp.OperationRequest, mac, ip, ethernetZero, ip); err != nil {
		return nil, nil, err
	}
	reply, err = arpMessage(arp.OperationReply, mac, ip, mac, ip)
	return request, reply, err
}

// arpQuestion asks who has target. With an unspecified from it is a probe of
// RFC 5227 section 2.1.1, which enters nobody's cache.
func arpQuestion(mac net.HardwareAddr, from, target netip.Addr) ([]byte, error) {
	return arpMessage(arp.OperationRequest, mac, from, ethernetZero, target)
}

// parseARP returns who says to have which address. A probe says nothing: it is
// a question, and the other node of a pair asks it too.
func parseARP(b []byte, _ net.HardwareAddr) (netip.Addr, net.HardwareAddr, bool) {
	var p arp.Packet
	if err := p.UnmarshalBinary(b); err != nil {
		return netip.Addr{}, nil, false
	}
	if !p.SenderIP.Is4() || p.SenderIP.IsUnspecified() || len(p.SenderHardwareAddr) != 6 {
		return netip.Addr{}, nil, false
	}
	return p.SenderIP, p.SenderHardwareAddr, true
}
