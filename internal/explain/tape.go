package explain

import (
	"slices"
	"time"

	"github.com/futago-ha/futago/internal/inputs"
)

// tape is the record around one decision: the memory it begins with, and the
// steps before and after the decision.
type tape struct {
	block    inputs.Block
	walls    []time.Time // at each step
	decision Decision
	index    int    // of the step that decided
	marks    []mark // of the play of the truth
}

// tapeOf joins the block of the decision with those right before and after it.
func tapeOf(past inputs.Past, wanted Decision) (*tape, error) {
	if err := past.Err(); err != nil {
		return nil, err
	}
	d, err := pick(past, wanted)
	if err != nil {
		return nil, err
	}
	blocks := past.Blocks
	first, last := d.block, d.block
	for first > max(0, d.block-1) && blocks[first].Follows(&blocks[first-1]) {
		first--
	}
	for last < min(len(blocks)-1, d.block+1) && blocks[last+1].Follows(&blocks[last]) {
		last++
	}
	t := &tape{decision: d, index: d.step, block: blocks[first]}
	t.block.Steps = slices.Clone(t.block.Steps)
	t.walls = wallsOf(&blocks[first])
	for i := first + 1; i <= last; i++ {
		if i <= d.block {
			t.index += len(blocks[i-1].Steps)
		}
		t.block.Steps = append(t.block.Steps, blocks[i].Steps...)
		t.walls = append(t.walls, wallsOf(&blocks[i])...)
	}
	return t, nil
}

// at is the step that decided.
func (t *tape) at() *inputs.Step { return &t.block.Steps[t.index] }
