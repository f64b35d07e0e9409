package membership

import (
	"bytes"
	"context"
	"errors"
	"net/netip"
	"testing"
	"time"
)

func TestBothStartAtOnceAndMeet(t *testing.T) {
	noLeaks(t)
	one, two := loopbackPair()
	a, b := start(t, one), start(t, two)
	got := await(t, a.Events(), anyOf[Alive])
	want := Alive{Meta{two.BootID, two.Session, two.Version}, netip.AddrPortFrom(two.Address, two.Port)}
	if got != want {
		t.Errorf("node-1 saw %+v, want %+v", got, want)
	}
	if got := await(t, b.Events(), anyOf[Alive]); got.Meta.Session != one.Session {
		t.Errorf("node-2 saw session %d, want %d", got.Meta.Session, one.Session)
	}
}

func TestLaterStarterIsMet(t *testing.T) {
	noLeaks(t)
	one, two := loopbackPair()
	a := start(t, one)
	receive(t, a.Ready())
	start(t, two)
	await(t, a.Events(), anyOf[Alive])
}

func TestMessagesCarryPayloadAndSender(t *testing.T) {
	noLeaks(t)
	one, two := loopbackPair()
	a, b := meet(t, one, two)
	longest := bytes.Repeat([]byte{0xff, 0}, MaxPayload/2)
	if err := a.Send(longest); err != nil {
		t.Fatal(err)
	}
	got := await(t, b.Events(), anyOf[Message])
	if !bytes.Equal(got.Payload, longest) || got.From != one.Address {
		t.Errorf("got %d bytes from %v, want %d from %v", len(got.Payload), got.From, len(longest), one.Address)
	}
	if err := b.Send(nil); err != nil {
		t.Fatal(err)
	}
	if got := await(t, a.Events(), anyOf[Message]); len(got.Payload) != 0 || got.From != two.Address {
		t.Errorf("got %+v, want an empty payload from %v", got, two.Address)
	}
}

func TestMessagesOfThisNodePlayedBackAreDropped(t *testing.T) {
	noLeaks(t)
	one, two := loopbackPair()
	m, err := New(one)
	if err != nil {
		t.Fatal(err)
	}
	d := &delegate{m}
	d.NotifyMsg(envelope{one.Name, one.Address, []byte("mine")}.encode())
	d.NotifyMsg([]byte{9, 9, 9})
	d.NotifyMsg(envelope{two.Name, two.Address, []byte("theirs")}.encode())
	e, ok := m.box.poll()
	if got, is := e.(Message); !ok || !is || string(got.Payload) != "theirs" {
		t.Errorf("got %v, want the peer's message only", e)
	}
	if e, ok := m.box.poll(); ok {
		t.Errorf("got one more event %v", e)
	}
}

func TestQuickRestartGivesAliveWithTheNewSession(t *testing.T) {
	noLeaks(t)
	one, two := loopbackPair()
	a, b := meet(t, one, two)
	b.stop(t)
	two.Session, two.BootID = 23, "b57c4a2e-0003"
	start(t, two)
	// The first presence after the restart: no loss came before it.
	got := await(t, a.Events(), func(e Event) bool { return kindOf(e) == kindPresence })
	alive, ok := got.(Alive)
	if !ok || alive.Meta.Session != 23 || alive.Meta.BootID != "b57c4a2e-0003" {
		t.Errorf("got %T%+v, want Alive with session 23", got, got)
	}
}

func TestStoppedPeerIsLostAndMetAgain(t *testing.T) {
	noLeaks(t)
	one, two := loopbackPair()
	a, b := meet(t, one, two)
	began := time.Now()
	b.stop(t)
	await(t, a.Events(), anyOf[Lost])
	if took := time.Since(began); took < 500*time.Millisecond {
		t.Errorf("lost after %v, before the suspicion time", took)
	}
	two.Session = 24
	start(t, two)
	await(t, a.Events(), func(e Alive) bool { return e.Meta.Session == 24 })
}

func TestPeerFromANewAddressIsAcceptedAfterItWasLost(t *testing.T) {
	noLeaks(t)
	one, two := loopbackPair()
	a, b := meet(t, one, two)
	b.stop(t)
	await(t, a.Events(), anyOf[Lost])
	two.Address = loopback()
	moved := start(t, two)
	trouble := awaitTrouble(t, a.Events(), PeerMoved)
	want := "node-2 was met at " + netip.AddrPortFrom(two.Address, 7946).String() +
		" although the configuration says " + netip.AddrPortFrom(one.PeerAddress, 7946).String() + "."
	if trouble.Text != want {
		t.Errorf("got %q, want %q", trouble.Text, want)
	}
	if got := await(t, a.Events(), anyOf[Alive]); got.Address.Addr() != two.Address {
		t.Errorf("got %v, want the new address %v", got.Address, two.Address)
	}
	sendUntilHeard(t, a, moved.Events(), "follows")
}

func TestKeysChangeOneNodeAtATime(t *testing.T) {
	noLeaks(t)
	one, two := loopbackPair()
	one.Keys = [][]byte{otherKey, testKey} // already encrypts with the new key
	two.Keys = [][]byte{testKey, otherKey}
	a, b := meet(t, one, two)
	sendUntilHeard(t, a, b.Events(), "new key")
	sendUntilHeard(t, b, a.Events(), "old key")
}

func TestSendRefusesWhatCannotLeave(t *testing.T) {
	noLeaks(t)
	one, _ := loopbackPair()
	m, err := New(one)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Send([]byte("early")); !errors.Is(err, ErrNotRunning) {
		t.Errorf("before Run: %v, want ErrNotRunning", err)
	}
	if err := m.Send(make([]byte, MaxPayload+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("too large: %v, want ErrTooLarge", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := m.Run(ctx); err != nil {
		t.Errorf("Run with an ended context: %v", err)
	}
	if err := m.Send([]byte("late")); !errors.Is(err, ErrNotRunning) {
		t.Errorf("after Run: %v, want ErrNotRunning", err)
	}
	if err := m.Run(context.Background()); !errors.Is(err, errRanBefore) {
		t.Errorf("second Run: %v, want errRanBefore", err)
	}
}

func TestRunEndsQuicklyWhileAJoinHangs(t *testing.T) {
	noLeaks(t)
	one, two := loopbackPair()
	silent := listenSilently(t, two)
	a := start(t, one)
	receive(t, silent) // the join is connected and unanswered
	began := time.Now()
	a.stop(t)
	if took := time.Since(began); took > streamTimeout/2 {
		t.Errorf("Run took %v to end", took)
	}
}
