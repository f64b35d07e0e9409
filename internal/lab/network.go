package lab

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
)

const (
	bridgeName = "br0"
	hostPort   = "eth0" // the interface every machine of the lab sees
	portClient = "port-client"
	portRouter = "port-router"
)

// portOf names the switch port of node i.
func portOf(i int) string { return fmt.Sprintf("port-%d", i+1) }

// cabling is the wanted state of the network; apply makes it so. It is level,
// not edge: a node that boots gets the state that holds at that moment.
type cabling struct {
	linkCut   bool
	switchOff bool
	routerOff bool
	uplinkCut [2]bool
	silent    [2]bool // a panicked kernel: carrier stays, no frame passes
	loss      [2]int  // percent of frames lost that come from node i
	deaf      [2]bool // node i does not get what the other node sends
}

// network is the switch with its machines: the nodes, the client, the router.
type network struct {
	thread *thread
	opts   Options

	mu     sync.Mutex
	wanted cabling
	ruled  bool // nftables rules are loaded
	sw     netns.NsHandle
	swLink *netlink.Handle
	client netns.NsHandle
	router netns.NsHandle
}

// newNetwork makes the switch, the client and the router. The caller closes
// it also when it fails half-way.
func newNetwork(t *thread, opts Options) (*network, error) {
	n := &network{thread: t, opts: opts, sw: netns.None(), client: netns.None(), router: netns.None()}
	if err := n.makeSwitch(); err != nil {
		return n, fmt.Errorf("make switch: %w", err)
	}
	var err error
	if n.client, err = n.makeMachine(portClient, opts.Client, nil); err != nil {
		return n, fmt.Errorf("make client: %w", err)
	}
	if n.router, err = n.makeMachine(portRouter, opts.Router, nil); err != nil {
		return n, fmt.Errorf("make router: %w", err)
	}
	return n, nil
}

func (n *network) makeSwitch() (err error) {
	if n.sw, err = n.newMachineNamespace(); err != nil {
		return err
	}
	if n.swLink, err = netlink.NewHandleAt(n.sw); err != nil {
		return fmt.Errorf("open netlink: %w", err)
	}
	snooping := false
	br := &netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Name: bridgeName}, MulticastSnooping: &snooping}
	if err := n.swLink.LinkAdd(br); err != nil {
		return fmt.Errorf("add bridge: %w", err)
	}
	return n.swLink.LinkSetUp(br)
}

// newMachineNamespace makes a namespace without IPv6 (its router
// solicitations would only be noise) and without forwarding.
func (n *network) newMachineNamespace() (netns.NsHandle, error) {
	ns, err := n.thread.newNamespace()
	if err != nil {
		return ns, err
	}
	err = n.thread.do(ns, func() error {
		return errors.Join(
			setSysctl("net/ipv4/ip_forward", "0"),
			setSysctl("net/ipv4/conf/all/send_redirects", "0"),
			setSysctl("net/ipv6/conf/all/disable_ipv6", "1"),
			setSysctl("net/ipv6/conf/default/disable_ipv6", "1"),
		)
	})
	if err != nil {
		ns.Close()
		return netns.None(), err
	}
	return ns, nil
}

func setSysctl(name, value string) error {
	err := os.WriteFile("/proc/sys/"+name, []byte(value), 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil // a kernel without IPv6 needs no telling
	}
	return err
}

// makeMachine makes a namespace with one cable to the switch. mac may be nil.
func (n *network) makeMachine(port string, addr netip.Addr, mac net.HardwareAddr) (netns.NsHandle, error) {
	ns, err := n.newMachineNamespace()
	if err != nil {
		return ns, err
	}
	if err := n.plug(ns, port, addr, mac); err != nil {
		ns.Close()
		return netns.None(), err
	}
	return ns, nil
}

func (n *network) plug(ns netns.NsHandle, port string, addr netip.Addr, mac net.HardwareAddr) error {
	cable := &netlink.Veth{
		LinkAttrs:        netlink.LinkAttrs{Name: port},
		PeerName:         hostPort,
		PeerNamespace:    netlink.NsFd(ns),
		PeerHardwareAddr: mac,
	}
	if err := n.swLink.LinkAdd(cable); err != nil {
		return fmt.Errorf("add cable %s: %w", port, err)
	}
	inside, err := netlink.NewHandleAt(ns)
	if err != nil {
		return fmt.Errorf("open netlink in namespace of %s: %w", port, err)
	}
	defer inside.Close()
	if err := configureHost(inside, netip.PrefixFrom(addr, n.opts.VIP.Bits())); err != nil {
		return fmt.Errorf("configure %s behind %s: %w", hostPort, port, err)
	}
	return n.apply()
}

func configureHost(h *netlink.Handle, addr netip.Prefix) error {
	lo, err := h.LinkByName("lo")
	if err != nil {
		return fmt.Errorf("find lo: %w", err)
	}
	eth, err := h.LinkByName(hostPort)
	if err != nil {
		return fmt.Errorf("find %s: %w", hostPort, err)
	}
	ipnet := &net.IPNet{IP: addr.Addr().AsSlice(), Mask: net.CIDRMask(addr.Bits(), addr.Addr().BitLen())}
	if err := h.AddrAdd(eth, &netlink.Addr{IPNet: ipnet}); err != nil {
		return fmt.Errorf("add %s: %w", addr, err)
	}
	return errors.Join(h.LinkSetUp(lo), h.LinkSetUp(eth))
}

// plugNode makes the network side of a node that powers up: a new namespace,
// as a new kernel has, behind the same port with the same MAC address.
func (n *network) plugNode(i int) (netns.NsHandle, error) {
	node := n.opts.Nodes[i]
	return n.makeMachine(portOf(i), node.Addr, node.MAC)
}

// unplugNode takes a node's cable away at once. It comes before its processes
// are killed: a dead Pi sends no FIN for the connections it had.
func (n *network) unplugNode(i int) error {
	n.mu.Lock() // or apply would find the port and then not
	defer n.mu.Unlock()
	link, err := n.swLink.LinkByName(portOf(i))
	if notFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("find %s: %w", portOf(i), err)
	}
	if err := n.swLink.LinkDel(link); err != nil {
		return fmt.Errorf("remove %s: %w", portOf(i), err)
	}
	return nil
}

func notFound(err error) bool {
	var gone netlink.LinkNotFoundError
	return errors.As(err, &gone)
}

// change edits the wanted cabling and applies it.
func (n *network) change(edit func(*cabling)) error {
	n.mu.Lock()
	edit(&n.wanted)
	n.mu.Unlock()
	return n.apply()
}

// cablingNow returns a copy of the wanted state.
func (n *network) cablingNow() cabling {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.wanted
}

// close lets the namespaces go; the kernel removes all that is in them once
// the processes inside have ended too.
func (n *network) close() error {
	if n.swLink != nil {
		n.swLink.Close()
	}
	var errs []error
	for _, ns := range []*netns.NsHandle{&n.router, &n.client, &n.sw} {
		if ns.IsOpen() {
			errs = append(errs, ns.Close())
		}
	}
	return errors.Join(errs...)
}
