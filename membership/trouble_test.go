package membership

import (
	"io"
	"log"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/memberlist"
)

// expectTrouble starts a well configured node-1 against a misconfigured
// second one and waits for the words about it.
func expectTrouble(t *testing.T, one, two Config, code Code, text string) {
	t.Helper()
	a := start(t, one)
	start(t, two)
	if got := awaitTrouble(t, a.Events(), code); got.Text != text {
		t.Errorf("got  %q\nwant %q", got.Text, text)
	}
	if a.presence.isHere() {
		t.Error("the misconfigured node is believed to be the peer")
	}
}

func TestWrongKeyIsNamedOnBothSides(t *testing.T) {
	noLeaks(t)
	one, two := loopbackPair()
	two.Keys = [][]byte{otherKey}
	a, b := start(t, one), start(t, two)
	want := "node-2 (" + two.Address.String() + ") was refused because it used a key that node-1 does not have."
	if got := awaitTrouble(t, a.Events(), KeyMismatch); got.Text != want {
		t.Errorf("got  %q\nwant %q", got.Text, want)
	}
	awaitTrouble(t, b.Events(), KeyMismatch)
}

// A node that only sends is named too: this needs no stream.
func TestWrongKeyOfADatagramIsNamed(t *testing.T) {
	noLeaks(t)
	one, two := loopbackPair()
	one.PeerPort = 7 // it cannot ask
	other := foreign(t, two, func(s *memberlist.Config) { s.SecretKey = otherKey })
	a := start(t, one)
	receive(t, a.Ready())
	if err := other.SendToAddress(memberlist.Address{Addr: a.self.String()}, []byte("sealed otherwise")); err != nil {
		t.Fatal(err)
	}
	awaitTrouble(t, a.Events(), KeyMismatch)
}

func TestOtherClusterIsNamed(t *testing.T) {
	noLeaks(t)
	one, two := loopbackPair()
	two.Cluster = "nginx"
	expectTrouble(t, one, two, OtherCluster,
		"node-2 ("+two.Address.String()+`) was refused because it belongs to cluster "nginx", not to "apache".`)
}

func TestThirdNodeIsNamed(t *testing.T) {
	noLeaks(t)
	one, two := loopbackPair()
	two.Name = "node-3"
	expectTrouble(t, one, two, UnknownNode,
		"node-2 ("+two.Address.String()+`) was refused because it called itself "node-3", not node-2.`)
}

func TestPeerWithThisNodesNameIsNamed(t *testing.T) {
	noLeaks(t)
	one, two := loopbackPair()
	two.Name, two.PeerName = "node-1", "node-2"
	expectTrouble(t, one, two, NameConflict,
		"node-2 ("+two.Address.String()+") was refused because it used the name node-1, which is taken by the node at "+
			netip.AddrPortFrom(one.Address, one.Port).String()+".")
}

func TestSecondNodeWithThePeersNameIsNamed(t *testing.T) {
	noLeaks(t)
	one, two := loopbackPair()
	a, _ := meet(t, one, two)
	twin := two
	twin.Address, twin.Session = loopback(), 99
	start(t, twin)
	want := "An unknown node (" + twin.Address.String() + ") was refused because it used the name node-2, which is taken by the node at " +
		netip.AddrPortFrom(two.Address, two.Port).String() + "."
	if got := awaitTrouble(t, a.Events(), NameConflict); got.Text != want {
		t.Errorf("got  %q\nwant %q", got.Text, want)
	}
}

// foreign is a plain memberlist at the place of the peer.
func foreign(t *testing.T, c Config, change func(*memberlist.Config)) *memberlist.Memberlist {
	t.Helper()
	s := memberlist.DefaultLANConfig()
	s.Name, s.Label = c.Name, c.Cluster
	s.BindAddr, s.BindPort, s.AdvertisePort = c.Address.String(), int(c.Port), int(c.Port)
	s.TCPTimeout = time.Second
	s.Logger = log.New(io.Discard, "", 0)
	change(s)
	list, err := memberlist.Create(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = list.Shutdown() })
	return list
}

func TestUnencryptedNodeIsNamed(t *testing.T) {
	noLeaks(t)
	one, two := loopbackPair()
	foreign(t, two, func(*memberlist.Config) {})
	a := start(t, one)
	want := "node-2 (" + two.Address.String() + ") was refused because it talked without encryption."
	if got := awaitTrouble(t, a.Events(), NotEncrypted); got.Text != want {
		t.Errorf("got  %q\nwant %q", got.Text, want)
	}
}

func TestUnencryptedStrangerIsNamed(t *testing.T) {
	noLeaks(t)
	one, two := loopbackPair()
	one.PeerPort = 7 // it cannot ask
	plain := foreign(t, two, func(*memberlist.Config) {})
	a := start(t, one)
	joinOnce(t, plain, a) // memberlist's own transport asks from 127.0.0.1
	want := "An unknown node (127.0.0.1) was refused because it talked without encryption."
	if got := awaitTrouble(t, a.Events(), NotEncrypted); got.Text != want {
		t.Errorf("got  %q\nwant %q", got.Text, want)
	}
}

// joinOnce asks a once it is bound, and is refused.
func joinOnce(t *testing.T, list *memberlist.Memberlist, a *running) {
	t.Helper()
	receive(t, a.Ready())
	if _, err := list.Join([]string{a.self.String()}); err == nil {
		t.Error("the join was accepted")
	}
}

func TestUnencryptedDatagramIsNamed(t *testing.T) {
	noLeaks(t)
	one, two := loopbackPair()
	one.PeerPort = 7 // it cannot ask
	plain := foreign(t, two, func(*memberlist.Config) {})
	a := start(t, one)
	receive(t, a.Ready())
	// A compressed plain message, as memberlist sends by default.
	if err := plain.SendToAddress(memberlist.Address{Addr: a.self.String()}, make([]byte, 200)); err != nil {
		t.Fatal(err)
	}
	awaitTrouble(t, a.Events(), NotEncrypted)
}

func TestNodeWithoutClusterIsNamed(t *testing.T) {
	noLeaks(t)
	one, two := loopbackPair()
	list := foreign(t, two, func(s *memberlist.Config) { s.Label, s.SecretKey = "", testKey })
	a := start(t, one)
	joinOnce(t, list, a)
	got := awaitTrouble(t, a.Events(), OtherCluster)
	if !strings.Contains(got.Text, `it named no cluster, not "apache"`) {
		t.Errorf("got %q", got.Text)
	}
}

func TestUnreadableMetadataIsNamed(t *testing.T) {
	noLeaks(t)
	one, two := loopbackPair()
	foreign(t, two, func(s *memberlist.Config) { s.SecretKey = testKey })
	a := start(t, one)
	got := awaitTrouble(t, a.Events(), MetadataUnreadable)
	if !strings.HasPrefix(got.Text, "node-2 ("+two.Address.String()+") was refused because its metadata could not be read") {
		t.Errorf("got %q", got.Text)
	}
}

func TestAddressInUseIsNamedAndWaitedFor(t *testing.T) {
	for _, network := range []string{"tcp", "udp"} {
		t.Run(network, func(t *testing.T) {
			noLeaks(t)
			one, two := loopbackPair()
			at := netip.AddrPortFrom(one.Address, one.Port)
			release := occupy(t, network, at)
			a := start(t, one)
			want := "node-1 could not listen on " + at.String() + " because another process had it open."
			if got := awaitTrouble(t, a.Events(), AddressInUse); got.Text != want {
				t.Errorf("got  %q\nwant %q", got.Text, want)
			}
			release()
			start(t, two)
			await(t, a.Events(), anyOf[Alive])
		})
	}
}

func occupy(t *testing.T, network string, at netip.AddrPort) (release func()) {
	t.Helper()
	var holder io.Closer
	var err error
	if network == "tcp" {
		holder, err = net.Listen(network, at.String())
	} else {
		holder, err = net.ListenPacket(network, at.String())
	}
	if err != nil {
		t.Fatal(err)
	}
	return func() { _ = holder.Close() }
}

// listenSilently stands in for the peer: it accepts streams and says nothing.
// The channel gets a token for each.
func listenSilently(t *testing.T, c Config) <-chan struct{} {
	t.Helper()
	l, err := net.Listen("tcp", netip.AddrPortFrom(c.Address, c.Port).String())
	if err != nil {
		t.Fatal(err)
	}
	accepted, ended := make(chan struct{}, 16), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			defer conn.Close()
			accepted <- struct{}{}
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-ended })
	return accepted
}

func receive(t *testing.T, ch <-chan struct{}) {
	t.Helper()
	select {
	case <-ch:
	case <-time.After(giveUp):
		t.Fatal("nothing came")
	}
}
