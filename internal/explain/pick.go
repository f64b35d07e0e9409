package explain

import (
	"fmt"
	"time"

	"github.com/futago-ha/futago/internal/inputs"
	"github.com/futago-ha/futago/scheduler"
)

// Decision is a note that a machine gave, with the time at which it did.
type Decision struct {
	Time time.Time `json:"time"`
	Node string    `json:"node"`
	Code string    `json:"code"`
	Text string    `json:"text"`

	block, step int
}

// Decisions lists what a record holds, oldest first.
func Decisions(past inputs.Past) []Decision {
	var list []Decision
	for i := range past.Blocks {
		b := &past.Blocks[i]
		walls := wallsOf(b)
		for j, s := range b.Steps {
			if undone(b.Steps, j) {
				continue
			}
			for _, n := range s.Notes {
				list = append(list, Decision{Time: walls[j], Node: b.Head.Node, Code: n.Code, Text: n.Text, block: i, step: j})
			}
		}
	}
	return list
}

// undone says that nothing of a step was done, because its write failed.
func undone(steps []inputs.Step, i int) bool {
	if i+1 == len(steps) {
		return false
	}
	_, failed := steps[i+1].Event.(scheduler.PersistFailed)
	return failed
}

// wallsOf is the wall clock at each step, as the machine knew it.
func wallsOf(b *inputs.Block) []time.Time {
	walls := make([]time.Time, len(b.Steps))
	wall, at := b.Head.Wall, b.Head.Now
	for i, s := range b.Steps {
		if t, is := s.Event.(scheduler.Tick); is && !t.Wall.IsZero() {
			wall, at = t.Wall, s.At
		}
		walls[i] = wall.Add(time.Duration(s.At - at))
	}
	return walls
}

// sameDecision is how far the clock of the history may be from that of the
// record: the one is read a moment after the other.
const sameDecision = 10 * time.Second

// pick finds the decision that is meant.
func pick(past inputs.Past, wanted Decision) (Decision, error) {
	var found *Decision
	all := Decisions(past)
	for i := range all {
		d := &all[i]
		if wanted.Code != "" && d.Code != wanted.Code || wanted.Text != "" && d.Text != wanted.Text {
			continue
		}
		if found == nil || d.Time.Sub(wanted.Time).Abs() <= found.Time.Sub(wanted.Time).Abs() {
			found = d
		}
	}
	if found == nil || found.Time.Sub(wanted.Time).Abs() > sameDecision {
		return Decision{}, NotRecordedError{wanted}
	}
	return *found, nil
}

// NotRecordedError says that the record does not hold a decision: it is too old,
// or no decision of the machine but a report of the daemon.
type NotRecordedError struct{ Decision Decision }

func (e NotRecordedError) Error() string {
	return fmt.Sprintf("the record of inputs does not hold %s of %s", e.Decision.Code, e.Decision.Time.Format("2006-01-02 15:04:05"))
}
