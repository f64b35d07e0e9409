package explore

import (
	"strings"
	"testing"
	"time"
)

// find is the scenario of that name.
func find(t *testing.T, name string) Scenario {
	t.Helper()
	for _, p := range Scenarios() {
		if p.Name == name {
			return p
		}
	}
	t.Fatalf("there is no scenario %q", name)
	return Scenario{}
}

// TestNoScenarioBreaksARule walks all with one surprise; make explore goes
// further.
func TestNoScenarioBreaksARule(t *testing.T) {
	for _, p := range Scenarios() {
		t.Run(p.Name, func(t *testing.T) {
			t.Parallel()
			r := Explore(p, Options{Depth: 1, Leaves: 10})
			if r.Found != nil {
				t.Errorf("%v\n%s", r.Found.Violation, strings.Join(r.Found.Story, "\n"))
			}
			if !r.Complete || r.Depth != 1 || r.States < 50 || r.Healed == 0 {
				t.Errorf("the walk was not what it should be: %+v", r)
			}
		})
	}
}

// TestBoardThatNeverCuts breaks assumption A2: a Confirmed fence is none then,
// and both serve. The explorer must see that, call it outside the assumptions,
// and tell it in few words.
func TestBoardThatNeverCuts(t *testing.T) {
	p := find(t, "cut at 11 s")
	p.NeverCuts, p.Outside = true, "A2"
	r := Explore(p, Options{Depth: 1})
	if r.Found == nil {
		t.Fatalf("nothing found in %d states", r.States)
	}
	if r.Found.Rule != "S1" || r.Found.Outside != "A2" || r.Found.Surprises != 0 {
		t.Errorf("found %+v", r.Found)
	}
	story := strings.Join(r.Found.Story, "\n")
	for _, want := range []string{"b raised EXTOUT", "b fenced a (Confirmed)", "VIOLATION S1"} {
		if !strings.Contains(story, want) {
			t.Errorf("the story does not say %q:\n%s", want, story)
		}
	}
	if n := len(r.Found.Story); n > 40 {
		t.Errorf("the shortest story has %d lines:\n%s", n, story)
	}
}

// TestShortestFirst: one surprise breaks nothing here even with boards that
// never cut, because a server contests and a hung one answers ARP; of the ways
// with more the shortest is told.
func TestShortestFirst(t *testing.T) {
	p := find(t, "holder panics")
	p.NeverCuts = true
	p.prepare, p.Begun = serves, 0
	p.faults = []fault{hang(0, 30*time.Second), linkCut(), oneWay(0)}
	r := Explore(p, Options{Depth: 3})
	if r.Found == nil || r.Found.Surprises != 2 {
		t.Fatalf("found %+v", r.Found)
	}
	if story := strings.Join(r.Found.Story, "\n"); !strings.Contains(story, "FAULT the daemon of a hangs for 30.0 s") || !strings.Contains(story, "FAULT the link between the nodes is cut") {
		t.Errorf("the way begins otherwise:\n%s", story)
	}
}

func TestEndsAtItsBounds(t *testing.T) {
	p := find(t, "cold start")
	r := Explore(p, Options{Depth: 3, States: 2000})
	if r.Complete || r.Depth < 0 || r.States > 4000 {
		t.Errorf("with 2000 states: %+v", r)
	}
	r = Explore(p, Options{Depth: 3, Until: time.Now().Add(-time.Second)})
	if r.Complete || r.Depth > 0 {
		t.Errorf("with no time left: %+v", r)
	}
}

// TestSameWalkTwice: the numbers that are printed can be compared.
func TestSameWalkTwice(t *testing.T) {
	p := find(t, "taker fails")
	a, b := Explore(p, Options{Depth: 1}), Explore(p, Options{Depth: 1})
	if a.States != b.States || a.Steps != b.Steps {
		t.Errorf("first %d states in %d steps, then %d in %d", a.States, a.Steps, b.States, b.Steps)
	}
}

func TestFront(t *testing.T) {
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"-only taker -depth 1", 0, "explore: "},
		{"-only nonsense", 2, "no scenario is named"},
		{"-depth x", 2, "invalid value"},
		{"-depth -1", 2, "too low"},
		{"-list", 0, "cold start"},
	} {
		var out strings.Builder
		if code := Main(strings.Fields(c.args), &out); code != c.code || !strings.Contains(out.String(), c.says) {
			t.Errorf("%s: code %d\n%s", c.args, code, out.String())
		}
	}
}
