package membership

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/memberlist"
	"golang.org/x/sys/unix"
)

func openTest(t *testing.T) *transport {
	t.Helper()
	tr, err := openTransport(context.Background(), netip.AddrPortFrom(loopback(), 7946))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tr.Shutdown() })
	return tr
}

func TestTransportCarriesPackets(t *testing.T) {
	noLeaks(t)
	a, b := openTest(t), openTest(t)
	if _, err := a.WriteTo([]byte("hello"), b.self.String()); err != nil {
		t.Fatal(err)
	}
	select {
	case p := <-b.PacketCh():
		if string(p.Buf) != "hello" || p.From.String() != a.self.String() {
			t.Errorf("got %q from %v", p.Buf, p.From)
		}
	case <-time.After(giveUp):
		t.Fatal("nothing came")
	}
}

func TestUnreachableNetworkLetsMemberlistSuspect(t *testing.T) {
	noLeaks(t)
	a := openTest(t)
	// Bound to a loopback address, nothing outside can be reached.
	_, err := a.WriteTo([]byte("x"), "192.0.2.1:7946")
	var op *net.OpError
	// memberlist looks at the type itself, so a wrapped one would not do.
	if !errors.As(err, &op) || err.Error() != op.Error() || op.Op != "write" || op.Net != "udp" {
		t.Errorf("got %#v, want a plain *net.OpError of a UDP write", err)
	}
	if _, err := a.WriteTo([]byte("x"), "no address"); err == nil {
		t.Error("a name was accepted as an address")
	}
}

// Packets to a neighbour that does not answer ARP stay in the send buffer for
// seconds. An ordinary write would wait for them.
func TestWritesToAFullSocketDoNotWait(t *testing.T) {
	noLeaks(t)
	wire := layCable(t)
	var a *transport
	inNamespace(t, wire.a, func() {
		var err error
		if a, err = openTransport(context.Background(), netip.AddrPortFrom(addressA, 7946)); err != nil {
			t.Fatal(err)
		}
	})
	defer func() { _ = a.Shutdown() }()
	if err := a.packet.SetWriteBuffer(1); err != nil { // the kernel's least
		t.Fatal(err)
	}
	var full error
	began := time.Now()
	for range 100 {
		_, err := a.WriteTo(make([]byte, 1400), "192.0.2.77:7946")
		full = errors.Join(full, err)
	}
	if took := time.Since(began); took > 500*time.Millisecond {
		t.Errorf("100 writes took %v", took)
	}
	if !errors.Is(full, unix.EAGAIN) {
		t.Errorf("the send buffer was never full: %v", full)
	}
}

// inNamespace opens sockets in a network namespace; they stay there.
func inNamespace(t *testing.T, name string, do func()) {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	home, errHome := os.Open("/proc/thread-self/ns/net")
	away, errAway := os.Open("/run/netns/" + name)
	if errHome != nil || errAway != nil {
		t.Fatal(errHome, errAway)
	}
	defer home.Close()
	defer away.Close()
	if err := unix.Setns(int(away.Fd()), unix.CLONE_NEWNET); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := unix.Setns(int(home.Fd()), unix.CLONE_NEWNET); err != nil {
			panic(err) // this thread must not run other tests
		}
	}()
	do()
}

func TestDialIsSentFromTheConfiguredAddress(t *testing.T) {
	noLeaks(t)
	a, b := openTest(t), openTest(t)
	conn, err := a.DialTimeout(b.self.String(), time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	guest := <-b.StreamCh()
	defer guest.Close()
	if from := guest.RemoteAddr().(*net.TCPAddr).AddrPort().Addr(); from != a.self.Addr() {
		t.Errorf("came from %v, want %v", from, a.self.Addr())
	}
}

func TestStreamEndsAtItsLimit(t *testing.T) {
	noLeaks(t)
	a, b := openTest(t), openTest(t)
	conn, err := a.DialTimeout(b.self.String(), time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	written := make(chan struct{})
	go func() {
		defer close(written)
		_, _ = conn.Write(make([]byte, 2*maxStreamBytes)) // the rest may not be taken
	}()
	guest := <-b.StreamCh()
	n, err := io.Copy(io.Discard, guest)
	if n != maxStreamBytes || !errors.Is(err, errStreamTooLong) {
		t.Errorf("read %d bytes, %v; want %d and errStreamTooLong", n, err, maxStreamBytes)
	}
	_ = guest.Close()
	<-written
}

func TestGuestsAreLimitedAndFreed(t *testing.T) {
	noLeaks(t)
	b := openTest(t)
	var guests []net.Conn
	for range maxGuests {
		dialPlain(t, b)
		guests = append(guests, <-b.StreamCh())
	}
	surplus := dialPlain(t, b)
	_ = surplus.SetReadDeadline(time.Now().Add(giveUp))
	if _, err := surplus.Read(make([]byte, 1)); err == nil || errors.Is(err, unix.EAGAIN) || strings.Contains(err.Error(), "timeout") {
		t.Errorf("the stream too many was not closed: %v", err)
	}
	for _, g := range guests {
		_ = g.Close()
		_ = g.Close() // twice frees once
	}
	if n := len(b.guests); n != 0 {
		t.Errorf("%d places are still taken", n)
	}
	dialPlain(t, b)
	_ = (<-b.StreamCh()).Close()
}

func dialPlain(t *testing.T, to *transport) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", to.self.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func TestShutdownEndsStreamsAndDials(t *testing.T) {
	noLeaks(t)
	a, b := openTest(t), openTest(t)
	if _, err := a.DialAddressTimeout(memberlist.Address{Addr: b.self.String()}, time.Second); err != nil {
		t.Fatal(err)
	}
	guest := <-b.StreamCh()
	if err := b.Shutdown(); err != nil {
		t.Error(err)
	}
	if _, err := guest.Read(make([]byte, 1)); err == nil {
		t.Error("the stream survived its transport")
	}
	if _, err := b.DialTimeout(a.self.String(), giveUp); !errors.Is(err, context.Canceled) {
		t.Errorf("dial after shutdown: %v", err)
	}
}

func TestBindFaultsCanBeToldApart(t *testing.T) {
	noLeaks(t)
	a := openTest(t)
	if _, err := openTransport(context.Background(), a.self); !errors.Is(err, unix.EADDRINUSE) {
		t.Errorf("second bind: %v, want EADDRINUSE", err)
	}
	missing := netip.MustParseAddrPort("192.0.2.1:7946")
	if _, err := openTransport(context.Background(), missing); !errors.Is(err, unix.EADDRNOTAVAIL) {
		t.Errorf("bind %v: %v, want EADDRNOTAVAIL", missing, err)
	}
}
