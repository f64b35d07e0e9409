package membership

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// giveUp bounds every wait; no test should come near it.
const giveUp = 15 * time.Second

var (
	testKey  = []byte("0123456789abcdef0123456789abcdef")
	otherKey = []byte("fedcba9876543210fedcba9876543210")
	hosts    atomic.Uint32
)

// loopback returns an address that no other test and no other test process
// should be using.
func loopback() netip.Addr {
	pid := os.Getpid()
	return netip.AddrFrom4([4]byte{127, byte(100 + pid/250%100), byte(pid % 250), byte(hosts.Add(1))})
}

// pairConfig returns the configurations of both nodes of a pair.
func pairConfig(a, b netip.Addr) (one, two Config) {
	one = Config{
		Cluster: "apache", Keys: [][]byte{testKey},
		Name: "node-1", Address: a, Port: 7946,
		PeerName: "node-2", PeerAddress: b, PeerPort: 7946,
		BootID: "b57c4a2e-0001", Session: 11, Version: "0.1",
	}
	two = one
	two.Name, two.Address, two.PeerName, two.PeerAddress = one.PeerName, b, one.Name, a
	two.BootID, two.Session = "b57c4a2e-0002", 22
	return one, two
}

func loopbackPair() (one, two Config) { return pairConfig(loopback(), loopback()) }

// noLeaks checks, after everything else was cleaned up, that nothing of the
// test still runs.
func noLeaks(t *testing.T) {
	t.Helper()
	ignore := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, ignore) })
}

// running is a member whose Run is under way.
type running struct {
	*Member
	cancel context.CancelFunc
	done   chan error
	over   bool
}

func start(t testing.TB, c Config) *running {
	t.Helper()
	m, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{Member: m, cancel: cancel, done: make(chan error, 1)}
	go func() { r.done <- m.Run(ctx) }()
	go beat(ctx, m)
	t.Cleanup(func() { r.stop(t) })
	return r
}

// beat is the loop of an owner that is always awake.
func beat(ctx context.Context, m *Member) {
	tick := time.NewTicker(BeatInterval)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			m.Beat()
		case <-ctx.Done():
			return
		}
	}
}

// stop ends Run and waits for it.
func (r *running) stop(t testing.TB) {
	t.Helper()
	if r.over {
		return
	}
	r.over = true
	r.cancel()
	select {
	case err := <-r.done:
		if err != nil {
			t.Errorf("Run of %s: %v", r.config.Name, err)
		}
	case <-time.After(giveUp):
		t.Fatalf("Run of %s did not end", r.config.Name)
	}
}

// await reads events up to the first of type E that fits and fails the test
// when none comes.
func await[E Event](t testing.TB, from <-chan Event, fits func(E) bool) E {
	t.Helper()
	var before []string
	deadline := time.After(giveUp)
	for {
		select {
		case e, ok := <-from:
			if found, is := e.(E); is && fits(found) {
				return found
			}
			if !ok {
				t.Fatalf("events ended; before that: %v", before)
			}
			before = append(before, fmt.Sprintf("%T%+v", e, e))
		case <-deadline:
			var want E
			t.Fatalf("no fitting %T came; but: %v", want, before)
		}
	}
}

func anyOf[E Event](E) bool { return true }

func awaitTrouble(t testing.TB, from <-chan Event, code Code) Trouble {
	t.Helper()
	return await(t, from, func(e Trouble) bool { return e.Code == code })
}

// meet starts both and waits until both have met.
func meet(t testing.TB, one, two Config) (a, b *running) {
	t.Helper()
	a, b = start(t, one), start(t, two)
	await(t, a.Events(), anyOf[Alive])
	await(t, b.Events(), anyOf[Alive])
	return a, b
}

// sendUntilHeard repeats a payload, as callers do, until it has arrived.
func sendUntilHeard(t testing.TB, from *running, to <-chan Event, payload string) Message {
	t.Helper()
	stop := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			_ = from.Send([]byte(payload)) // not bound yet is fine
			select {
			case <-time.After(20 * time.Millisecond):
			case <-stop:
				return
			}
		}
	}()
	defer func() { close(stop); <-ended }()
	return await(t, to, func(m Message) bool { return string(m.Payload) == payload })
}
