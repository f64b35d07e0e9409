package explain

import (
	"github.com/futago-ha/futago/internal/inputs"
	"github.com/futago-ha/futago/scheduler"
)

// uplinkLost asks whether a node that sees no clients would have done it.
func uplinkLost(s *scene) (question, bool) {
	if !s.v.State.Uplink || !s.aboutCutting() && !s.is(scheduler.CodeTake, scheduler.CodeContest, scheduler.CodeMeeting) {
		return question{}, false
	}
	return s.uplink(false, s.self+" lost its own uplink "), true
}

// uplinkGood asks whether the lost uplink mattered.
func uplinkGood(s *scene) (question, bool) {
	if s.v.State.Uplink || s.is(scheduler.CodeMeeting) {
		return question{}, false
	}
	return s.uplink(true, s.self+" seen a good uplink from "), true
}

func (s *scene) uplink(good bool, text string) question {
	at := s.moment()
	return question{
		text: text + s.before(at),
		from: at,
		change: change{steps: func(steps []inputs.Step) []inputs.Step {
			steps = without[scheduler.Uplink](steps, at)
			return insert(steps, inputs.Step{At: at, Event: scheduler.Uplink{Carrier: good, Reference: good}})
		}},
	}
}

// before says where a change is put.
func (s *scene) before(at scheduler.Instant) string { return tenths(s.when().Since(at)) + " before" }

// containersUnusable asks whether a node that could not serve would have done it.
func containersUnusable(s *scene) (question, bool) {
	if !s.is(scheduler.CodeHold, scheduler.CodeTake, scheduler.CodePeerLost) || s.v.State.Own != 0 {
		return question{}, false
	}
	at := s.moment()
	return question{
		text: "the containers of " + s.self + " not been usable from " + s.before(at),
		from: at,
		change: change{steps: func(steps []inputs.Step) []inputs.Step {
			steps = without[scheduler.ContainersState](steps, at)
			return insert(steps, inputs.Step{At: at, Event: scheduler.ContainersState{Known: true, Why: "a what-if"}})
		}},
	}, true
}

// onStandby asks what an operator's mark would have changed.
func onStandby(s *scene) (question, bool) {
	if s.v.State.Standby || s.v.State.Own != 0 || !s.aboutCutting() && !s.is(scheduler.CodeTake) {
		return question{}, false
	}
	return question{
		text:   s.self + " been on standby",
		from:   s.t.block.Head.Now,
		change: change{disk: func(d *scheduler.Disk) { d.Standby = true }},
	}, true
}
