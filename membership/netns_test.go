package membership

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

var namespaces atomic.Uint32

// A cable joins two network namespaces, each with one address on eth0.
type cable struct {
	a, b string // names of the namespaces
}

var (
	addressA = netip.MustParseAddr("192.0.2.1")
	addressB = netip.MustParseAddr("192.0.2.2")
)

// layCable needs root; without it the test is skipped, unless CI is set.
func layCable(t testing.TB) cable {
	t.Helper()
	if os.Geteuid() != 0 {
		if os.Getenv("CI") != "" {
			t.Fatal("network namespaces need root")
		}
		t.Skip("SKIPPED: network namespaces need root")
	}
	n := namespaces.Add(1)
	c := cable{fmt.Sprintf("ft-%d-%da", os.Getpid(), n), fmt.Sprintf("ft-%d-%db", os.Getpid(), n)}
	for _, ns := range []string{c.a, c.b} {
		ip(t, "netns add "+ns)
		t.Cleanup(func() { ip(t, "netns del "+ns) })
		ip(t, "-n "+ns+" link set lo up")
	}
	ip(t, "-n "+c.a+" link add eth0 type veth peer name eth0 netns "+c.b)
	c.address(t, c.a, addressA)
	c.address(t, c.b, addressB)
	return c
}

func (c cable) address(t testing.TB, ns string, a netip.Addr) {
	t.Helper()
	ip(t, "-n "+ns+" addr add "+a.String()+"/24 dev eth0")
	ip(t, "-n "+ns+" link set eth0 up")
}

func ip(t testing.TB, args string) { run(t, "ip "+args) }

func run(t testing.TB, line string) {
	t.Helper()
	words := strings.Fields(line)
	if out, err := exec.Command(words[0], words[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", line, err, out)
	}
}

// deafen lets a namespace drop everything that comes from an address.
func deafen(t testing.TB, ns string, from netip.Addr) {
	t.Helper()
	nft := "ip netns exec " + ns + " nft "
	run(t, nft+"add table inet deaf")
	run(t, nft+"add chain inet deaf in { type filter hook input priority 0 ; }")
	run(t, nft+"add rule inet deaf in ip saddr "+from.String()+" drop")
}

func TestAddressThatComesLaterIsWaitedFor(t *testing.T) {
	t.Parallel()
	wire := layCable(t)
	one, two := pairConfig(addressA, addressB)
	ip(t, "-n "+wire.a+" addr del 192.0.2.1/24 dev eth0")
	b := startChild(t, wire.b, two)
	a := startChild(t, wire.a, one)
	got := awaitTrouble(t, a.events, AddressMissing)
	want := "node-1 could not listen on 192.0.2.1:7946 because no interface had that address."
	if got.Text != want {
		t.Errorf("got  %q\nwant %q", got.Text, want)
	}
	wire.address(t, wire.a, addressA)
	await(t, a.events, anyOf[Alive])
	await(t, b.events, anyOf[Alive])
}

func TestPulledCableIsNoticedOnBothSidesAndHeals(t *testing.T) {
	t.Parallel()
	wire := layCable(t)
	one, two := pairConfig(addressA, addressB)
	a, b := meetChildren(t, wire.a, wire.b, one, two)
	ip(t, "-n "+wire.a+" link set eth0 down")
	await(t, a.events, anyOf[Lost])
	await(t, b.events, anyOf[Lost])
	ip(t, "-n "+wire.a+" link set eth0 up")
	await(t, a.events, anyOf[Alive])
	await(t, b.events, anyOf[Alive])
}

// A lease that lapses and comes back needs no new sockets.
func TestAddressThatGoesAndComesBack(t *testing.T) {
	t.Parallel()
	wire := layCable(t)
	one, two := pairConfig(addressA, addressB)
	a, b := meetChildren(t, wire.a, wire.b, one, two)
	ip(t, "-n "+wire.a+" addr del 192.0.2.1/24 dev eth0")
	await(t, a.events, anyOf[Lost])
	await(t, b.events, anyOf[Lost])
	wire.address(t, wire.a, addressA)
	await(t, a.events, anyOf[Alive])
	await(t, b.events, anyOf[Alive])
}

func TestPairOverIPv6(t *testing.T) {
	t.Parallel()
	wire := layCable(t)
	one, two := pairConfig(netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::2"))
	ip(t, "-n "+wire.a+" addr add 2001:db8::1/64 dev eth0 nodad")
	ip(t, "-n "+wire.b+" addr add 2001:db8::2/64 dev eth0 nodad")
	a, b := meetChildren(t, wire.a, wire.b, one, two)
	a.say(t, "over six")
	if got := await(t, b.events, anyOf[Message]); string(got.Payload) != "over six" || got.From != one.Address {
		t.Errorf("got %q from %v", got.Payload, got.From)
	}
	b.signal(t, syscall.SIGKILL)
	await(t, a.events, anyOf[Lost])
}

// memberlist forgets a lost node 30 s after the loss; only a join finds it.
func TestForgottenPeerIsFoundAgain(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: waits for memberlist to forget")
	}
	t.Parallel()
	wire := layCable(t)
	one, two := pairConfig(addressA, addressB)
	a, b := meetChildren(t, wire.a, wire.b, one, two)
	ip(t, "-n "+wire.a+" link set eth0 down")
	await(t, a.events, anyOf[Lost])
	await(t, b.events, anyOf[Lost])
	forgotten := time.NewTimer(33 * time.Second)
	<-forgotten.C
	healed := time.Now()
	ip(t, "-n "+wire.a+" link set eth0 up")
	await(t, a.events, anyOf[Alive])
	await(t, b.events, anyOf[Alive])
	if took := time.Since(healed); took > joinMost+2*streamTimeout+time.Second {
		t.Errorf("met again only after %v", took)
	}
}

// One-way loss: the deaf node loses its peer and so does the other, which gets
// no answer; but what the deaf node says is still heard.
func TestDeafNodeStaysAudible(t *testing.T) {
	t.Parallel()
	wire := layCable(t)
	one, two := pairConfig(addressA, addressB)
	a, b := meetChildren(t, wire.a, wire.b, one, two)
	deafen(t, wire.a, addressB)
	await(t, a.events, anyOf[Lost])
	await(t, b.events, anyOf[Lost])
	a.say(t, "deaf but alive")
	got := await(t, b.events, anyOf[Message])
	if string(got.Payload) != "deaf but alive" || got.From != addressA {
		t.Errorf("got %q from %v", got.Payload, got.From)
	}
}

// A node that was never met is audible too, without a join.
func TestNeverMetNodeIsAudible(t *testing.T) {
	t.Parallel()
	wire := layCable(t)
	one, two := pairConfig(addressA, addressB)
	deafen(t, wire.a, addressB)
	b := startChild(t, wire.b, two)
	a := startChild(t, wire.a, one)
	for stop := time.After(giveUp); ; {
		a.say(t, "who is there")
		select {
		case e := <-b.events:
			if m, ok := e.(Message); !ok || string(m.Payload) != "who is there" {
				t.Errorf("got %T%+v first, want the message", e, e)
			}
			return
		case <-time.After(50 * time.Millisecond): // ask again
		case <-stop:
			t.Fatal("nothing was heard")
		}
	}
}
