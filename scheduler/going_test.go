package scheduler_test

import (
	"testing"
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// TestPromiseTakenBack: a node that said that it goes, and then stays, does not
// take the service by a meeting on words that the peer wrote before it can have
// heard so: the peer may take it at the same moment, on the promise.
func TestPromiseTakenBack(t *testing.T) {
	var said uint64 // the last letter
	var promised, took bool
	l := startLone(func(_ scheduler.Instant, a scheduler.Action) {
		switch a := a.(type) {
		case scheduler.Send:
			said, promised = a.Letter.Seq, a.Letter.State.Leaving == scheduler.Rebooting
		case scheduler.Persist:
			took = a.Disk.TermBoot != ""
		}
	})
	l.step(scheduler.Link{Up: true})
	l.hear(said, scheduler.State{}) // it does not know yet what runs on it
	l.step(scheduler.Command{ID: 1, Verb: scheduler.VerbReboot, Node: "pi1", Now: true})
	if !promised || took {
		t.Fatalf("promised %t, took %t: want a promise", promised, took)
	}
	promise := said
	l.step(scheduler.Link{})
	for end := l.now.Add(1500 * time.Millisecond); l.now < end && promised; {
		l.step(scheduler.Tick{})
	}
	if promised {
		t.Fatal("the promise was kept though the peer was lost")
	}
	// A shutdown that is announced and called off changes nothing of that.
	l.step(scheduler.ShutdownAnnounced{})
	l.step(scheduler.ShutdownAnnounced{Off: true})
	ready := scheduler.State{Known: true, Ready: true, Uplink: true, Fenceable: true}
	l.hear(promise, ready)
	if took {
		t.Fatal("took the service from a peer that may believe the promise")
	}
	l.hear(said, ready)
	if !took {
		t.Fatal("did not take the service though the peer knows that the promise is void")
	}
}
