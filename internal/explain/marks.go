package explain

import (
	"maps"

	"github.com/futago-ha/futago/internal/inputs"
	"github.com/futago-ha/futago/scheduler"
)

// marksEvery is how many steps lie between two marks.
const marksEvery = 128

// mark is where a play of the truth stood. A play that differs only later
// starts there: dozens of them are needed for one explanation.
type mark struct {
	index  int // of the next step
	memory []byte
	given  map[order]scheduler.Instant
	last   scheduler.Letter
	hold   uint64
}

// mark keeps where the play of the truth stands before a step.
func (p *player) mark(i int) {
	_, undoes := p.t.block.Steps[i].Event.(scheduler.PersistFailed)
	if i%marksEvery == 0 && i > 0 && !undoes {
		p.t.marks = append(p.t.marks, mark{i, inputs.Checkpoint(p.m), maps.Clone(p.out.given), p.out.last, p.hold})
	}
}

// start puts the player at the last mark before anything differs, and returns
// the step with which it goes on.
func (p *player) start(c change) (first int, err error) {
	p.out = &played{given: map[order]scheduler.Instant{}, lowered: map[scheduler.Instant]bool{}}
	if !p.plain && c.disk == nil {
		for i := len(p.t.marks) - 1; i >= 0; i-- {
			at := p.t.marks[i]
			if p.t.block.Steps[at.index-1].At < c.from {
				p.out.given, p.out.last, p.hold = maps.Clone(at.given), at.last, at.hold
				p.m, err = inputs.Restore(at.memory)
				return at.index, err
			}
		}
	}
	p.m, err = p.t.block.Restore(c.disk)
	return 0, err
}
