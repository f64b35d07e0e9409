package resources

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Port is one published port.
type Port struct {
	Address   netip.Addr // on the host; the zero value means every address
	Host      uint16     // 1 to 65535
	Container uint16     // 1 to 65535
	Proto     string     // tcp, udp or sctp
}

// ParsePort reads "80:80", "127.0.0.1:8080:80" or "[2001:db8::1]:53:53/udp". It is stricter than the docker command: no
// ranges, no port left to the engine's choice, no host names, for on the other node it must come out the same.
func ParsePort(s string) (Port, error) {
	rest, proto, found := strings.Cut(s, "/")
	if !found {
		proto = "tcp"
	}
	if proto != "tcp" && proto != "udp" && proto != "sctp" {
		return Port{}, fmt.Errorf("port %q: protocol %q is not tcp, udp or sctp", s, proto)
	}
	p := Port{Proto: proto}
	rest, container, found := cutLast(rest)
	if !found {
		return Port{}, fmt.Errorf("port %q: want HOST:CONTAINER, as 80:80", s)
	}
	address, host, found := cutLast(rest)
	if !found {
		address, host = "", rest
	}
	var err error
	if p.Host, err = parseNumber(host); err != nil {
		return Port{}, fmt.Errorf("port %q: %w", s, err)
	}
	if p.Container, err = parseNumber(container); err != nil {
		return Port{}, fmt.Errorf("port %q: %w", s, err)
	}
	if found {
		if p.Address, err = parseHost(address); err != nil {
			return Port{}, fmt.Errorf("port %q: %w", s, err)
		}
	}
	return p, nil
}

// String is the form ParsePort reads.
func (p Port) String() string {
	s := fmt.Sprintf("%d:%d/%s", p.Host, p.Container, p.Proto)
	switch {
	case !p.Address.IsValid():
		return s
	case p.Address.Is6():
		return "[" + p.Address.String() + "]:" + s
	default:
		return p.Address.String() + ":" + s
	}
}

func cutLast(s string) (before, after string, found bool) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return "", s, false
	}
	return s[:i], s[i+1:], true
}

func parseNumber(s string) (uint16, error) {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil || n == 0 || s[0] == '0' {
		return 0, fmt.Errorf("%q is not a port from 1 to 65535", s)
	}
	return uint16(n), nil
}

// parseHost takes an IPv4 address as it is and an IPv6 address in brackets, so that its colons cannot be mistaken.
func parseHost(s string) (netip.Addr, error) {
	inner, bracketed := strings.CutPrefix(s, "[")
	if bracketed {
		inner, bracketed = strings.CutSuffix(inner, "]")
	}
	a, err := netip.ParseAddr(inner)
	switch {
	case err != nil:
		return netip.Addr{}, fmt.Errorf("%q is not an IP address", s)
	case a.Zone() != "":
		return netip.Addr{}, fmt.Errorf("address %q must not have a zone", s)
	case a.Is6() != bracketed:
		return netip.Addr{}, fmt.Errorf("address %q: IPv6 is written in brackets, IPv4 is not", s)
	case a.Is4In6():
		return netip.Addr{}, fmt.Errorf("address %q: write IPv4 as IPv4", s)
	}
	return a, nil
}
