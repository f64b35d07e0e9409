package chaos

import (
	"testing"
	"time"

	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/internal/lab"
	"github.com/futago-ha/futago/scheduler"
)

// good is what a pair that is well shows; the first node serves.
func good() view {
	v := view{holds: [2]bool{true, false}}
	for i, name := range []string{"raspberrypi-1", "raspberrypi-2"} {
		v.lab.Nodes[i] = lab.NodeStatus{Name: name, Phase: lab.Running}
		v.lab.Boards[i].Supply = true
		v.nodes[i] = &control.Status{This: name, Level: control.LevelOK, Serving: "raspberrypi-1", Owner: "raspberrypi-1", Term: 3}
	}
	return v
}

func waits() *control.Status {
	return &control.Status{Level: control.LevelBlocked, Waits: []control.Wait{{Code: "HELD", Since: time.Now(), Command: "futago status"}}}
}

func TestWell(t *testing.T) {
	for name, c := range map[string]struct {
		edit func(v *view)
		want bool
	}{
		"as it should be":      {func(*view) {}, true},
		"one does not answer":  {func(v *view) { v.nodes[1] = nil }, false},
		"degraded":             {func(v *view) { v.nodes[1].Level = control.LevelDegraded }, false},
		"a hold goes on":       {func(v *view) { v.nodes[0].Hold = &control.Hold{} }, false},
		"other terms":          {func(v *view) { v.nodes[1].Term = 5 }, false},
		"other owners":         {func(v *view) { v.nodes[1].Owner = "raspberrypi-2" }, false},
		"nobody serves":        {func(v *view) { v.nodes[0].Serving, v.nodes[1].Serving = "", "" }, false},
		"the VIP is nowhere":   {func(v *view) { v.holds[0] = false }, false},
		"the VIP is elsewhere": {func(v *view) { v.holds = [2]bool{false, true} }, false},
		"both have the VIP":    {func(v *view) { v.holds[1] = true }, false},
	} {
		v := good()
		if c.edit(&v); v.well() != c.want {
			t.Errorf("%s: well is %t", name, v.well())
		}
	}
}

func TestDecided(t *testing.T) {
	for name, c := range map[string]struct {
		edit func(v *view)
		want bool
	}{
		"one serves":       {func(*view) {}, true},
		"one serves alone": {func(v *view) { v.nodes[1] = nil }, true},
		"the second one serves": {func(v *view) {
			v.holds = [2]bool{false, true}
			v.nodes[0].Serving, v.nodes[1].Serving = "raspberrypi-2", "raspberrypi-2"
		}, true},
		"both have the VIP":             {func(v *view) { v.holds[1] = true }, false},
		"the VIP of a silent node":      {func(v *view) { v.nodes[0], v.nodes[1] = nil, waits() }, false},
		"both wait and say so":          {func(v *view) { v.holds[0] = false; v.nodes[0], v.nodes[1] = waits(), waits() }, true},
		"one waits without a word":      {func(v *view) { v.holds[0] = false; v.nodes[0], v.nodes[1] = &control.Status{}, waits() }, false},
		"nobody answers":                {func(v *view) { v.holds[0] = false; v.nodes = [2]*control.Status{} }, false},
		"nobody answers without supply": {func(v *view) { *v = view{} }, true},
	} {
		v := good()
		if c.edit(&v); v.decided() != c.want {
			t.Errorf("%s: decided is %t", name, v.decided())
		}
	}
}

func TestStated(t *testing.T) {
	for name, edit := range map[string]func(s *control.Status){
		"no wait":       func(s *control.Status) { s.Waits = nil },
		"no code":       func(s *control.Status) { s.Waits[0].Code = "" },
		"no since":      func(s *control.Status) { s.Waits[0].Since = time.Time{} },
		"no command":    func(s *control.Status) { s.Waits[0].Command = "" },
		"a hold":        func(s *control.Status) { s.Hold = &control.Hold{} },
		"nobody warned": func(s *control.Status) { s.Level, s.Serving = control.LevelOK, "raspberrypi-1" },
	} {
		s := waits()
		if !stated(s) {
			t.Fatal("a wait with all it needs is not stated")
		}
		if edit(s); stated(s) {
			t.Errorf("%s: stated", name)
		}
	}
}

// at is so many seconds after an arbitrary time.
func at(seconds int) time.Time { return time.Unix(1_000_000+int64(seconds), 0) }

// TestFencesAreJudged: a verdict needs a dark node, and a victim that tells.
func TestFencesAreJudged(t *testing.T) {
	off := func(s int) phase { return phase{at: at(s), node: 1, is: lab.Off, supply: true} }
	boots := func(s int, woken string) phase {
		return phase{at: at(s), node: 1, is: lab.Booting, boots: 1, supply: true, woken: woken}
	}
	for name, c := range map[string]struct {
		phases []phase
		dark   bool // at the verdict, second 100
	}{
		"powered throughout":           {[]phase{boots(1, "poweron")}, false},
		"cut in the hold":              {[]phase{boots(1, "poweron"), off(98)}, true},
		"cut long ago and still dark":  {[]phase{boots(1, "poweron"), off(20)}, true},
		"cut and back within the hold": {[]phase{boots(1, "poweron"), off(97), boots(99, "extin")}, true},
		"cut only afterwards":          {[]phase{boots(1, "poweron"), off(101)}, false},
		"cut and back long before":     {[]phase{boots(1, "poweron"), off(20), boots(22, "extin")}, false},
	} {
		r := &run{phases: c.phases}
		if r.darkAround(1, at(100)) != c.dark {
			t.Errorf("%s: dark is not %t", name, c.dark)
		}
	}
	r := &run{phases: []phase{off(98), boots(103, "extin"), boots(150, "poweron")}}
	if !r.wokenByLine(1, at(100)) || r.wokenByLine(1, at(140)) || r.wokenByLine(0, at(100)) {
		t.Error("what woke the node is misread")
	}
	told := []control.Entry{{Time: at(104), Code: scheduler.CodeWasFenced}}
	if !tells(told, at(100)) || tells(told, at(200)) || tells(nil, at(100)) {
		t.Error("what the victim tells is misread")
	}
}

// TestCutsAreTheBoards: what the supply does is nobody's fence.
func TestCutsAreTheBoards(t *testing.T) {
	r := &run{phases: []phase{
		{at: at(1), node: 0, is: lab.Off, supply: true},
		{at: at(5), node: 0, is: lab.Off, supply: false},
		{at: at(6), node: 0, is: lab.Booting, supply: true},
		{at: at(7), node: 1, is: lab.Off, supply: true},
		{at: at(9), node: 0, is: lab.Off, supply: true},
	}}
	if got := r.cuts(0, at(0)); len(got) != 2 || !got[1].Equal(at(9)) {
		t.Errorf("cuts of the first node: %v", got)
	}
	if got := r.cuts(0, at(2)); len(got) != 1 {
		t.Errorf("cuts since second 2: %v", got)
	}
}

// someLab is never built.
var someLab = lab.Options{Name: "some"}

func TestViolationsAreTold(t *testing.T) {
	r := &run{seed: 17, step: 2}
	r.violate("%s lost its power", "raspberrypi-1")
	r.violate("%s lost its power", "raspberrypi-1")
	if len(r.violations) != 1 || r.violations[0].String() != "seed 17, step 2: raspberrypi-1 lost its power" {
		t.Errorf("violations: %v", r.violations)
	}
}
