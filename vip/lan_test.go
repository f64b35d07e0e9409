package vip

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

// giveUp bounds every wait of the tests; nothing that works comes near it.
const giveUp = 10 * time.Second

// lan is a switch in a network namespace of its own, with hosts plugged in.
// The namespaces have no name and no file: they are gone with the test process,
// however it ends.
type lan struct {
	t      testing.TB
	sw     *host
	bridge netlink.Link
	ports  int
}

// host is a network namespace.
type host struct {
	t    testing.TB
	ns   netns.NsHandle
	link *netlink.Handle
	port string // Of the switch, for the last plug.
}

// newLAN makes the switch, and checks at the end of the test that no goroutine
// is left.
func newLAN(t testing.TB) *lan {
	t.Helper()
	if os.Geteuid() != 0 {
		if os.Getenv("CI") != "" {
			t.Fatal("network namespaces need root")
		}
		t.Skip("SKIPPED: network namespaces need root")
	}
	leaks := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, leaks) })

	l := &lan{t: t, sw: newHost(t)}
	attrs := netlink.NewLinkAttrs()
	attrs.Name = "br0"
	noSnooping := false
	must(t, l.sw.link.LinkAdd(&netlink.Bridge{LinkAttrs: attrs, MulticastSnooping: &noSnooping}))
	l.bridge = l.sw.get("br0")
	must(t, l.sw.link.LinkSetUp(l.bridge))
	return l
}

func newHost(t testing.TB) *host {
	t.Helper()
	h := &host{t: t, ns: netns.None()}
	must(t, onThread(func() (err error) {
		h.ns, err = netns.New()
		return err
	}))
	t.Cleanup(func() { h.ns.Close() })
	must(t, h.do(func() error {
		// A new namespace may inherit forwarding, and a node that forwards hides
		// a missing announcement.
		return os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("0"), 0o644)
	}))
	handle, err := netlink.NewHandleAt(h.ns, unix.NETLINK_ROUTE)
	must(t, err)
	h.link = handle
	t.Cleanup(handle.Close)
	must(t, handle.LinkSetUp(h.get("lo")))
	return h
}

// onThread runs f on a thread of its own choice of namespace: f may change the
// namespace, and the thread is put back after it. Go may otherwise move a
// goroutine to another thread at any call. A thread that could not be put back
// stays locked and dies with its goroutine.
func onThread(f func() error) error {
	runtime.LockOSThread()
	before, err := netns.Get()
	if err != nil {
		return err
	}
	defer before.Close()
	errF := f()
	if err := netns.Set(before); err != nil {
		return err
	}
	runtime.UnlockOSThread()
	return errF
}

// do runs f inside the host: the sockets it opens stay there.
func (h *host) do(f func() error) error {
	return onThread(func() error {
		if err := netns.Set(h.ns); err != nil {
			return err
		}
		return f()
	})
}

func (h *host) get(name string) netlink.Link {
	h.t.Helper()
	l, err := h.link.LinkByName(name)
	must(h.t, err)
	return l
}

func (h *host) mac(name string) net.HardwareAddr { return h.get(name).Attrs().HardwareAddr }

// host makes a host with eth0 plugged into the switch.
func (l *lan) host(cidrs ...string) *host {
	l.t.Helper()
	h := newHost(l.t)
	l.plug(h, "eth0", cidrs...)
	return h
}

// plug gives h a new interface on the switch, up and with addresses.
func (l *lan) plug(h *host, name string, cidrs ...string) {
	l.t.Helper()
	l.ports++
	h.port = fmt.Sprintf("port%d", l.ports)
	attrs := netlink.NewLinkAttrs()
	attrs.Name, attrs.MasterIndex = h.port, l.bridge.Attrs().Index
	must(l.t, l.sw.link.LinkAdd(&netlink.Veth{LinkAttrs: attrs, PeerName: name, PeerNamespace: netlink.NsFd(h.ns)}))
	l.setPort(h, true)
	must(l.t, h.link.LinkSetUp(h.get(name)))
	for _, cidr := range cidrs {
		h.addAddress(name, cidr)
	}
	// A switch gives carrier before it forwards, this one too.
	eventually(l.t, "the port forwards", func() bool { return l.sw.get(h.port).Attrs().OperState == netlink.OperUp })
}

// setPort switches the port of the last plug of h: the host's carrier follows.
func (l *lan) setPort(h *host, up bool) {
	l.t.Helper()
	port := l.sw.get(h.port)
	if up {
		must(l.t, l.sw.link.LinkSetUp(port))
		return
	}
	must(l.t, l.sw.link.LinkSetDown(port))
}

func (h *host) addAddress(name, cidr string) {
	h.t.Helper()
	a, err := netlink.ParseAddr(cidr)
	must(h.t, err)
	if a.IP.To4() == nil {
		a.Flags = unix.IFA_F_NODAD
	}
	must(h.t, h.link.AddrAdd(h.get(name), a))
}

func (h *host) deleteAddress(name, cidr string) {
	h.t.Helper()
	a, err := netlink.ParseAddr(cidr)
	must(h.t, err)
	must(h.t, h.link.AddrDel(h.get(name), a))
}

// addresses lists what name has of ip, as CIDRs.
func (h *host) addresses(name, ip string) (found []netlink.Addr) {
	h.t.Helper()
	all, err := h.link.AddrList(h.get(name), netlink.FAMILY_ALL)
	must(h.t, err)
	for _, a := range all {
		if a.IP.String() == ip {
			found = append(found, a)
		}
	}
	return found
}

// neighbour returns what h believes the MAC of ip to be; empty for nothing.
func (h *host) neighbour(ip string) string {
	h.t.Helper()
	list, err := h.link.NeighList(h.get("eth0").Attrs().Index, netlink.FAMILY_ALL)
	must(h.t, err)
	for _, n := range list {
		if n.IP.String() == ip && n.HardwareAddr != nil {
			return n.HardwareAddr.String()
		}
	}
	return ""
}

// believe enters a neighbour as if it had been resolved this moment.
func (h *host) believe(ip string, mac net.HardwareAddr) {
	h.t.Helper()
	must(h.t, h.link.NeighSet(&netlink.Neigh{
		LinkIndex: h.get("eth0").Attrs().Index, IP: net.ParseIP(ip), HardwareAddr: mac, State: netlink.NUD_REACHABLE,
	}))
}

// node is a running VIP on a host.
type node struct {
	*VIP
	*host
	stop func()
}

// run starts a VIP on h; it is stopped at the end of the test.
func (h *host) run(cfg Config) *node {
	h.t.Helper()
	v, err := New(cfg)
	must(h.t, err)
	v.enter = h.do
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- v.Run(ctx) }()
	n := &node{VIP: v, host: h}
	var stopped bool
	n.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		select {
		case err := <-ended:
			must(h.t, err)
		case <-time.After(giveUp):
			h.t.Error("Run did not end")
		}
	}
	h.t.Cleanup(n.stop)
	return n
}

// await reads reports until one of type T satisfies want.
func await[T Report](n *node, want func(T) bool) T {
	n.host.t.Helper()
	timeout := time.After(giveUp)
	var others []Report
	for {
		select {
		case r, open := <-n.Reports():
			if !open {
				n.host.t.Fatal("reports ended")
			}
			if is, ok := r.(T); ok && want(is) {
				return is
			}
			others = append(others, r)
		case <-timeout:
			var zero T
			n.host.t.Fatalf("no %T as wanted; came: %+v", zero, others)
		}
	}
}

// result waits for the result of order id.
func (n *node) result(id uint64) Result {
	n.host.t.Helper()
	return await(n, func(r Result) bool { return r.ID == id })
}

// mustClaim claims and wants it Done.
func (n *node) mustClaim(id uint64, mode ProbeMode) Result {
	n.host.t.Helper()
	n.Claim(id, mode)
	r := n.result(id)
	if r.Outcome != Done {
		n.host.t.Fatalf("claim: %v %v", r.Outcome, r.Err)
	}
	return r
}

// ready waits until the node has carrier.
func (n *node) ready() *node {
	n.host.t.Helper()
	await(n, func(u Uplink) bool { return u.Good() })
	return n
}

// eventually looks until cond holds.
func eventually(t testing.TB, what string, cond func() bool) {
	t.Helper()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	timeout := time.After(giveUp)
	for !cond() {
		select {
		case <-look.C:
		case <-timeout:
			t.Fatalf("never: %s", what)
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func config(cidr string) Config { return Config{Address: netip.MustParsePrefix(cidr)} }
