package vip

import (
	"errors"
	"fmt"
	"math"
	"net"
	"net/netip"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

const (
	netlinkTimeout = time.Second
	dumpTries      = 3
	removeTries    = 3
)

// kernel reads and changes addresses by rtnetlink. Every request has a deadline
// of one second.
type kernel struct {
	handle *netlink.Handle
}

// link is what is needed of a network interface.
type link struct {
	index   int
	name    string
	mac     net.HardwareAddr
	carrier bool // Up, running and with carrier: it can send now.
}

// address is one address on one interface.
type address struct {
	index  int // Of its link.
	prefix netip.Prefix
}

// snapshot is all links and addresses of one moment.
type snapshot struct {
	links []link
	addrs []address
}

func openKernel(enter func(func() error) error) (*kernel, error) {
	var k kernel
	err := enter(func() (err error) {
		k.handle, err = netlink.NewHandle(unix.NETLINK_ROUTE)
		return err
	})
	if err == nil {
		err = k.handle.SetSocketTimeout(netlinkTimeout)
	}
	if err != nil {
		return nil, fmt.Errorf("open rtnetlink: %w", err)
	}
	return &k, nil
}

func (k *kernel) close() { k.handle.Close() }

// snapshot lists everything. A list that changed while it was read is read again.
func (k *kernel) snapshot() (snapshot, error) {
	var s snapshot
	links, err := dump(k.handle.LinkList)
	if err != nil {
		return s, fmt.Errorf("list interfaces: %w", err)
	}
	for _, l := range links {
		s.links = append(s.links, linkOf(l.Attrs()))
	}
	s.addrs, err = k.addresses()
	return s, err
}

func linkOf(a *netlink.LinkAttrs) link {
	// IFF_RUNNING needs operstate up: a WLAN that is not associated yet has
	// IFF_LOWER_UP alone (Documentation/networking/operstates.rst).
	const able = unix.IFF_UP | unix.IFF_RUNNING | unix.IFF_LOWER_UP
	return link{index: a.Index, name: a.Name, mac: a.HardwareAddr, carrier: a.RawFlags&able == able}
}

// addresses lists all addresses of all interfaces.
func (k *kernel) addresses() ([]address, error) {
	found, err := dump(func() ([]netlink.Addr, error) { return k.handle.AddrList(nil, netlink.FAMILY_ALL) })
	if err != nil {
		return nil, fmt.Errorf("list addresses: %w", err)
	}
	var addrs []address
	for _, a := range found {
		ip, ok := netip.AddrFromSlice(a.IP)
		bits, _ := a.Mask.Size()
		if ok {
			addrs = append(addrs, address{a.LinkIndex, netip.PrefixFrom(ip.Unmap(), bits)})
		}
	}
	return addrs, nil
}

func dump[T any](list func() ([]T, error)) (found []T, err error) {
	for range dumpTries {
		if found, err = list(); !errors.Is(err, netlink.ErrDumpInterrupted) {
			break
		}
	}
	return found, err
}

// holders returns where ip is now.
func (k *kernel) holders(ip netip.Addr) ([]address, error) {
	addrs, err := k.addresses()
	return snapshot{addrs: addrs}.holders(ip), err
}

// has says whether ip is on the interface now.
func (k *kernel) has(ip netip.Addr, index int) (bool, error) {
	holders, err := k.holders(ip)
	for _, h := range holders {
		if h.index == index {
			return true, err
		}
	}
	return false, err
}

// neighbour returns the MAC that the kernel found for ip on the interface; nil if
// it has none, or asked in vain.
func (k *kernel) neighbour(index int, ip netip.Addr) (net.HardwareAddr, error) {
	list, err := dump(func() ([]netlink.Neigh, error) { return k.handle.NeighList(index, netlink.FAMILY_ALL) })
	if err != nil {
		return nil, fmt.Errorf("list neighbours of interface %d: %w", index, err)
	}
	for _, n := range list {
		if known, ok := netip.AddrFromSlice(n.IP); ok && known.Unmap() == ip && n.State&(unix.NUD_FAILED|unix.NUD_INCOMPLETE) == 0 {
			return n.HardwareAddr, nil
		}
	}
	return nil, nil
}

// add puts the address on the interface; one that is there already is left as
// it is. Alone means that the interface has no address in the subnet: the
// address then brings the subnet's route with it. See the package's text.
func (k *kernel) add(index int, vip netip.Prefix, alone bool) error {
	ip := vip.Addr()
	a := &netlink.Addr{LinkIndex: index, IPNet: ipNet(netip.PrefixFrom(ip, ip.BitLen()))}
	a.Flags = unix.IFA_F_NOPREFIXROUTE
	if alone {
		a.IPNet, a.Flags = ipNet(vip), 0
	}
	if ip.Is6() {
		a.Flags |= unix.IFA_F_NODAD
		// Preferred for no time means deprecated: not a source address. Valid
		// must be set with it; the largest 32-bit int is 68 years.
		a.PreferedLft, a.ValidLft = 0, math.MaxInt32
	}
	on := &netlink.GenericLink{LinkAttrs: netlink.LinkAttrs{Index: index}}
	if err := k.handle.AddrAdd(on, a); err != nil && !errors.Is(err, unix.EEXIST) {
		return fmt.Errorf("add %v to interface %d: %w", ip, index, err)
	}
	return nil
}

// remove deletes ip from every interface, with whatever prefix it is there, and
// looks that it is gone.
func (k *kernel) remove(ip netip.Addr) error {
	var failed error
	for range removeTries {
		holders, err := k.holders(ip)
		if err != nil {
			return fmt.Errorf("remove %v: %w", ip, err)
		}
		if len(holders) == 0 {
			return nil
		}
		for _, h := range holders {
			failed = k.delete(h)
		}
	}
	return fmt.Errorf("remove %v: it is still there after %d tries, last error: %w", ip, removeTries, failed)
}

// delete removes one address from one interface; one that is gone is no error.
func (k *kernel) delete(h address) error {
	on := &netlink.GenericLink{LinkAttrs: netlink.LinkAttrs{Index: h.index}}
	err := k.handle.AddrDel(on, &netlink.Addr{IPNet: ipNet(h.prefix)})
	if err == nil || errors.Is(err, unix.EADDRNOTAVAIL) || errors.Is(err, unix.ENODEV) {
		return nil
	}
	return fmt.Errorf("delete %v from interface %d: %w", h.prefix, h.index, err)
}

func ipNet(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}
