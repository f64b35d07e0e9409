package explain

import (
	"time"

	"github.com/futago-ha/futago/internal/inputs"
	"github.com/futago-ha/futago/scheduler"
)

// wireFailed asks whether the node relied on the test of its line.
func wireFailed(s *scene) (question, bool) {
	if s.v.Wire.Result != scheduler.WirePassed || !s.aboutCutting() {
		return question{}, false
	}
	return s.tested(scheduler.WireFailed, "failed"), true
}

// wirePassed asks whether it was the test that kept the node from cutting.
func wirePassed(s *scene) (question, bool) {
	if s.v.Wire.Result == scheduler.WirePassed ||
		!s.is(scheduler.CodePeerLost, scheduler.CodeWireBroken, scheduler.CodeWireUntested, scheduler.CodeWireExpired, scheduler.CodeFenceUnknown) {
		return question{}, false
	}
	return s.tested(scheduler.WirePassed, "passed"), true
}

// tested changes the result of the last test, be it known when the record
// begins or said within it.
func (s *scene) tested(r scheduler.WireResult, word string) question {
	return question{
		text: "the last test of the line " + s.self + " -> " + s.peer + " " + word,
		from: s.t.block.Head.Now,
		change: change{
			disk: func(d *scheduler.Disk) {
				d.Wire.Result = r
				if d.Wire.At.IsZero() {
					d.Wire.At = s.t.block.Head.Wall.Add(-time.Hour)
				}
			},
			steps: func(steps []inputs.Step) []inputs.Step { return mapped(steps, 0, testSays(r)) },
		},
	}
}

// testSays changes what the other node reports of tests.
func testSays(r scheduler.WireResult) func(scheduler.Event) (scheduler.Event, bool) {
	return func(e scheduler.Event) (scheduler.Event, bool) {
		l, is := e.(scheduler.Received)
		if !is {
			return e, true
		}
		x := &l.Letter.State
		if r == scheduler.WirePassed {
			x.TestSaw, x.TestMissed = max(x.TestSaw, x.TestMissed), 0
		} else {
			x.TestSaw, x.TestMissed = 0, max(x.TestSaw, x.TestMissed)
		}
		return l, true
	}
}

// extinAnswered asks what would have been had the other node answered over the
// wire, as a live server does.
func extinAnswered(s *scene) (question, bool) {
	began := s.holdBegan()
	if began == 0 || s.v.Lines.In || !s.aboutCutting() || s.is(scheduler.CodeHoldGivenUp) {
		return question{}, false
	}
	at := began.Add(time.Second)
	return question{
		text: s.peer + " raised its line in second 1 of the hold, as a live server does",
		from: at,
		change: change{steps: func(steps []inputs.Step) []inputs.Step {
			steps = without[scheduler.Lines](steps, at)
			return insert(steps,
				inputs.Step{At: at, Event: scheduler.Lines{OK: true, Out: true, In: true}},
				inputs.Step{At: at.Add(time.Second), Event: scheduler.Lines{OK: true}})
		}},
	}, true
}

// extinRose is the instant at which EXTIN rose last before the decision; zero
// when it was not high.
func (s *scene) extinRose() (rose scheduler.Instant) {
	high := false
	for i := range s.t.block.Steps[:s.t.index+1] {
		step := &s.t.block.Steps[i]
		if l, is := step.Event.(scheduler.Lines); is && l.OK {
			if l.In && !high {
				rose = step.At
			}
			high = l.In
		}
	}
	if !high {
		return 0
	}
	return rose
}

// extinLow asks whether it was the other node's line.
func extinLow(s *scene) (question, bool) {
	return s.extinUntil(0, "EXTIN stayed low")
}

// extinFell asks what a line let go in time would have changed.
func extinFell(s *scene) (question, bool) {
	rose := s.extinRose()
	if rose == 0 || s.when().Since(rose) < 5*time.Second {
		return question{}, false
	}
	return s.extinUntil(4*time.Second, "EXTIN fallen after 4 s")
}

func (s *scene) extinUntil(stood time.Duration, text string) (question, bool) {
	rose := s.extinRose()
	if rose == 0 {
		return question{}, false
	}
	from := rose.Add(stood)
	return question{
		text: text,
		from: from,
		change: change{steps: func(steps []inputs.Step) []inputs.Step {
			steps = mapped(steps, from, func(e scheduler.Event) (scheduler.Event, bool) {
				if l, is := e.(scheduler.Lines); is {
					l.In, l.Count = false, 0
					return l, true
				}
				return e, true
			})
			return insert(steps, inputs.Step{At: from, Event: scheduler.Lines{OK: true}})
		}},
	}, true
}

// verdictTook is longer than it takes from the end of a hold to its verdict.
const verdictTook = 4 * time.Second

// addressAnswered asks what a sign of life at the end of the hold would have done.
func addressAnswered(s *scene) (question, bool) {
	i := s.lastBefore(func(e scheduler.Event) bool { _, is := e.(scheduler.Probed); return is })
	if p, is := s.t.at().Event.(scheduler.Probed); is && p.OK {
		i = s.t.index
	}
	if i < 0 || !s.is(scheduler.CodeFenced, scheduler.CodeTake) || !s.aboutCutting() || s.when().Since(s.t.block.Steps[i].At) > verdictTook {
		return question{}, false
	}
	p := s.t.block.Steps[i].Event.(scheduler.Probed)
	if !p.OK || p.Peer {
		return question{}, false
	}
	p.Peer = true
	return s.replaced(i, p, "the address of "+s.peer+" still answered ARP at the end of the hold"), true
}

// holdBroken asks what a line that was not known to have held would have done.
func holdBroken(s *scene) (question, bool) {
	i := s.lastBefore(func(e scheduler.Event) bool { _, is := e.(scheduler.HoldEnded); return is })
	if e, is := s.t.at().Event.(scheduler.HoldEnded); is && e.ID != 0 {
		i = s.t.index
	}
	if i < 0 || !s.is(scheduler.CodeFenced, scheduler.CodeTake) || !s.aboutCutting() || s.when().Since(s.t.block.Steps[i].At) > verdictTook {
		return question{}, false
	}
	e := s.t.block.Steps[i].Event.(scheduler.HoldEnded)
	e.Result, e.Why = scheduler.HoldUnknown, "the power board did not answer in time"
	return s.replaced(i, e, "the power board not answered in the hold"), true
}

// replaced puts another event in the place of one step.
func (s *scene) replaced(i int, e scheduler.Event, text string) question {
	return question{
		text: text,
		from: s.t.block.Steps[i].At,
		change: change{steps: func(steps []inputs.Step) []inputs.Step {
			changed := append([]inputs.Step(nil), steps...)
			changed[i].Event = e
			return changed
		}},
	}
}
