package explain

import (
	"time"

	"github.com/futago-ha/futago/internal/inputs"
	"github.com/futago-ha/futago/scheduler"
)

const (
	horizon   = 30 * time.Second       // after the decision, how far a play goes
	tickPause = 100 * time.Millisecond // of the ticks after the end of the record
	lowersIn  = 50 * time.Millisecond  // a line that is let go is read low again after this
)

// change is what is different in a play: what was on disk at its beginning, and
// the steps. Steps that are added are in their place in time.
type change struct {
	from  scheduler.Instant // nothing is different before it
	disk  func(*scheduler.Disk)
	steps func([]inputs.Step) []inputs.Step
}

// played is what a machine did in one play.
type played struct {
	same    int // steps up to the decision that went as recorded
	notes   []noted
	ordered []scheduler.Action          // in the step that decided
	before  scheduler.View              // just before that step
	last    scheduler.Letter            // of this node, so far
	lowered map[scheduler.Instant]bool  // when the line was let go
	given   map[order]scheduler.Instant // orders that are answered by a report, and when they were given
}

type noted struct {
	at   scheduler.Instant
	note scheduler.Note
}

// latest, as the Echo of a letter that a what-if adds, stands for the number of
// the last letter that the machine sent in that play; it is then also for the
// machine's session.
const latest = ^uint64(0)

// player is one play under way.
type player struct {
	t             *tape
	m             *scheduler.Machine
	out           *played
	truth         *played       // what was done in truth; nil in a play of that
	hold          uint64        // number of the last hold or contest
	wrote         bool          // the last step wrote to the disk
	lower         []inputs.Step // what this world adds: lines that were let go
	lowers, notes int           // how many of each there were before the last step
	plain         bool          // no change: steps are compared with the record
}

// play steps a machine through the tape, changed or not, and on to the horizon.
func (t *tape) play(c change) (*played, error) { return t.playAgainst(c, nil) }

// playAgainst leaves out reports on orders of the truth that are not given here.
func (t *tape) playAgainst(c change, truth *played) (*played, error) {
	p := &player{t: t, truth: truth, plain: truth == nil}
	first, err := p.start(c)
	if err != nil {
		return nil, err
	}
	steps := t.block.Steps
	if c.steps != nil {
		steps = c.steps(steps)
	}
	end := t.at().At.Add(horizon)
	var at scheduler.Instant
	for i := first; i < len(steps) && steps[i].At <= end; i++ {
		if p.plain {
			p.mark(i)
		}
		if _, undoes := steps[i].Event.(scheduler.PersistFailed); !undoes {
			p.lowered(steps[i].At)
		}
		p.step(&steps[i])
		at = steps[i].At
	}
	for at < end {
		at = at.Add(tickPause)
		p.lowered(at)
		p.step(&inputs.Step{At: at, Event: scheduler.Tick{}})
	}
	return p.out, nil
}

// step gives the machine one event.
func (p *player) step(s *inputs.Step) {
	e, deliver := p.event(s)
	if !deliver {
		return
	}
	p.undo(e)
	decides := p.plain && s == p.t.at()
	if decides {
		p.out.before = p.m.View()
	}
	actions := p.m.Step(s.At, e)
	if decides {
		p.out.ordered = append([]scheduler.Action(nil), actions...)
	}
	if p.plain && s.At <= p.t.at().At {
		p.compare(s, actions)
	}
	p.wrote = false
	for _, a := range actions {
		p.did(s.At, a)
	}
}

// undo takes back what the last step ordered and said when its write failed:
// nothing of it was done.
func (p *player) undo(e scheduler.Event) {
	if _, failed := e.(scheduler.PersistFailed); failed {
		p.lower, p.out.notes = p.lower[:p.lowers], p.out.notes[:p.notes]
	}
	p.lowers, p.notes = len(p.lower), len(p.out.notes)
}

// compare counts the steps that went as recorded, up to the first that did not.
func (p *player) compare(s *inputs.Step, actions []scheduler.Action) {
	reached := len(p.t.block.Steps[:p.t.index+1])
	if p.out.same < reached && s == &p.t.block.Steps[p.out.same] && s.Did(actions) {
		p.out.same++
	}
}

// event is what a step brings in this play, if it happens here at all.
func (p *player) event(s *inputs.Step) (scheduler.Event, bool) {
	if p.plain {
		return s.Event, true
	}
	e := s.Event
	if o, report := reportOn(e); report && p.truth.given[o] != 0 && p.out.given[o] == 0 {
		return nil, false
	}
	switch e := e.(type) {
	case scheduler.Received:
		if e.Letter.Echo == latest {
			e.Letter.Echo, e.Letter.To = p.out.last.Seq, p.out.last.Session
			return e, true
		}
	case scheduler.PersistFailed:
		return e, p.wrote
	case scheduler.VIPState, scheduler.ContainersState:
		return e, !p.departed(s.At)
	}
	return e, true
}

// departed says that this world gave other orders than the recorded one, whose
// VIP and containers therefore say nothing about it.
func (p *player) departed(now scheduler.Instant) bool {
	for o, at := range p.truth.given {
		if o.kind != "probe" && at < now && p.out.given[o] == 0 {
			return true
		}
	}
	return false
}

// did notes an order or a word of the machine.
func (p *player) did(at scheduler.Instant, a scheduler.Action) {
	if o, answered := orderOf(a); answered {
		p.out.given[o] = at
	}
	switch a := a.(type) {
	case scheduler.Persist:
		p.wrote = true
	case scheduler.Send:
		p.out.last = a.Letter
	case scheduler.Note:
		p.out.notes = append(p.out.notes, noted{at, a})
	case scheduler.Hold:
		p.hold = a.ID
	case scheduler.Contest:
		p.hold = a.ID
	case scheduler.Lower:
		p.out.lowered[at] = true
		if p.hold != 0 && !p.plain && !p.truth.lowered[at] {
			low := at.Add(lowersIn)
			p.lower = append(p.lower, inputs.Step{At: low, Event: scheduler.HoldEnded{ID: p.hold, Result: scheduler.HoldLowered, At: low, Why: "it was let go"}})
		}
	}
}

// lowered reports the lines that were let go before an instant.
func (p *player) lowered(now scheduler.Instant) {
	for len(p.lower) > 0 && p.lower[0].At <= now {
		s := p.lower[0]
		p.lower = p.lower[1:]
		p.step(&s)
	}
}

// order is something that a report answers.
type order struct {
	kind string
	id   uint64
}

func orderOf(a scheduler.Action) (order, bool) {
	switch a := a.(type) {
	case scheduler.Hold:
		return order{"line", a.ID}, true
	case scheduler.Contest:
		return order{"line", a.ID}, true
	case scheduler.Pulse:
		return order{"line", a.ID}, true
	case scheduler.ProbePeer:
		return order{"probe", a.ID}, true
	case scheduler.Containers:
		return order{"containers", a.ID}, true
	case scheduler.ClaimVIP:
		return order{"vip", a.ID}, true
	case scheduler.DropVIP:
		return order{"vip", a.ID}, true
	}
	return order{}, false
}

func reportOn(e scheduler.Event) (order, bool) {
	switch e := e.(type) {
	case scheduler.HoldProgress:
		return order{"line", e.ID}, true
	case scheduler.HoldEnded:
		return order{"line", e.ID}, true
	case scheduler.Pulsed:
		return order{"line", e.ID}, true
	case scheduler.Probed:
		return order{"probe", e.ID}, true
	case scheduler.ContainersDone:
		return order{"containers", e.ID}, true
	case scheduler.VIPDone:
		return order{"vip", e.ID}, true
	}
	return order{}, false
}
