package config

import (
	"fmt"
	"net/netip"
	"strings"
)

// The checks in this file compare keys with each other. Each looks only at values that passed their own check: what
// was already reported is the zero value here and is not reported twice.

func checkNodes(sections []*section, nodes [2]Node) {
	if len(sections) != 2 {
		return
	}
	s, a, b := sections[1], nodes[0], nodes[1]
	if a.Name != "" && strings.EqualFold(a.Name, b.Name) {
		s.fail("name", "is "+quote(b.Name)+" like the first node's", "a name of its own for each node")
	}
	if !a.Address.IsValid() || !b.Address.IsValid() {
		return
	}
	loopback := a.Address.IsLoopback() && b.Address.IsLoopback()
	switch {
	case a.Address == b.Address && (!loopback || a.Port == b.Port):
		s.fail("address", "is "+b.Address.String()+" like the first node's", "an address of its own for each node")
	case a.Address.Is4() != b.Address.Is4():
		s.fail("address", "is "+b.Address.String()+" while the first node has "+a.Address.String(),
			"both addresses IPv4 or both IPv6")
	case a.Address.IsLoopback() != b.Address.IsLoopback():
		s.fail("address", "is "+b.Address.String()+" while the first node has "+a.Address.String(),
			"addresses at which each node reaches the other")
	}
}

// checkContainers refuses two containers of one name or on one host port, and ports that the network cannot publish.
func checkContainers(service *section, containers []Container) {
	names, taken := map[string]bool{}, map[Port]string{}
	for i, c := range containers {
		path := entry(join(service.path, "container"), i)
		s := &section{doc: service.doc, path: path, line: service.doc.lines[path]}
		if c.Name != "" && names[c.Name] {
			s.fail("name", "is "+quote(c.Name)+" a second time", "a name of its own for each container")
		}
		names[c.Name] = true
		if len(c.Ports) > 0 && (c.Network == "host" || c.Network == "none") {
			s.fail("ports", "cannot be published on network "+quote(c.Network), "no ports with network host or none")
			continue
		}
		checkPorts(s, c, taken)
	}
}

// checkPorts adds the container's host ports to those taken. The host address does not count, for one port on
// loopback and on every address clash.
func checkPorts(s *section, c Container, taken map[Port]string) {
	for i, p := range c.Ports {
		if p.Host == 0 {
			continue
		}
		key := Port{Host: p.Host, Protocol: p.Protocol}
		if owner, clash := taken[key]; clash {
			s.failEntry("ports", i, fmt.Sprintf("wants host port %d/%s, which %s has", p.Host, p.Protocol, owner),
				"each host port once")
		}
		taken[key] = c.Name
	}
}

func checkVIP(s *section, v VIP, nodes [2]Node) {
	const one = "one IPv4 address, one IPv6 address, or a list of one of each"
	if s.has("address") && len(v.Addresses) == 0 {
		if list, ok := s.values["address"].([]any); ok && len(list) == 0 {
			s.fail("address", "is an empty list", one)
		}
	}
	families := map[bool]bool{}
	for _, p := range v.Addresses {
		if !p.IsValid() {
			continue
		}
		if families[p.Addr().Is4()] {
			s.fail("address", "has two addresses of one family", one)
		}
		families[p.Addr().Is4()] = true
		checkVIPSubnet(s, p, v.Interface, nodes)
	}
	checkReferences(s, v, nodes)
}

// checkVIPSubnet refuses a VIP that a node could not bring up: without an interface the one with an address in the
// VIP's subnet is taken. Only the nodes' own addresses are known here, so another family proves nothing.
func checkVIPSubnet(s *section, p netip.Prefix, iface string, nodes [2]Node) {
	for _, n := range nodes {
		sameFamily := n.Address.Is4() == p.Addr().Is4()
		if !n.Address.IsValid() || n.Address.IsLoopback() || !sameFamily {
			continue
		}
		if n.Address == p.Addr() {
			s.fail("address", fmt.Sprintf("is %s, the address of %s", p, n.Name), "an address that no machine has")
			continue
		}
		if iface == "" && !p.Contains(n.Address) {
			s.fail("address", fmt.Sprintf("is %s, outside the subnet of %s (%s)", p, n.Name, n.Address),
				"an address in the subnet of both nodes; elsewhere only with interface")
		}
	}
}

// maxReferences bounds what is asked every second.
const maxReferences = 8

// checkReferences refuses references that would answer when the uplink is gone, or never.
func checkReferences(s *section, v VIP, nodes [2]Node) {
	if n := len(v.References); n > maxReferences {
		s.fail("references", fmt.Sprintf("has %d entries", n), fmt.Sprintf("at most %d entries", maxReferences))
	}
	for i, r := range v.References {
		if wrong := judgeReference(r, v, nodes); r.IsValid() && wrong != "" {
			s.failEntry("references", i, "is "+r.String()+", "+wrong,
				"a machine in the VIP's subnet beyond the switch, such as the router")
		}
	}
}

// judgeReference says what is wrong with r, or nothing.
func judgeReference(r netip.Addr, v VIP, nodes [2]Node) string {
	for _, n := range nodes {
		if n.Address == r {
			return "the address of " + n.Name
		}
	}
	inside := len(v.Addresses) == 0
	for _, p := range v.Addresses {
		if p.Addr() == r {
			return "the VIP itself"
		}
		inside = inside || !p.IsValid() || p.Contains(r)
	}
	if !inside {
		return "outside the VIP's subnet"
	}
	return ""
}
