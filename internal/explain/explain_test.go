package explain

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/futago-ha/futago/internal/control/render"
	"github.com/futago-ha/futago/internal/inputs"
	"github.com/futago-ha/futago/scheduler"
)

// perCode is how many decisions of each kind the tests look at.
const perCode = 3

// some calls to for decisions of the records, perCode of each code.
func some(t *testing.T, to func(past inputs.Past, d Decision)) map[string]int {
	t.Helper()
	seen := map[string]int{}
	for _, past := range allRecords(t) {
		for _, d := range Decisions(past) {
			kind := d.Code
			for _, words := range []string{"released its term", "resumes"} { // of one code, and decided otherwise
				if strings.Contains(d.Text, words) {
					kind += " " + words
				}
			}
			if seen[kind]++; seen[kind] <= perCode {
				to(past, d)
			}
		}
	}
	return seen
}

var explained []Explanation

// explanations are those of some decisions, made once for all tests.
func explanations(t *testing.T) []Explanation {
	t.Helper()
	if explained == nil {
		some(t, func(past inputs.Past, d Decision) {
			e, err := Explain(past, d)
			if err != nil || e.Decision != d {
				t.Fatalf("%s at %s is explained by %+v, %v", d.Code, d.Time, e, err)
			}
			explained = append(explained, e)
		})
	}
	return explained
}

// TestEveryDecisionIsExplained takes decisions of all kinds from runs with
// faults of all kinds: each replays exactly, and is told in ASCII.
func TestEveryDecisionIsExplained(t *testing.T) {
	asked := map[string]int{}
	changed := map[string]int{}
	seen := map[string]int{}
	for _, e := range explanations(t) {
		seen[e.Code]++
		if !e.Faithful() {
			t.Fatalf("%s at %s is explained by %+v", e.Code, e.Time, e)
		}
		led := len(e.Led) > 0 || e.step == 0 // nothing leads to the first input of a life
		if e.Input == "" || len(e.Known) < 5 || !led || len(e.Led) > ledMost {
			t.Errorf("%s: little is said: %+v", e.Code, e)
		}
		for _, r := range e.Otherwise {
			asked[r.Name]++
			if !r.Same {
				changed[r.Name]++
			}
			if r.Then == "" || !strings.HasPrefix(r.If, "had ") {
				t.Errorf("%s: %+v", e.Code, r)
			}
		}
		text := render.Rows(e.Rows(time.UTC), 80)
		for line := range strings.Lines(text) {
			if len(line) > 81 || strings.ContainsFunc(line, func(r rune) bool { return r != '\n' && (r < ' ' || r > '~') }) {
				t.Errorf("%s: %q", e.Code, line)
			}
		}
	}
	if len(seen) < 20 || seen[scheduler.CodeFenced] == 0 || seen[scheduler.CodeContest] == 0 {
		t.Errorf("only decisions of %v were seen", seen)
	}
	for _, w := range whatIfs {
		if asked[w.name] == 0 && !slices.Contains(rare, w.name) {
			t.Errorf("%s was never asked", w.name)
		}
	}
	t.Logf("asked %v, another decision %v", asked, changed)
}

// rare are what-ifs that fit none of these decisions; they have tests of their
// own.
var rare = []string{"extin-fell"}

// TestWhatIfsAnswerRight: what the design promises about single decisions.
func TestWhatIfsAnswerRight(t *testing.T) {
	promises := map[string]map[string]string{ // code, name, what must be said
		scheduler.CodeHold:     {"standby": "no [HOLD]", "uplink-lost": "no [HOLD]", "wire-failed": "no [HOLD]"},
		scheduler.CodeFenced:   {"address-answered": "[FENCE_REFUSED]", "hold-broken": "[FENCE_UNKNOWN]"},
		scheduler.CodeContest:  {"extin-low": "no [CONTEST]"},
		scheduler.CodeTake:     {"release-unheard": "no [TOOK_TERM]"},
		scheduler.CodeVictim:   {"extin-low": "no [EXTIN_HIGH]"},
		scheduler.CodePeerLost: {"heard-on": "no [PEER_LOST]"},
	}
	kept := map[string]int{}
	for _, e := range explanations(t) {
		for _, r := range e.Otherwise {
			want, promised := promises[e.Code][r.Name]
			if !promised || e.Code == scheduler.CodeHold && strings.Contains(e.Text, "an operator") {
				continue
			}
			kept[e.Code+" "+r.Name]++
			if !strings.Contains(r.Then, want) {
				t.Errorf("%s: %s: %s; want %s", e.Text, r.If, r.Then, want)
			}
		}
	}
	for code, names := range promises {
		for name := range names {
			if kept[code+" "+name] == 0 {
				t.Errorf("no %s of the records was asked %s", code, name)
			}
		}
	}
}

// TestNoChangeChangesNothing: a play whose change is none decides the same at
// the same time, so that what a what-if says comes of its change.
func TestNoChangeChangesNothing(t *testing.T) {
	some(t, func(past inputs.Past, d Decision) {
		tp, err := tapeOf(past, d)
		if err != nil {
			t.Fatal(err)
		}
		truth, err := tp.play(change{})
		if err != nil {
			t.Fatal(err)
		}
		p, err := tp.playAgainst(change{}, truth)
		if err != nil {
			t.Fatal(err)
		}
		if then, same := newScene(tp, truth).judge(p, tp.block.Head.Now); !same || then != "the same" {
			t.Errorf("%s: %s", d.Text, then)
		}
	})
}

// TestOtherDecisionsAreNotExplained: what this futago would not have done, it
// does not explain.
func TestOtherDecisionsAreNotExplained(t *testing.T) {
	past := allRecords(t)[0]
	all := Decisions(past)
	d := all[len(all)-1]
	past.Blocks = slices.Clone(past.Blocks)
	b := &past.Blocks[d.block]
	b.Steps = slices.Clone(b.Steps)
	acted := slices.IndexFunc(b.Steps, func(s inputs.Step) bool { return s.Acted })
	b.Steps[acted].Digest++
	e, err := Explain(past, d)
	if err != nil || e.Faithful() || len(e.Led) != 0 || len(e.Otherwise) != 0 {
		t.Errorf("explained by %+v, %v", e, err)
	}
	if text := render.Rows(e.Rows(time.UTC), 80); !strings.Contains(strings.Join(strings.Fields(text), " "), "this version decides otherwise") {
		t.Errorf("told as\n%s", text)
	}
}

// TestNotRecorded: the nearest decision is not taken for another.
func TestNotRecorded(t *testing.T) {
	past := allRecords(t)[0]
	all := Decisions(past)
	for name, d := range map[string]Decision{
		"another time": {Time: all[0].Time.Add(24 * time.Hour), Code: all[0].Code},
		"another code": {Time: all[0].Time, Code: "NONE"},
		"another text": {Time: all[0].Time, Code: all[0].Code, Text: "something else"},
	} {
		var missing NotRecordedError
		if _, err := Explain(past, d); !errors.As(err, &missing) {
			t.Errorf("%s gave %v", name, err)
		}
	}
	if _, err := Explain(inputs.Past{}, Decision{}); err == nil {
		t.Error("an empty record explains something")
	}
}

// TestTapeJoinsBlocks: a decision soon after a block began has the block before
// it on its tape, and one after a gap has not.
func TestTapeJoinsBlocks(t *testing.T) {
	joined := 0
	for _, past := range allRecords(t) {
		for _, d := range Decisions(past) {
			tp, err := tapeOf(past, d)
			if err != nil {
				t.Fatal(err)
			}
			if tp.at().At != past.Blocks[d.block].Steps[d.step].At || len(tp.walls) != len(tp.block.Steps) {
				t.Fatalf("%s is step %d of the tape, which is another", d.Text, tp.index)
			}
			if d.block > 0 && tp.index > d.step {
				joined++
			}
		}
	}
	if joined == 0 {
		t.Error("no decision had the block before it on its tape")
	}
	past := inputs.Past{Blocks: make([]inputs.Block, 2)}
	past.Blocks[0].ID, past.Blocks[1].ID, past.Blocks[1].Head.After = 1, 2, 1
	past.Blocks[0].Steps = []inputs.Step{{At: 1, Event: scheduler.Tick{}}}
	past.Blocks[1].Steps = []inputs.Step{{At: 2, Event: scheduler.Tick{}, Notes: []scheduler.Note{{Code: "X"}}}}
	for _, damaged := range []error{nil, errors.New("torn")} {
		past.Blocks[0].Damaged = damaged
		tp, err := tapeOf(past, Decisions(past)[0])
		if err != nil {
			t.Fatal(err)
		}
		if want := map[bool]int{true: 1, false: 0}[damaged == nil]; tp.index != want {
			t.Errorf("damaged %v: the decision is step %d", damaged, tp.index)
		}
	}
}

func TestNewestKeepsWhatWasNeeded(t *testing.T) {
	var many []Input
	for i := range ledMost + 8 {
		many = append(many, Input{Before: float64(100 - i), Needed: i < 3})
	}
	got := newest(slices.Clone(many))
	if len(got) != ledMost || !slices.Equal(got[:3], many[:3]) || got[ledMost-1] != many[len(many)-1] {
		t.Errorf("kept %+v", got)
	}
	for i := range many {
		many[i].Needed = true
	}
	if got := newest(many); len(got) != ledMost {
		t.Errorf("kept %d", len(got))
	}
}
