package story

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// events are one of each, with what makes it say the most.
var events = []scheduler.Event{
	scheduler.Tick{},
	scheduler.Received{Letter: scheduler.Letter{Request: &scheduler.Request{Verb: scheduler.VerbMove}}},
	scheduler.Link{Up: true},
	scheduler.Slept{For: time.Minute},
	scheduler.Uplink{Carrier: true},
	scheduler.Lines{OK: true, In: true, Count: 3},
	scheduler.Board{OK: true, Woken: []string{"extin"}},
	scheduler.HoldProgress{Reads: 3},
	scheduler.HoldEnded{Why: "so"},
	scheduler.Pulsed{OK: true},
	scheduler.Probed{OK: true, Peer: true, VIP: true},
	scheduler.ContainersState{Known: true, Usable: true},
	scheduler.ContainersDone{Code: "X", Why: "so"},
	scheduler.ContainersFailed{Code: "X"},
	scheduler.VIPState{Known: true},
	scheduler.VIPDone{Code: "X"},
	scheduler.VIPContested{MAC: "02:00:00:00:00:01"},
	scheduler.Command{Verb: scheduler.VerbFence, Node: "b", By: "root", Off: true},
	scheduler.StopRequested{Reboot: true},
	scheduler.ShutdownAnnounced{},
	scheduler.Reconfigured{},
	scheduler.PersistFailed{Why: "full"},
}

var actions = []scheduler.Action{
	scheduler.Persist{},
	scheduler.Send{},
	scheduler.Hold{For: 12 * time.Second},
	scheduler.Contest{},
	scheduler.Pulse{For: time.Second},
	scheduler.Lower{GiveUp: true},
	scheduler.Arm{},
	scheduler.Disarm{},
	scheduler.ProbePeer{},
	scheduler.Containers{Level: scheduler.LevelPrepared},
	scheduler.ClaimVIP{},
	scheduler.DropVIP{},
	scheduler.Announce{},
	scheduler.SyncDisks{},
	scheduler.Answer{Text: "done"},
	scheduler.Note{Text: "a met b"},
	scheduler.Reboot{Off: true},
	scheduler.ResetSelf{Why: "so"},
	scheduler.LetGo{},
	scheduler.Exit{},
}

// typesWith are the types of package scheduler that have a method of that name.
func typesWith(t *testing.T, method string) []string {
	t.Helper()
	files, err := filepath.Glob("../../scheduler/*.go")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range files {
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range tree.Decls {
			if f, is := d.(*ast.FuncDecl); is && f.Recv != nil && f.Name.Name == method {
				if id, plain := f.Recv.List[0].Type.(*ast.Ident); plain {
					names = append(names, id.Name)
				}
			}
		}
	}
	slices.Sort(names)
	return names
}

// TestEverythingHasWords: a new event or action must be told in words, too.
func TestEverythingHasWords(t *testing.T) {
	teller := &Teller{Self: "a", Peer: "b"}
	told := map[string][]string{}
	check := func(kind string, v any, clause string) {
		name := reflect.TypeOf(v).Name()
		told[kind] = append(told[kind], name)
		if clause == "" || strings.Contains(clause, name) && name != "Lower" || strings.ContainsFunc(clause, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("%s is told as %q", name, clause)
		}
	}
	for _, e := range events {
		clause, _ := teller.Event(e)
		check("event", e, clause)
		zero, _ := teller.Event(reflect.Zero(reflect.TypeOf(e)).Interface().(scheduler.Event))
		if zero == "" {
			t.Errorf("an empty %T has no words", e)
		}
	}
	for _, a := range actions {
		clause, _ := teller.Action(a)
		check("action", a, clause)
	}
	for kind, names := range told {
		slices.Sort(names)
		if want := typesWith(t, kind); len(want) < 15 || !slices.Equal(names, want) {
			t.Errorf("package scheduler has as %ss\n%v, told were\n%v", kind, want, names)
		}
	}
}

// silent are fields of a letter whose change is not worth a word.
var silent = []string{"Unarmed", "Started", "MaintMark"}

// structField sets a field that is no plain value.
func structField(s *scheduler.State, name string) {
	switch name {
	case "Wire":
		s.Wire.Result = scheduler.WirePassed
	case "Started":
		s.Started = time.Unix(1, 0)
	case "MaintUntil":
		s.MaintUntil = time.Unix(1, 0)
	case "Next":
		s.Next = time.Unix(1, 0)
	case "Reboot":
		s.Reboot.Result = scheduler.RebootDue
	}
}

// TestEveryChangeOfALetterIsTold sets each field alone.
func TestEveryChangeOfALetterIsTold(t *testing.T) {
	kind := reflect.TypeFor[scheduler.State]()
	for i := range kind.NumField() {
		f := kind.Field(i)
		if said[f.Name] == nil {
			t.Errorf("%s has no words", f.Name)
		}
		var s scheduler.State
		// Not exhaustive: a letter has fields of these kinds only.
		//exhaustive:ignore
		switch v := reflect.ValueOf(&s).Elem().Field(i); v.Kind() {
		case reflect.Bool:
			v.SetBool(true)
		case reflect.Uint64:
			v.SetUint(7)
		case reflect.Int64:
			v.SetInt(int64(time.Minute))
		case reflect.String:
			v.SetString("text")
		case reflect.Struct:
			structField(&s, f.Name)
		}
		teller := &Teller{Self: "a", Peer: "b"}
		teller.Event(scheduler.Received{})
		clause, news := teller.Event(scheduler.Received{Letter: scheduler.Letter{State: s}})
		quiet := slices.Contains(silent, f.Name) || f.Name == "Known"
		if news == quiet {
			t.Errorf("%s alone is told as %q, news is %t", f.Name, clause, news)
		}
		if again, news := teller.Event(scheduler.Received{Letter: scheduler.Letter{State: s}}); news {
			t.Errorf("%s is told twice: %q", f.Name, again)
		}
	}
}

// TestOnlyChangesAreNews: levels are news once, things that happen each time.
func TestOnlyChangesAreNews(t *testing.T) {
	happen := map[string]bool{}
	for _, e := range events {
		switch e.(type) {
		case scheduler.Slept, scheduler.HoldEnded, scheduler.Pulsed, scheduler.Probed, scheduler.ContainersDone, scheduler.ContainersFailed, scheduler.VIPDone,
			scheduler.VIPContested, scheduler.Command, scheduler.StopRequested, scheduler.ShutdownAnnounced, scheduler.Reconfigured, scheduler.PersistFailed:
			happen[reflect.TypeOf(e).Name()] = true
		}
	}
	for _, e := range events {
		name := reflect.TypeOf(e).Name()
		if name == "Received" {
			continue // its request is news each time
		}
		teller := &Teller{Self: "a", Peer: "b"}
		_, first := teller.Event(e)
		_, second := teller.Event(e)
		never := name == "Tick" || name == "HoldProgress"
		if first == never || second != happen[name] {
			t.Errorf("%s is news %t, and then %t", name, first, second)
		}
	}
	teller := &Teller{}
	for _, on := range []bool{true, false, true} {
		if _, news := teller.Event(scheduler.Lines{OK: true, In: on}); !news {
			t.Error("a change of EXTIN is no news")
		}
	}
}
