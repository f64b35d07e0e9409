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
	now := scheduler.Instant(time.Second)
	m := scheduler.New(scheduler.Config{
		Self: "pi1", Peer: "pi2", First: true, Preferred: true, Hold: 12 * time.Second, Pulse: time.Second,
		StartWait: time.Minute, ExtinWait: time.Hour, StartTimeout: time.Minute, StopTimeout: time.Minute, BackWithin: time.Minute,
	}, scheduler.Disk{}, scheduler.Boot{ID: "b", Session: 17, Now: now, Wall: time.Unix(1e9, 0), Uptime: 24 * time.Hour})
	var said uint64 // the last letter
	var promised, took bool
	step := func(e scheduler.Event) {
		now = now.Add(10 * time.Millisecond)
		for _, a := range m.Step(now, e) {
			switch a := a.(type) {
			case scheduler.Send:
				said, promised = a.Letter.Seq, a.Letter.State.Leaving == scheduler.Rebooting
			case scheduler.Persist:
				took = a.Disk.TermBoot != ""
			}
		}
	}
	seq := uint64(0)
	hear := func(echo uint64, s scheduler.State) {
		seq++
		step(scheduler.Received{Letter: scheduler.Letter{From: "pi2", Boot: "x", Session: 33, To: 17, Seq: seq, Echo: echo, State: s}})
	}
	for _, e := range []scheduler.Event{
		scheduler.Board{OK: true, Armed: true},
		scheduler.Lines{OK: true},
		scheduler.ContainersState{Known: true, Usable: true},
		scheduler.VIPState{Known: true},
		scheduler.Uplink{Carrier: true, Reference: true},
		scheduler.Link{Up: true},
	} {
		step(e)
	}
	hear(said, scheduler.State{}) // it does not know yet what runs on it
	step(scheduler.Command{ID: 1, Verb: scheduler.VerbReboot, Node: "pi1", Now: true})
	if !promised || took {
		t.Fatalf("promised %t, took %t: want a promise", promised, took)
	}
	promise := said
	step(scheduler.Link{})
	for end := now.Add(1500 * time.Millisecond); now < end && promised; {
		step(scheduler.Tick{})
	}
	if promised {
		t.Fatal("the promise was kept though the peer was lost")
	}
	// A shutdown that is announced and called off changes nothing of that.
	step(scheduler.ShutdownAnnounced{})
	step(scheduler.ShutdownAnnounced{Off: true})
	ready := scheduler.State{Known: true, Ready: true, Uplink: true, Fenceable: true}
	hear(promise, ready)
	if took {
		t.Fatal("took the service from a peer that may believe the promise")
	}
	hear(said, ready)
	if !took {
		t.Fatal("did not take the service though the peer knows that the promise is void")
	}
}
