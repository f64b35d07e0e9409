package explain

import (
	"slices"
	"time"

	"github.com/futago-ha/futago/internal/inputs"
	"github.com/futago-ha/futago/scheduler"
)

// whatIf is a question that can be asked of some decisions.
type whatIf struct {
	name string
	// ask returns the question with its change, and from when on things may
	// differ; ok is false where the question makes no sense.
	ask func(s *scene) (q question, ok bool)
}

// question is a what-if about one decision.
type question struct {
	text string // continues "had": "raspberrypi-1 been heard once more"
	from scheduler.Instant
	change
}

// whatIfs are all questions, in the order in which they are told.
var whatIfs = []whatIf{
	{"heard-once", heardOnce},
	{"heard-on", heardOn},
	{"said-goodbye", saidGoodbye},
	{"slept", slept},
	{"uplink-lost", uplinkLost},
	{"uplink-good", uplinkGood},
	{"containers-unusable", containersUnusable},
	{"standby", onStandby},
	{"wire-failed", wireFailed},
	{"wire-passed", wirePassed},
	{"extin-answered", extinAnswered},
	{"extin-low", extinLow},
	{"extin-fell", extinFell},
	{"address-answered", addressAnswered},
	{"hold-broken", holdBroken},
	{"release-unheard", releaseUnheard},
	{"no-command", noCommand},
}

// otherwise asks every question that makes sense.
func (s *scene) otherwise() ([]Result, error) {
	var list []Result
	for _, w := range whatIfs {
		q, ok := w.ask(s)
		if !ok {
			continue
		}
		q.change.from = q.from
		p, err := s.t.playAgainst(q.change, s.truth)
		if err != nil {
			return nil, err
		}
		then, same := s.judge(p, q.from)
		list = append(list, Result{Name: w.name, If: "had " + q.text, Then: then, Same: same})
	}
	return list, nil
}

// is says whether the decision has one of the codes.
func (s *scene) is(codes ...string) bool { return slices.Contains(codes, s.t.decision.Code) }

// aboutCutting are decisions at which the other node is, or might have been, cut.
func (s *scene) aboutCutting() bool {
	return s.is(scheduler.CodeHold, scheduler.CodeFenced, scheduler.CodeFenceRefused, scheduler.CodeFenceUnknown, scheduler.CodeHoldGivenUp) ||
		s.is(scheduler.CodeTake) && s.t.hasNote(s.t.index, scheduler.CodeFenced)
}

// hasNote says whether a step gave a note of that code.
func (t *tape) hasNote(i int, code string) bool {
	return slices.ContainsFunc(t.block.Steps[i].Notes, func(n scheduler.Note) bool { return n.Code == code })
}

// holdBegan is the instant of the last order to cut before the decision, or of
// the decision itself; zero when the record begins later.
func (s *scene) holdBegan() scheduler.Instant {
	for i := s.t.index; i >= 0; i-- {
		if s.t.hasNote(i, scheduler.CodeHold) {
			return s.t.block.Steps[i].At
		}
	}
	return 0
}

// moment is where in time a change is put: soon before a decision that is taken
// at once, and in the middle of a hold otherwise.
func (s *scene) moment() scheduler.Instant {
	if began := s.holdBegan(); began != 0 && began != s.when() && s.aboutCutting() {
		return min(began.Add(2*time.Second), s.when().Add(-tickPause))
	}
	return s.begin(s.when().Add(-time.Second))
}

// begin keeps an instant within the record.
func (s *scene) begin(at scheduler.Instant) scheduler.Instant {
	return max(at, s.t.block.Head.Now)
}

// insert adds steps to a record, each in its place.
func insert(steps []inputs.Step, more ...inputs.Step) []inputs.Step {
	all := slices.Concat(steps, more)
	slices.SortStableFunc(all, func(a, b inputs.Step) int { return int(min(max(a.At-b.At, -1), 1)) })
	return all
}

// mapped changes steps from an instant on; do returns false to leave one out.
func mapped(steps []inputs.Step, from scheduler.Instant, do func(scheduler.Event) (scheduler.Event, bool)) []inputs.Step {
	var all []inputs.Step
	for _, s := range steps {
		if s.At >= from {
			e, stays := do(s.Event)
			if !stays {
				continue
			}
			s.Event = e
		}
		all = append(all, s)
	}
	return all
}

// without leaves out what is of a kind from an instant on.
func without[T scheduler.Event](steps []inputs.Step, from scheduler.Instant) []inputs.Step {
	return mapped(steps, from, func(e scheduler.Event) (scheduler.Event, bool) {
		_, is := e.(T)
		return e, !is
	})
}
