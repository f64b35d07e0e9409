package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

var portNumber = kind[uint16]{"a whole number from 1 to 65535", func(v any) (uint16, error) {
	n, err := integer(1, 65535).parse(v)
	return uint16(n), err
}}

// boardAddress is one of the three that the board's DIP switches can select.
var boardAddress = kind[uint16]{"0x6e, 0x6d or 0x6b, without quotes", func(v any) (uint16, error) {
	n, ok := v.(int64)
	if !ok || !slices.Contains([]int64{0x6e, 0x6d, 0x6b}, n) {
		return 0, errors.New("is " + describe(v))
	}
	return uint16(n), nil
}}

// wholeSeconds is a duration that the board's one-byte register of seconds can hold.
func wholeSeconds(least, most time.Duration) kind[time.Duration] {
	k := duration(least, most)
	return text(k.allowed+", whole seconds", func(s string) (time.Duration, error) {
		d, err := k.parse(s)
		if err == nil && d%time.Second != 0 {
			err = errors.New("is " + describe(s))
		}
		return d, err
	})
}

// prefix is a VIP: an address of one machine with the length of its subnet.
var prefix = text("an IPv4 or IPv6 address of one machine and the length of its subnet, such as 192.0.2.215/24",
	func(s string) (netip.Prefix, error) {
		p, err := netip.ParsePrefix(s)
		if err != nil || !isHost(p.Addr()) || p.Addr().IsLoopback() || p.Addr().Is4In6() || p.Bits() == 0 {
			return netip.Prefix{}, errors.New("is " + describe(s))
		}
		if p.Addr() == p.Masked().Addr() && !isShort(p) {
			return netip.Prefix{}, fmt.Errorf("is %s, the address of the subnet itself", describe(s))
		}
		if p.Addr().Is4() && p.Addr() == lastOf(p) && !isShort(p) {
			return netip.Prefix{}, fmt.Errorf("is %s, the broadcast address of its subnet", describe(s))
		}
		return p, nil
	})

// isShort tells whether every address of the subnet belongs to a machine: /31 (RFC 3021), /127 (RFC 6164), /32, /128.
func isShort(p netip.Prefix) bool {
	return p.Addr().BitLen()-p.Bits() <= 1
}

// lastOf is the highest address of an IPv4 subnet.
func lastOf(p netip.Prefix) netip.Addr {
	b := p.Addr().As4()
	for bit := p.Bits(); bit < 32; bit++ {
		b[bit/8] |= 0x80 >> (bit % 8)
	}
	return netip.AddrFrom4(b)
}

// publishedPort is what `docker run -p` takes, without ranges and without ports that the engine would choose. A host
// address may only be one that both nodes have at any time, for the VIP comes after the container.
var publishedPort = text(`"80:80", "53:53/udp" or "127.0.0.1:8080:80", host port first`, func(s string) (Port, error) {
	wrong := fmt.Errorf("is %s", describe(s))
	rest, protocol, given := strings.Cut(s, "/")
	if !given {
		protocol = "tcp"
	}
	p := Port{Protocol: protocol}
	host, container, ok := cutLast(rest, ":")
	if !ok || !slices.Contains([]string{"tcp", "udp", "sctp"}, protocol) {
		return Port{}, wrong
	}
	if ip, port, hasIP := cutLast(host, ":"); hasIP {
		var err error
		p.HostIP, err = netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(ip, "["), "]"))
		if err != nil {
			return Port{}, wrong
		}
		if !p.HostIP.IsUnspecified() && !p.HostIP.IsLoopback() {
			return Port{}, fmt.Errorf("is %s, and both nodes must have the host address before the service runs", describe(s))
		}
		host = port
	}
	var okHost, okContainer bool
	p.Host, okHost = parsePort(host)
	p.Container, okContainer = parsePort(container)
	if !okHost || !okContainer {
		return Port{}, wrong
	}
	return p, nil
})

func parsePort(s string) (uint16, bool) {
	n, err := strconv.ParseUint(s, 10, 16)
	return uint16(n), err == nil && n > 0
}

// cutLast cuts around the last separator.
func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// mount is what `docker run -v` takes, with ro and rw as the only options.
var mount = text(`"/on/the/host:/in/the/container" or "name:/in/the/container", with ":ro" to keep it unchanged`,
	func(s string) (Volume, error) {
		wrong := errors.New("is " + describe(s))
		parts := strings.Split(s, ":")
		if len(parts) < 2 || len(parts) > 3 {
			return Volume{}, wrong
		}
		v := Volume{Source: parts[0], Target: parts[1]}
		if len(parts) == 3 {
			v.ReadOnly = parts[2] == "ro"
			if !v.ReadOnly && parts[2] != "rw" {
				return Volume{}, wrong
			}
		}
		_, errPath := absolutePath.parse(v.Source)
		_, errName := engineName.parse(v.Source)
		_, errTarget := absolutePath.parse(v.Target)
		if errPath != nil && errName != nil || errTarget != nil || v.Target == "/" {
			return Volume{}, wrong
		}
		return v, nil
	})

var probeURL = text("an http or https URL with a host, such as http://127.0.0.1:80/", func(s string) (string, error) {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Fragment != "" {
		return "", errors.New("is " + describe(s))
	}
	if _, ok := parsePort(u.Port()); u.Port() != "" && !ok {
		return "", errors.New("is " + describe(s))
	}
	return s, nil
})

var hostPort = text("host:port, such as 127.0.0.1:80", func(s string) (string, error) {
	host, port, err := net.SplitHostPort(s)
	if _, ok := parsePort(port); err != nil || host == "" || !ok {
		return "", errors.New("is " + describe(s))
	}
	return s, nil
})
