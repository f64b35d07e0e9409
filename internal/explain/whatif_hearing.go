package explain

import (
	"fmt"
	"time"

	"github.com/futago-ha/futago/internal/inputs"
	"github.com/futago-ha/futago/scheduler"
)

// lastLetter is the last letter that the machine took from the session of the
// peer that it knew, with its step; -1 when the record has none before the
// decision, or the peer was heard to the last.
func (s *scene) lastLetter() (scheduler.Letter, int) {
	i := s.lastBefore(isReceived)
	if i < 0 || s.when().Since(s.t.block.Steps[i].At) < silentFrom {
		return scheduler.Letter{}, -1
	}
	return s.t.block.Steps[i].Event.(scheduler.Received).Letter, i
}

// silentFrom is how old the last letter is at least where silence matters.
const silentFrom = 600 * time.Millisecond

// again is one more letter of the peer like its last, and an answer to this
// node's latest.
func again(l scheduler.Letter, n uint64, at scheduler.Instant) inputs.Step {
	l.Seq += n
	l.Echo, l.Request, l.Reply = latest, nil, nil
	return inputs.Step{At: at, Event: scheduler.Received{Letter: l}}
}

// heardOnce asks what one more letter would have done.
func heardOnce(s *scene) (question, bool) {
	l, i := s.lastLetter()
	if i < 0 || !s.aboutCutting() && !s.is(scheduler.CodePeerLost) {
		return question{}, false
	}
	at, text := s.begin(s.when().Add(-500*time.Millisecond)), "0.5 s before"
	if began := s.holdBegan(); began != 0 && began != s.when() {
		at, text = began.Add(4*time.Second), "in second 4 of the hold"
	}
	return question{
		text: s.peer + " been heard once more " + text,
		from: at,
		change: change{steps: func(steps []inputs.Step) []inputs.Step {
			return insert(steps, again(l, 1, at))
		}},
	}, true
}

// heardOn asks what would have been had the peer never fallen silent.
func heardOn(s *scene) (question, bool) {
	l, i := s.lastLetter()
	if i < 0 || !s.aboutCutting() && !s.is(scheduler.CodePeerLost, scheduler.CodeTake) {
		return question{}, false
	}
	last := s.t.block.Steps[i].At
	return question{
		text: fmt.Sprintf("%s gone on being heard every second from %s before", s.peer, tenths(s.when().Since(last))),
		from: last,
		change: change{steps: func(steps []inputs.Step) []inputs.Step {
			steps = without[scheduler.Received](without[scheduler.Link](steps, last+1), last+1)
			more := []inputs.Step{{At: last + 1, Event: scheduler.Link{Up: true}}}
			for n, at := uint64(1), last.Add(500*time.Millisecond); at < s.when().Add(horizon); n, at = n+1, at.Add(500*time.Millisecond) {
				more = append(more, again(l, n, at))
			}
			return insert(steps, more...)
		}},
	}, true
}

// saidGoodbye asks what a promise not to serve would have done.
func saidGoodbye(s *scene) (question, bool) {
	l, i := s.lastLetter()
	if i < 0 || !s.is(scheduler.CodeHold, scheduler.CodePeerLost) {
		return question{}, false
	}
	last := s.t.block.Steps[i].At
	l.State.Leaving, l.State.Serving, l.State.Healthy, l.State.Own, l.State.Ready = scheduler.Leave, false, false, 0, false
	return question{
		text: s.peer + " stopped in an orderly way and said so with its last word",
		from: last,
		change: change{steps: func(steps []inputs.Step) []inputs.Step {
			return insert(without[scheduler.Received](steps, last+1), again(l, 1, last+1))
		}},
	}, true
}

// slept asks what this node would have made of the silence had it not run
// itself.
func slept(s *scene) (question, bool) {
	_, i := s.lastLetter()
	if i < 0 || !s.is(scheduler.CodeHold, scheduler.CodePeerLost) {
		return question{}, false
	}
	// The verdict on silence may have been given a while before the cut.
	at := s.begin(s.when().Add(-10 * time.Millisecond))
	if s.v.PeerLost != 0 {
		at = s.begin(s.v.PeerLost.Add(-10 * time.Millisecond))
	}
	return question{
		text: s.self + " itself not run for the second in which it heard nothing",
		from: at,
		change: change{steps: func(steps []inputs.Step) []inputs.Step {
			return insert(steps, inputs.Step{At: at, Event: scheduler.Slept{For: time.Second}})
		}},
	}, true
}

// releaseUnheard asks what would have been without the peer's release: had it
// gone on saying what it said before.
func releaseUnheard(s *scene) (question, bool) {
	if !s.is(scheduler.CodeTake) || s.aboutCutting() {
		return question{}, false
	}
	before, i := s.release()
	if i < 0 {
		return question{}, false
	}
	from := s.t.block.Steps[i].At
	return question{
		text: s.peer + " not released its term",
		from: from,
		change: change{steps: func(steps []inputs.Step) []inputs.Step {
			return mapped(steps, from, func(e scheduler.Event) (scheduler.Event, bool) {
				if r, is := e.(scheduler.Received); is {
					r.Letter.State = before
					return r, true
				}
				return e, true
			})
		}},
	}, true
}

// release finds the last letter up to the decision that released more than the
// one before, and returns what was said before it; -1 when there is none.
func (s *scene) release() (before scheduler.State, at int) {
	at = -1
	var last *scheduler.State
	for i := range s.t.block.Steps[:s.t.index+1] {
		r, is := s.t.block.Steps[i].Event.(scheduler.Received)
		if !is {
			continue
		}
		if last != nil && r.Letter.State.Released > last.Released {
			before, at = *last, i
		}
		last = &r.Letter.State
	}
	return before, at
}

// noCommand asks what would have been without the last operator's command.
func noCommand(s *scene) (question, bool) {
	isCommand := func(e scheduler.Event) bool { _, is := e.(scheduler.Command); return is }
	i := s.lastBefore(isCommand)
	if isCommand(s.t.at().Event) {
		i = s.t.index
	}
	if i < 0 || s.when().Since(s.t.block.Steps[i].At) > ledWithin {
		return question{}, false
	}
	from := s.t.block.Steps[i].At
	return question{
		text: "nobody given the command " + string(s.t.block.Steps[i].Event.(scheduler.Command).Verb),
		from: from,
		change: change{steps: func(steps []inputs.Step) []inputs.Step {
			return without[scheduler.Command](steps, from)
		}},
	}, true
}
