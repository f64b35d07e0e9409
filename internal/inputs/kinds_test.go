package inputs

import (
	"bytes"
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

// methodsOf lists the types of package scheduler that have a method of that
// name, from its source.
func methodsOf(t *testing.T, method string) []string {
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

// TestNoEventIsForgotten: an event that is new in package scheduler must be in
// the list, or the first one would end the record.
func TestNoEventIsForgotten(t *testing.T) {
	var listed []string
	for _, e := range events {
		listed = append(listed, e.Name())
	}
	slices.Sort(listed)
	if want := methodsOf(t, "event"); len(want) < 20 || !slices.Equal(listed, want) {
		t.Errorf("package scheduler has the events\n%v, listed are\n%v", want, listed)
	}
	if events[kindTick] != reflect.TypeFor[scheduler.Tick]() {
		t.Errorf("kind %d is %s, want Tick", kindTick, events[kindTick])
	}
}

// through writes steps and reads them again.
func through(t *testing.T, steps []Step) []Step {
	t.Helper()
	c := newCoder(7)
	var b []byte
	for _, s := range steps {
		b = c.append(b, s.At, s.Event, nil)
	}
	got, err := newCoder(7).readSteps(b)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// TestEveryFieldOfEveryEvent: each event comes back with all fields set, with
// none, and with each one set alone after one that has none.
func TestEveryFieldOfEveryEvent(t *testing.T) {
	for _, kind := range events {
		full := reflect.New(kind).Elem()
		(&filler{n: 8}).fill(full)
		none := reflect.Zero(kind)
		var steps []Step
		add := func(v reflect.Value) {
			steps = append(steps, Step{At: scheduler.Instant(1000 + 900*len(steps)*len(steps)), Event: v.Interface().(scheduler.Event)})
		}
		for _, v := range []reflect.Value{none, full, full, none, full} {
			add(v)
		}
		fields := 0
		leaves(kind, kind.Name(), func(root reflect.Value) reflect.Value { return root }, func(_ string, set func(reflect.Value)) {
			one := reflect.New(kind).Elem()
			set(one)
			add(none)
			add(one)
			fields++
		})
		got := through(t, steps)
		if len(got) != len(steps) || fields == 0 && kind.NumField() > 0 {
			t.Fatalf("%s: %d of %d steps came back, %d fields", kind.Name(), len(got), len(steps), fields)
		}
		for i := range steps {
			if !reflect.DeepEqual(got[i], steps[i]) {
				t.Errorf("%s: step %d came back as\n%+v, want\n%+v", kind.Name(), i, got[i], steps[i])
			}
		}
	}
}

// TestEveryFieldChangesTheRecord: no two events that differ in one field are
// written alike. It would show a field that both sides forget.
func TestEveryFieldChangesTheRecord(t *testing.T) {
	for _, kind := range append(events, reflect.TypeFor[scheduler.Note]()) {
		none := appendValue(nil, reflect.Zero(kind))
		leaves(kind, kind.Name(), func(root reflect.Value) reflect.Value { return root }, func(path string, set func(reflect.Value)) {
			one := reflect.New(kind).Elem()
			set(one)
			if bytes.Equal(appendValue(nil, one), none) {
				t.Errorf("%s is not in the record", path)
			}
		})
	}
}

// TestWholeMemoryIsKept fills every field of a machine, whatever its name, and
// expects all of it back: also the fields that package scheduler gets tomorrow.
func TestWholeMemoryIsKept(t *testing.T) {
	m := new(scheduler.Machine)
	f := &filler{}
	f.fill(reflect.ValueOf(m).Elem())
	if f.n < 300 {
		t.Fatalf("filled only %d fields", f.n)
	}
	kept := Checkpoint(m)
	back, err := Restore(kept)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(Checkpoint(back), kept) {
		t.Error("the restored machine's checkpoint is another")
	}
	if !reflect.DeepEqual(back, m) {
		t.Errorf("restored\n%+v, want\n%+v", back, m)
	}
	for i := range len(kept) {
		if _, err := Restore(kept[:i]); err == nil {
			t.Fatalf("%d of %d bytes were taken for a whole checkpoint", i, len(kept))
		}
	}
	if _, err := Restore(append(kept, 0)); err == nil {
		t.Error("a byte too many was not seen")
	}
}

// TestStoredStateCanBeChanged reaches the part of the memory that what-ifs change.
func TestStoredStateCanBeChanged(t *testing.T) {
	m := scheduler.New(scheduler.Config{Self: "a", Peer: "b"}, scheduler.Disk{}, scheduler.Boot{ID: "x", Session: 1, Now: 1})
	b := Block{checkpoint: Checkpoint(m)}
	changed, err := b.Restore(func(d *scheduler.Disk) { d.Standby = true })
	if err != nil {
		t.Fatal(err)
	}
	if !changed.View().State.Standby || m.View().State.Standby {
		t.Error("the change did not reach the restored machine, or reached the other one")
	}
}

// TestNotesComeBack: they are kept in full, so that a record tells its
// decisions also to a futago that cannot replay it.
func TestNotesComeBack(t *testing.T) {
	notes := []scheduler.Note{{Level: scheduler.Critical, Code: "FENCED", Text: "a fenced b", Do: "look"}, {Code: "TOOK_TERM", Text: "a took term 3"}}
	actions := []scheduler.Action{scheduler.Hold{ID: 4}, notes[0], notes[1]}
	c := newCoder(1)
	b := c.append(nil, 5, scheduler.Tick{}, actions)
	b = c.append(b, 6, scheduler.Tick{}, nil)
	got, err := newCoder(1).readSteps(b)
	if err != nil || len(got) != 2 || !reflect.DeepEqual(got[0].Notes, notes) || !got[0].Acted || got[1].Acted {
		t.Fatalf("came back as %+v, %v", got, err)
	}
	if !got[0].Did(actions) || got[0].Did(actions[1:]) || got[0].Did(nil) || got[1].Did(actions) || !got[1].Did(nil) {
		t.Error("the digest does not tell these actions from others")
	}
}

// TestWallClockSteps: a clock that was set comes back as it was.
func TestWallClockSteps(t *testing.T) {
	day := time.Date(2026, 11, 23, 5, 0, 0, 1, time.UTC)
	var steps []Step
	for i, wall := range []time.Time{day, day.Add(100 * time.Millisecond), day.AddDate(0, 0, 3), {}, day.AddDate(-50, 0, 0), day} {
		steps = append(steps, Step{At: scheduler.Instant(time.Second + time.Duration(i)*tickPause), Event: scheduler.Tick{Wall: wall}})
	}
	if got := through(t, steps); !reflect.DeepEqual(got, steps) {
		t.Errorf("came back as\n%+v, want\n%+v", got, steps)
	}
}

// tickPause is the daemon's.
const tickPause = 100 * time.Millisecond

// TestQuietCostsLittle: what a ready node records of a quiet minute.
func TestQuietCostsLittle(t *testing.T) {
	c := newCoder(1)
	var b []byte
	wall := time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC)
	at := scheduler.Instant(time.Hour)
	letter := scheduler.Letter{From: "raspberrypi-1", Boot: strings.Repeat("b", 36), Session: 1 << 47, To: 1 << 46, State: scheduler.State{Known: true, Term: 3, Uplink: true}}
	for i := range 600 {
		at = at.Add(tickPause + time.Duration(i%7)*50*time.Microsecond)
		wall = wall.Add(tickPause + time.Duration(i%7)*50*time.Microsecond + time.Duration(i%3))
		b = c.append(b, at, scheduler.Tick{Wall: wall}, nil)
		if i%10 == 9 {
			letter.Seq++
			letter.Echo++
			b = c.append(b, at.Add(time.Millisecond), scheduler.Received{Letter: letter}, []scheduler.Action{scheduler.Send{Letter: letter}})
			b = c.append(b, at.Add(2*time.Millisecond), scheduler.Lines{OK: true}, nil)
		}
	}
	if len(b) > 60*100 {
		t.Errorf("a quiet minute takes %d bytes, want at most 100 a second", len(b))
	}
	t.Logf("%d bytes a second", len(b)/60)
}

// TestSchemaTellsShapesApart: a field more, another name, another kind.
func TestSchemaTellsShapesApart(t *testing.T) {
	seen := map[string]bool{}
	for _, v := range []any{
		struct{ A int }{},
		struct{ A int64 }{},
		struct{ B int }{},
		struct{ A, B int }{},
		struct{ A *int }{},
		struct{ A [2]int }{},
		struct{ A [3]int }{},
		struct{ A struct{ B int } }{},
	} {
		var b bytes.Buffer
		describe(&b, reflect.TypeOf(v), map[reflect.Type]bool{})
		if seen[b.String()] {
			t.Errorf("%T is described like another: %s", v, b.String())
		}
		seen[b.String()] = true
	}
	if len(Schema()) != 16 {
		t.Errorf("the schema is named %q", Schema())
	}
}
