package resources

import (
	"errors"
	"fmt"
	"net"

	"github.com/vishvananda/netlink"
)

// endpoint is a container's end of one engine network.
type endpoint struct{ IP, MAC string }

// greet tells the kernel at which hardware address a container that has just started is found.
//
// The engine publishes the ports some 100 ms before the container's interface is up. A client that connects in between
// makes the kernel ask for the container by ARP, in vain, and ask again only after retrans_time_ms, 1 s by default (arp(7)).
// All clients wait for that second. Entering the address, which the engine knows, also sends off whoever is waiting.
func greet(endpoints []endpoint) error {
	var errs []error
	for _, e := range endpoints {
		ip := net.ParseIP(e.IP)
		mac, err := net.ParseMAC(e.MAC)
		if ip == nil || err != nil {
			continue // the host's network, or none
		}
		routes, err := netlink.RouteGet(ip)
		if err != nil || len(routes) == 0 {
			errs = append(errs, fmt.Errorf("find the bridge of %s: %w", ip, err))
			continue
		}
		err = netlink.NeighSet(&netlink.Neigh{
			LinkIndex: routes[0].LinkIndex, IP: ip, HardwareAddr: mac, State: netlink.NUD_REACHABLE,
		})
		if err != nil {
			errs = append(errs, fmt.Errorf("enter %s at %s: %w", ip, mac, err))
		}
	}
	return errors.Join(errs...)
}
