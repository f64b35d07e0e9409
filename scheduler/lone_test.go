package scheduler_test

import (
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// lone is a decision whose node has looked at all its parts and found them well,
// for tests that give it one event at a time.
type lone struct {
	m    *scheduler.Machine
	now  scheduler.Instant
	seen func(now scheduler.Instant, a scheduler.Action) // every action
	seq  uint64                                          // of the last letter of the other node
}

// startLone starts the preferred node pi1 of a pair, with an empty disk.
func startLone(seen func(now scheduler.Instant, a scheduler.Action)) *lone {
	l := &lone{now: scheduler.Instant(time.Second), seen: seen}
	l.m = scheduler.New(scheduler.Config{
		Self: "pi1", Peer: "pi2", First: true, Preferred: true, Hold: 12 * time.Second, Pulse: time.Second,
		StartWait: time.Minute, ExtinWait: time.Hour, StartTimeout: time.Minute, StopTimeout: time.Minute, BackWithin: time.Minute,
	}, scheduler.Disk{}, scheduler.Boot{ID: "b", Session: 17, Now: l.now, Wall: time.Unix(1e9, 0), Uptime: 24 * time.Hour})
	for _, e := range []scheduler.Event{
		scheduler.Board{OK: true, Armed: true},
		scheduler.Lines{OK: true},
		scheduler.ContainersState{Known: true, Usable: true},
		scheduler.VIPState{Known: true},
		scheduler.Uplink{Carrier: true, Reference: true},
	} {
		l.step(e)
	}
	return l
}

// step gives the decision an event, 10 ms after the last one.
func (l *lone) step(e scheduler.Event) {
	l.now = l.now.Add(10 * time.Millisecond)
	for _, a := range l.m.Step(l.now, e) {
		l.seen(l.now, a)
	}
}

// hear is a letter of the other node, which heard those up to echo.
func (l *lone) hear(echo uint64, s scheduler.State) {
	l.seq++
	l.step(scheduler.Received{Letter: scheduler.Letter{From: "pi2", Boot: "x", Session: 33, To: 17, Seq: l.seq, Echo: echo, State: s}})
}
