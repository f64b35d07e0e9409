package vip

import (
	"fmt"
	"net/netip"
	"strings"
)

// maxListed bounds the interfaces that an error names.
const maxListed = 12

// place is an interface chosen for the address.
type place struct {
	link
	alone bool // It has no address in the subnet; only a configured one can be so.
}

// choose finds the interface for the address. current is the index of the one
// in use, 0 for none: it stays as long as it can serve, so that two interfaces
// in one subnet do not take turns, and as long as the address is on it. The
// error names the address and what exists.
func (s snapshot) choose(cfg Config, current int) (place, error) {
	if cfg.Interface != "" {
		return s.byName(cfg)
	}
	var best *place
	for i := range s.links {
		p := &place{link: s.links[i]}
		if !s.inSubnet(p.index, cfg.Address) && !(p.index == current && s.on(cfg.Address.Addr(), current)) {
			continue
		}
		if best == nil || better(p, best, current) {
			best = p
		}
	}
	if best == nil {
		return place{}, fmt.Errorf("no interface has an address in %v, the subnet of %v; there is %s",
			cfg.Address.Masked(), cfg.Address.Addr(), s.describe(cfg.Address.Addr()))
	}
	return *best, nil
}

// better prefers carrier, then the interface in use, then the lowest index.
func better(a, b *place, current int) bool {
	if a.carrier != b.carrier {
		return a.carrier
	}
	if (a.index == current) != (b.index == current) {
		return a.index == current
	}
	return a.index < b.index
}

func (s snapshot) byName(cfg Config) (place, error) {
	for _, l := range s.links {
		if l.name == cfg.Interface {
			return place{link: l, alone: !s.inSubnet(l.index, cfg.Address)}, nil
		}
	}
	return place{}, fmt.Errorf("no interface %s for %v; there is %s",
		cfg.Interface, cfg.Address.Addr(), s.describe(cfg.Address.Addr()))
}

// inSubnet says whether the interface has an address of its own in the subnet.
// The virtual address does not count.
func (s snapshot) inSubnet(index int, vip netip.Prefix) bool {
	return s.source(index, vip.Addr(), vip.Addr()).IsValid()
}

// source returns the first address of the interface whose prefix contains
// target, other than vip; an invalid one if there is none.
func (s snapshot) source(index int, vip, target netip.Addr) netip.Addr {
	for _, a := range s.addrs {
		if a.index == index && a.prefix.Addr() != vip && a.prefix.Contains(target) {
			return a.prefix.Addr()
		}
	}
	return netip.Addr{}
}

// holders returns where ip is.
func (s snapshot) holders(ip netip.Addr) []address {
	var found []address
	for _, a := range s.addrs {
		if a.prefix.Addr() == ip {
			found = append(found, a)
		}
	}
	return found
}

// on says whether ip is on the interface.
func (s snapshot) on(ip netip.Addr, index int) bool {
	for _, h := range s.holders(ip) {
		if h.index == index {
			return true
		}
	}
	return false
}

// nameOf returns the name of an interface, empty if it is gone.
func (s snapshot) nameOf(index int) string {
	for _, l := range s.links {
		if l.index == index {
			return l.name
		}
	}
	return ""
}

// own says whether mac belongs to this node. A node with two interfaces on one
// link answers on both and hears itself.
func (s snapshot) own(mac string) bool {
	for _, l := range s.links {
		if string(l.mac) == mac {
			return true
		}
	}
	return false
}

// describe lists the interfaces with their addresses, other than vip.
func (s snapshot) describe(vip netip.Addr) string {
	var parts []string
	for _, l := range s.links {
		if len(parts) == maxListed {
			parts = append(parts, "...")
			break
		}
		words := []string{l.name}
		for _, a := range s.addrs {
			if a.index == l.index && a.prefix.Addr() != vip {
				words = append(words, a.prefix.String())
			}
		}
		if len(words) == 1 {
			words = append(words, "(no address)")
		}
		parts = append(parts, strings.Join(words, " "))
	}
	if len(parts) == 0 {
		return "no interface at all"
	}
	return strings.Join(parts, ", ")
}
