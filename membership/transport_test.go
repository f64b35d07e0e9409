package membership

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
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
	if !errors.As(err, &op) || op.Op != "write" || op.Net != "udp" || op != err {
		t.Errorf("got %#v, want a plain *net.OpError of a UDP write", err)
	}
	if _, err := a.WriteTo([]byte("x"), "no address"); err == nil {
		t.Error("a name was accepted as an address")
	}
}

func TestWritesToACrowdedSocketDoNotWait(t *testing.T) {
	noLeaks(t)
	a := openTest(t)
	began := time.Now()
	for range 20000 {
		_, _ = a.WriteTo(make([]byte, 1400), a.self.String()) // nobody reads; may be refused
	}
	if took := time.Since(began); took > giveUp/3 {
		t.Errorf("took %v", took)
	}
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
