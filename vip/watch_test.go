package vip

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"go.uber.org/goleak"
)

// startWatch runs watch in the background until the test ends.
func startWatch(t *testing.T, enter func(func() error) error, changed chan struct{}) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- watch(ctx, enter, changed, slog.New(slog.DiscardHandler)) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-ended:
			must(t, err)
		case <-time.After(giveUp):
			t.Error("watch did not end")
		}
	})
}

// cable gives h an interface that leads to another one of its own.
func (h *host) cable(name string) {
	h.t.Helper()
	must(h.t, h.link.LinkAdd(&netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: name}, PeerName: name + "-end"}))
}

func token(t *testing.T, changed <-chan struct{}, why string) {
	t.Helper()
	select {
	case <-changed:
	case <-time.After(giveUp):
		t.Fatalf("no token: %s", why)
	}
}

func TestWatchTellsOfLinksAndAddresses(t *testing.T) {
	l := newLAN(t)
	h := l.host()
	h.cable("quiet0")
	must(t, h.link.LinkSetDown(h.get("eth0"))) // Its own IPv6 address would speak for the others.
	changed := make(chan struct{}, 1)
	startWatch(t, h.do, changed)
	token(t, changed, "the beginning: what was before is not known")
	for _, c := range []struct {
		what string
		do   func()
	}{
		{"an IPv4 address", func() { h.addAddress("quiet0", nodeOne4) }},
		{"an IPv6 address", func() { h.addAddress("quiet0", "2001:db8::1/64") }},
		{"an address removed", func() { h.deleteAddress("quiet0", nodeOne4) }},
		{"a link up", func() { must(t, h.link.LinkSetUp(h.get("quiet0"))) }},
		{"a link gone", func() { must(t, h.link.LinkDel(h.get("quiet0"))) }},
	} {
		for len(changed) > 0 {
			<-changed
		}
		c.do()
		token(t, changed, c.what)
	}
}

func TestWatchOpensABrokenSubscriptionAgain(t *testing.T) {
	l := newLAN(t)
	h := l.host()
	changed := make(chan struct{}, 1)
	tries := 0
	startWatch(t, func(open func() error) error {
		if tries++; tries == 1 {
			return errors.New("no more sockets")
		}
		return h.do(open)
	}, changed)
	token(t, changed, "broken: what happens is not heard")
	token(t, changed, "open again")
	for len(changed) > 0 {
		<-changed
	}
	h.addAddress("eth0", nodeOne4)
	token(t, changed, "an address after that")
}

// The messages of a flood do not fit into the socket; what counts is that the
// last state is seen.
func TestAddressIsPutBackAfterAFloodOfMessages(t *testing.T) {
	l := newLAN(t)
	h := l.host(nodeOne4)
	one := h.run(config(vip4Net)).ready()
	one.mustClaim(1, ProbeNone)
	h.cable("noise0")
	for range 300 {
		h.addAddress("noise0", "203.0.113.1/24")
		h.deleteAddress("noise0", "203.0.113.1/24")
	}
	h.deleteAddress("eth0", vip4+"/32")
	await(one, func(PutBack) bool { return true })
	if got := h.addresses("eth0", vip4); len(got) != 1 {
		t.Errorf("addresses: %v", got)
	}
}

func TestWatchEndsWhileItWaitsToTryAgain(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	ctx, cancel := context.WithCancel(t.Context())
	changed := make(chan struct{}, 1)
	ended := make(chan error, 1)
	broken := func(func() error) error { return errors.New("no more sockets") }
	go func() { ended <- watch(ctx, broken, changed, slog.New(slog.DiscardHandler)) }()
	token(t, changed, "broken")
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
