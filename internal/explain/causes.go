package explain

import (
	"slices"
	"time"

	"github.com/futago-ha/futago/internal/inputs"
	"github.com/futago-ha/futago/scheduler"
)

const (
	ledWithin = 2 * time.Minute // before the decision
	ledAsked  = 24              // inputs that are looked at
	ledMost   = 12              // and told
)

// led are the newest inputs before the decision that were news, and the last
// letter heard whatever it said; for each the machine is asked what it would
// have done without.
func (s *scene) led() ([]Input, error) {
	heard := s.lastBefore(isReceived)
	tell := s.teller()
	var found []int
	texts := map[int]string{}
	for i := range s.t.block.Steps[:s.t.index+1] {
		step := &s.t.block.Steps[i]
		clause, news := tell.Event(step.Event)
		if i == heard && !s.v.PeerHeard {
			clause, news = clause+"; from then on silence", true
		}
		if news && s.when().Since(step.At) <= ledWithin {
			found = append(found, i)
			texts[i] = clause
		}
	}
	var list []Input
	for _, i := range found[max(0, len(found)-ledAsked):] {
		needed, err := s.needs(i)
		if err != nil {
			return nil, err
		}
		list = append(list, Input{Time: s.t.walls[i], Before: s.when().Since(s.t.block.Steps[i].At).Seconds(), Text: texts[i], Needed: needed})
	}
	return newest(list), nil
}

// newest keeps the inputs that were needed, and of the others the newest, as
// many as are told.
func newest(list []Input) []Input {
	spare := len(list) - ledMost
	for _, needed := range []bool{false, true} {
		list = slices.DeleteFunc(list, func(in Input) bool {
			if spare <= 0 || in.Needed != needed {
				return false
			}
			spare--
			return true
		})
	}
	return list
}

func isReceived(e scheduler.Event) bool {
	_, is := e.(scheduler.Received)
	return is
}

// needs says that the decision is not taken at its time without that step.
func (s *scene) needs(i int) (bool, error) {
	without := change{from: s.t.block.Steps[i].At, steps: func(steps []inputs.Step) []inputs.Step {
		return slices.Delete(slices.Clone(steps), i, i+1)
	}}
	p, err := s.t.playAgainst(without, s.truth)
	if err != nil {
		return false, err
	}
	_, same := s.judge(p, s.t.block.Steps[i].At)
	return !same, nil
}
