package scheduler_test

import (
	"testing"
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// TestOvertakenByALetterToAnother: a peer that takes a letter played back for a
// new session of this node answers both. Its letter to this session is heard,
// also when the other one, with the higher number, was quicker.
func TestOvertakenByALetterToAnother(t *testing.T) {
	now := scheduler.Instant(time.Second)
	m := scheduler.New(scheduler.Config{Self: "pi1", Peer: "pi2", First: true}, scheduler.Disk{}, scheduler.Boot{ID: "b", Session: 17, Now: now})
	m.Step(now, scheduler.Tick{}) // its first letter
	hear := func(to, seq uint64) scheduler.Instant {
		now = now.Add(100 * time.Millisecond)
		m.Step(now, scheduler.Received{Letter: scheduler.Letter{From: "pi2", Boot: "x", Session: 33, To: to, Seq: seq, Echo: 1}})
		return m.View().PeerAt
	}
	bound := hear(17, 1)
	if bound != now {
		t.Fatalf("heard at %d, want %d", bound, now)
	}
	if at := hear(16, 3); at != bound {
		t.Fatal("a letter to another session was taken for one to this one")
	}
	if at := hear(17, 2); at != now {
		t.Fatal("a letter to this session was dropped, because one to another overtook it")
	}
	if at := hear(17, 1); at == now {
		t.Fatal("a letter was heard twice")
	}
}
