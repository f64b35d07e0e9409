package explain

import (
	"time"

	"github.com/futago-ha/futago/internal/inputs"
)

// Explanation is what can be said of one decision.
type Explanation struct {
	Decision
	Peer      string   `json:"peer"`
	Software  string   `json:"software"`  // version of the futago that decided
	Input     string   `json:"input"`     // the one upon which it was decided
	Known     []string `json:"known"`     // what the node knew just before
	Waited    []string `json:"waited"`    // for what it waited just before
	Ordered   []string `json:"ordered"`   // what it did
	Led       []Input  `json:"led"`       // inputs that led to it, oldest first
	Otherwise []Result `json:"otherwise"` // what would have happened otherwise
	Steps     int      `json:"steps"`     // that were decided again, up to the decision
	Same      int      `json:"same"`      // of these went as recorded before the first that did not
}

// Faithful says that the replay did what the node did, so that the rest is
// worth something. Another version of futago may decide otherwise.
func (e *Explanation) Faithful() bool { return e.Steps == e.Same }

// Input is one of those that led to a decision.
type Input struct {
	Time   time.Time `json:"time"`
	Before float64   `json:"before_seconds"` // the decision
	Text   string    `json:"text"`
	Needed bool      `json:"needed"` // without it, it was not decided at that time
}

// Result is a what-if and what came of it.
type Result struct {
	Name string `json:"name"` // stable
	If   string `json:"if"`   // "raspberrypi-1 had been heard once more"
	Then string `json:"then"` // what the machine did in the replay
	Same bool   `json:"same"` // it decided the same at the same time
}

// Explain explains the decision of the record that is meant by at, code and
// text: the nearest in time that has this code and text, of which either may be
// empty.
func Explain(past inputs.Past, wanted Decision) (Explanation, error) {
	t, err := tapeOf(past, wanted)
	if err != nil {
		return Explanation{}, err
	}
	truth, err := t.play(change{})
	if err != nil {
		return Explanation{}, err
	}
	s := newScene(t, truth)
	e := Explanation{
		Decision: t.decision, Peer: t.block.Head.Peer, Software: t.block.Head.Software, Steps: t.index + 1, Same: truth.same,
		Input: s.input(), Known: s.known(), Waited: s.waited(), Ordered: s.ordered(),
	}
	if !e.Faithful() {
		return e, nil
	}
	e.Led, err = s.led()
	if err != nil {
		return Explanation{}, err
	}
	e.Otherwise, err = s.otherwise()
	return e, err
}
