package scheduler

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"
)

// notInKey are the fields that a key leaves out, each with the reason. A field
// that is neither here nor in the key would let tools take two states for one.
var notInKey = map[string]string{
	"cfg":      "keys are compared within one configuration",
	"now":      "every instant is written as an age",
	"wall":     "every stamp is written as a name, and by whether it is too old",
	"lastID":   "numbers are names",
	"out":      "the actions of the last Step are done",
	"letters":  "memory",
	"boot.Now": "as now", "boot.Wall": "as wall",

	"next": "follows from the rest", "hear.silence": "as next", "hear.deafness": "as next", "hear.unechoed": "as next", "letter.pace": "follows from the rest", "sparing": "changes nothing but the time that a Step takes",

	"hear.seq":  "numbers of letters are written by when the letter was sent",
	"hear.sent": "as hear.seq: only echoes that can still come matter, and they are written",

	"board.linesAt": "for display", "board.out": "for display", "board.facts.Why": "for display",

	"extin.peak": "zero but within a Step",

	"line.contest.since": "nobody asks", "line.pulse.since": "nobody asks",
	"line.shot.silence": "for the journal", "line.shot.deaf": "for the journal",
	"line.shot.reads": "for display", "line.shot.highs": "for display",
	"line.shot.probe.ID": "the number was compared when it came",

	"group.failText": "for display", "group.state.Why": "for display",
	"vip.code": "decides what is noted only", "vip.why": "for display", "vip.stranger": "for display",
	"seek.why": "for display", "give.why": "written while it is in the letters",
	"fence.lastCode": "for display", "fence.lastText": "for display",
	"group.askedAt":  "for display: the end of a wait",
	"notes":          "decides what is noted only",
	"writing.before": "undoes the last Step, which a copy cannot", "writing.event": "as before",
	"writing.trying": "true within a Step only", "writing.sure": "says what is kept for that",
	"cmds.open": "list", "cmds.ask": "written by number and verb", "cmds.reply": "written by number",
	"cmds.ask.Node": "goes with the number", "cmds.ask.For": "goes with the number", "cmds.ask.Off": "goes with the number",
	"cmds.askTo": "the peer's session of now, or there is no ask", "cmds.askAt": "for display",
	"cmds.ask.On": "goes with the number", "cmds.ask.By": "for display", "cmds.reply.Text": "for display",
	"cmds.open[0].by": "for the journal", "cmds.open[0].words": "for the journal", "cmds.doingFor": "for the journal",

	"boot.Uptime": "written as the uptime, up to what is asked for", "disk.Reboot.Why": "for display", "disk.PeerReboot.Why": "for display",
	"State.Reboot.Why": "for display",

	"disk.Hold.At": "written as whether there is one",
	"State.Lacks":  "for display", "State.Software": "for display", "State.Digest": "for display", "State.Started": "for display",
}

const (
	keyNow   = Instant(time.Hour)
	liveBoot = "live"
)

// rich is a machine in which every field says something.
func rich() *Machine {
	m := New(Config{Self: "a", Peer: "b", First: true, Failback: true, FailbackDelay: time.Minute, StartTimeout: time.Minute, StopTimeout: time.Minute, ExtinWait: time.Minute, MinUptime: 2 * time.Hour},
		Disk{}, Boot{})
	m.line = line{shot: &shot{}, contest: &raise{}, pulse: &pulse{}}
	m.cmds = cmds{ask: &Request{}, reply: &Reply{}, open: make([]openCommand, 1)}
	m.hear.retired, m.disk.PeerBoots, m.disk.Fences = make([]uint64, 1), make([]string, 1), make([]time.Time, 1)
	for i, l := range leaves(m) {
		l.fill(uint64(i))
	}
	m.now, m.wall = keyNow, time.Unix(1e9, 0)
	m.hear.retired[0], m.disk.PeerBoots[0], m.disk.Fences[0] = 7, liveBoot, m.wall.Add(-time.Hour)
	m.board.facts.Woken = []string{"extin"}
	m.group.failedUntil = keyNow.Add(time.Second)
	return m
}

func keyOf(m *Machine) []byte {
	var n Names
	n.Live(liveBoot, 7)
	return m.AppendKey(nil, nil, &n)
}

// leaf is one field that is no struct, wherever it is.
type leaf struct {
	path string
	typ  string // as path, from the nearest State on
	v    reflect.Value
}

func leaves(m *Machine) []leaf {
	var all []leaf
	var walk func(path, typ string, v reflect.Value)
	walk = func(path, typ string, v reflect.Value) {
		v = reflect.NewAt(v.Type(), unsafe.Pointer(v.UnsafeAddr())).Elem()
		switch {
		case path != "" && notInKey[path] != "" && v.Kind() != reflect.Slice && v.Kind() != reflect.Pointer:
		case v.Type() == reflect.TypeFor[time.Time](), v.Kind() == reflect.Array, v.Kind() == reflect.Interface:
			all = append(all, leaf{path, typ, v})
		case v.Kind() == reflect.Struct:
			if v.Type() == reflect.TypeFor[State]() {
				typ = "State"
			}
			for i := range v.NumField() {
				name := v.Type().Field(i).Name
				walk(strings.TrimPrefix(path+"."+name, "."), typ+"."+name, v.Field(i))
			}
		case v.Kind() == reflect.Pointer && !v.IsNil():
			walk(path, typ, v.Elem())
		case v.Kind() == reflect.Slice && v.Len() > 0:
			walk(path+"[0]", typ, v.Index(0))
		case v.Kind() != reflect.Pointer && v.Kind() != reflect.Slice:
			all = append(all, leaf{path, typ, v})
		}
	}
	walk("", "", reflect.ValueOf(m).Elem())
	return all
}

// fill gives the leaf a value that differs from all others of its kind.
func (l leaf) fill(i uint64) {
	switch p := l.v.Addr().Interface().(type) {
	case *time.Time:
		*p = time.Unix(1e9, 0).Add(-time.Duration(i) * time.Second)
	case *Instant:
		*p = keyNow.Add(-700 * time.Millisecond)
	case *time.Duration:
		*p = 700 * time.Millisecond
	default:
		l.put(i)
	}
}

func (l leaf) put(i uint64) {
	// Not exhaustive: the machine has leaves of these kinds only.
	//exhaustive:ignore
	switch l.v.Kind() {
	case reflect.Bool:
		l.v.SetBool(true)
	case reflect.Int:
		l.v.SetInt(1)
	case reflect.Uint64:
		l.v.SetUint(100 + i)
	case reflect.String:
		l.v.SetString(fmt.Sprint("s", i))
	}
}

// others are values to put in place of the leaf's.
func (l leaf) others() []reflect.Value {
	var vs []any
	switch l.v.Addr().Interface().(type) {
	case *time.Time:
		vs = []any{time.Time{}, time.Unix(1e9, 0).Add(time.Hour)}
	case *Instant:
		vs = []any{Instant(0), keyNow.Add(-100 * time.Millisecond), keyNow.Add(-3 * time.Second), keyNow.Add(700 * time.Millisecond)}
	case *time.Duration:
		vs = []any{time.Duration(0), 900 * time.Millisecond}
	}
	if vs == nil {
		vs = map[reflect.Kind][]any{
			reflect.Bool: {false}, reflect.Int: {0, 3}, reflect.Uint64: {uint64(0), uint64(5000)}, reflect.String: {"", "other"},
		}[l.v.Kind()]
	}
	var all []reflect.Value
	for _, v := range vs {
		all = append(all, reflect.ValueOf(v).Convert(l.v.Type()))
	}
	return all
}

// shows tells whether the key shows a change of the leaf.
func (l leaf) shows(m *Machine) bool {
	before := keyOf(m)
	was := reflect.New(l.v.Type()).Elem()
	was.Set(l.v)
	defer l.v.Set(was)
	return slices.ContainsFunc(l.others(), func(v reflect.Value) bool {
		l.v.Set(v)
		return !bytes.Equal(before, keyOf(m))
	})
}

// TestKeyShowsEveryField: whoever adds a field to the machine adds it to the
// key, or to the list above with the reason why not.
func TestKeyShowsEveryField(t *testing.T) {
	m := rich()
	shown := 0
	for _, l := range leaves(m) {
		left := notInKey[l.path] != "" || notInKey[l.typ] != ""
		if shows := l.shows(m); shows {
			shown++
		} else if !left {
			t.Errorf("%s is not in the key, and not in the list of what is left out", l.path)
		}
	}
	if shown < 150 {
		t.Errorf("the key shows %d fields: the test proved nothing", shown)
	}
}

// TestKeyKnowsNoClock: the same state later, under other numbers, has the same
// key.
func TestKeyKnowsNoClock(t *testing.T) {
	a := New(Config{Self: "a", Peer: "b", First: true}, Disk{Boot: "x", TermBoot: "x", Term: 1}, Boot{ID: "x", Session: 11, Now: keyNow, Wall: time.Unix(1e9, 0)})
	b := New(Config{Self: "a", Peer: "b", First: true}, Disk{Boot: "y", TermBoot: "y", Term: 1}, Boot{ID: "y", Session: 12, Now: 2 * keyNow, Wall: time.Unix(2e9, 0)})
	for i := range 20 {
		for _, m := range []*Machine{a, b} {
			m.Step(m.now.Add(100*time.Millisecond), Tick{})
			m.Step(m.now, VIPState{Known: true})
			m.Step(m.now, Lines{OK: true, In: i > 10})
		}
		var x, y Names
		if ka, kb := a.AppendKey(nil, nil, &x), b.AppendKey(nil, nil, &y); !bytes.Equal(ka, kb) {
			t.Fatalf("after %d rounds\n%x\n%x", i+1, ka, kb)
		}
	}
	b.Step(b.now.Add(100*time.Millisecond), Tick{})
	var x, y Names
	if bytes.Equal(a.AppendKey(nil, nil, &x), b.AppendKey(nil, nil, &y)) {
		t.Error("a tenth of a second more of EXTIN does not show")
	}
}

// TestCopyIsApart: what happens to a copy does not happen to the machine, with
// whatever the copy was made over.
func TestCopyIsApart(t *testing.T) {
	m := rich()
	m.hear.retired = append(make([]uint64, 0, 8), 7)
	before := keyOf(m)
	c := rich()
	m.CopyTo(c)
	if !bytes.Equal(keyOf(c), before) {
		t.Fatal("the copy is not the same")
	}
	for i, l := range leaves(c) {
		if !strings.Contains(l.path, "[0]") && !strings.HasPrefix(l.path, "cmds.ask") && !strings.HasPrefix(l.path, "cmds.reply") {
			l.fill(uint64(1000 + i)) // what lists and letters point to is never changed in place
		}
	}
	c.hear.retired = append(c.hear.retired, 8)
	if !bytes.Equal(keyOf(m), before) || len(m.hear.retired) != 1 || m.hear.retired[:2][1] != 0 {
		t.Error("a change of the copy shows in the machine")
	}
}
