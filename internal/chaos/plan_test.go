package chaos

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/futago-ha/futago/internal/board"
	"github.com/futago-ha/futago/internal/config"
)

// drawn is the plan of a seed.
func drawn(t *testing.T, campaign string, seed uint64) plan {
	t.Helper()
	draw, err := campaignOf(campaign)
	if err != nil {
		t.Fatal(err)
	}
	return draw(newDice(campaign, seed))
}

// eachPlan goes through what a few hundred seeds draw in every campaign.
func eachPlan(t *testing.T, look func(t *testing.T, p plan)) {
	t.Helper()
	names, _ := Campaigns()
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(300) {
				look(t, drawn(t, name, seed))
			}
		})
	}
}

func TestSeedReplays(t *testing.T) {
	names, _ := Campaigns()
	for _, name := range names {
		if a, b := drawn(t, name, 7), drawn(t, name, 7); !reflect.DeepEqual(a, b) {
			t.Errorf("%s: seed 7 drew %+v, then %+v", name, a, b)
		}
		if a, b := drawn(t, name, 7), drawn(t, name, 8); reflect.DeepEqual(a, b) {
			t.Errorf("%s: seeds 7 and 8 drew the same", name)
		}
	}
	if a, b := drawn(t, "storm", 7), drawn(t, "mixed", 7); reflect.DeepEqual(a.boards, b.boards) {
		t.Error("two campaigns drew the same boards")
	}
}

// TestPlansAreWithinTheAssumptions: what a plan breaks outside of them would be
// reported as a fault of the product.
func TestPlansAreWithinTheAssumptions(t *testing.T) {
	eachPlan(t, func(t *testing.T, p plan) {
		for _, b := range p.boards {
			if err := b.Validate(); err != nil {
				t.Errorf("board: %v", err)
			}
		}
		if _, err := config.Parse("drawn", []byte(p.settings.configuration())); err != nil {
			t.Errorf("configuration: %v", err)
		}
		for _, s := range p.steps {
			checkStep(t, s)
		}
	})
}

func checkStep(t *testing.T, s step) {
	t.Helper()
	if len(s.faults) == 0 || s.stand <= 0 || s.stand > 3*time.Minute {
		t.Errorf("a step of %d faults that stands %s", len(s.faults), s.stand)
	}
	last, others := time.Duration(0), false
	for _, f := range s.faults {
		if _, ok := kinds[f.kind]; !ok {
			t.Errorf("kind %q is not known", f.kind)
		}
		if f.at < last || f.at > s.stand {
			t.Errorf("%s falls before the one before it or after the mending: %s", f, s)
		}
		last = f.at
		if f.kind == "wire" && others {
			t.Errorf("a wire breaks after something else: %s", s)
		}
		others = others || f.kind != "wire"
		if f.kind == "wire" && board.Wire(f.arg) == board.WireOK {
			t.Errorf("a wire breaks to nothing: %s", s)
		}
	}
}

// TestEveryKindIsDrawn keeps a kind from being forgotten in the weights.
func TestEveryKindIsDrawn(t *testing.T) {
	seen := map[string]bool{}
	eachPlan(t, func(_ *testing.T, p plan) {
		for _, s := range p.steps {
			for _, f := range s.faults {
				seen[f.kind] = true
			}
		}
	})
	for name, k := range kinds {
		if name != unnoticed && !seen[name] || k.apply == nil {
			t.Errorf("%q was never drawn, or does nothing", name)
		}
	}
}

// TestBoardsVary: each unknown of the board is drawn both ways.
func TestBoardsVary(t *testing.T) {
	var fields [board.ActsNever + 1]bool
	seen := map[string]map[any]bool{}
	d := newDice("boards", 1)
	for range 300 {
		o := d.hanging(d.board())
		fields[o.HangActs] = true
		v := reflect.ValueOf(o)
		for i := range v.NumField() {
			name := v.Type().Field(i).Name
			if seen[name] == nil {
				seen[name] = map[any]bool{}
			}
			seen[name][v.Field(i).Interface()] = true
		}
	}
	// An address is no unknown, a Pi that never wakes by EXTIN could not be woken,
	// and how long a restart leaves it dark changes nothing.
	fixed := []string{"Addr", "NoRiseWake", "Repower"}
	for name, values := range seen {
		if (len(values) > 1) == slices.Contains(fixed, name) {
			t.Errorf("%s was drawn with %d values", name, len(values))
		}
	}
	if slices.Contains(fields[:], false) {
		t.Errorf("effects of a hanging transfer drawn: %v", fields)
	}
}

func TestWiresFirst(t *testing.T) {
	faults := []fault{
		{kind: "kill", who: other, at: 1, arg: 1},
		{kind: "wire", at: 2, arg: 2},
		{kind: "move", who: other, at: 3, arg: 3},
		{kind: "wire", at: 4, arg: 4},
	}
	wiresFirst(faults)
	want := []fault{
		{kind: "wire", at: 1, arg: 2},
		{kind: "wire", at: 2, arg: 4},
		{kind: "move", who: other, at: 3, arg: 3},
		{kind: "kill", who: other, at: 4, arg: 1},
	}
	if !slices.Equal(faults, want) {
		t.Errorf("got %v", faults)
	}
}

func TestWhoIsMeant(t *testing.T) {
	for serves := range 2 {
		got := []int{server.node(serves), other.node(serves), first.node(serves), second.node(serves)}
		if want := []int{serves, 1 - serves, 0, 1}; !slices.Equal(got, want) {
			t.Errorf("when node %d serves: %v, want %v", serves, got, want)
		}
	}
}

func TestStepReads(t *testing.T) {
	s := step{stand: 2500 * time.Millisecond, faults: []fault{{kind: "blink", who: other, at: 100 * time.Millisecond, arg: 50}, {kind: "link cut", at: time.Second}}}
	if got, want := s.String(), "blink (other) at 0.1 s, 50; link cut (server) at 1.0 s; for 2.5 s"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestBadOptions(t *testing.T) {
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{Campaign: "dance"}, "there are split, split-long, storm, mixed"},
		{Options{Campaign: "mixed", Runs: -1}, "neither may be negative"},
		{Options{Campaign: "mixed", Parallel: -1}, "neither may be negative"},
	} {
		if _, err := Run(t.Context(), c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.o, err, c.want)
		}
	}
}
