package cli

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/internal/explain"
	"github.com/futago-ha/futago/internal/inputs"
	"github.com/futago-ha/futago/scheduler"
)

// recorded is a node that says it is a victim, in a record that begins at a time.
func recorded(t *testing.T, begin time.Time) (dir string, past inputs.Past) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "ring")
	r := inputs.NewRecorder(inputs.Options{Ring: dir, Kept: filepath.Join(t.TempDir(), "kept"), Node: one, Peer: two, Boot: "boot", Software: "1.0.0"})
	ctx, cancel := context.WithTimeout(context.Background(), giveUp)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	now := scheduler.Instant(time.Hour)
	m := scheduler.New(scheduler.Config{Self: one, Peer: two, First: true, Hold: 12 * time.Second}, scheduler.Disk{}, scheduler.Boot{ID: "boot", Session: 7, Now: now, Wall: begin})
	step := func(e scheduler.Event) {
		now = now.Add(100 * time.Millisecond)
		begin = begin.Add(100 * time.Millisecond)
		r.Step(m, now, e)
	}
	step(scheduler.Lines{OK: true})
	step(scheduler.Lines{OK: true, In: true})
	for range 40 {
		step(scheduler.Tick{Wall: begin.UTC()})
	}
	if err := r.Sync(ctx); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	past, err := inputs.ReadPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	return dir, past
}

// withRecord is a daemon whose history has the decisions of a record, and
// before them something that was no decision.
func withRecord(t *testing.T) (*daemonStandIn, string) {
	t.Helper()
	dir, past := recorded(t, time.Now().Add(-time.Minute))
	d := &daemonStandIn{entries: []control.Entry{{Time: time.Now().Add(-time.Hour), Node: one, Code: "NAME_CONFLICT", Level: control.EntryWarning, Text: "raspberrypi-1 saw another", Do: "x"}}}
	for _, e := range explain.Decisions(past) {
		d.entries = append(d.entries, control.Entry{Time: e.Time, Node: e.Node, Code: e.Code, Level: control.EntryCritical, Text: e.Text, Do: "futago history"})
	}
	record, err := os.ReadFile(filepath.Join(dir, "inputs"))
	if err != nil {
		t.Fatal(err)
	}
	d.record = record
	return d, dir
}

// TestExplain asks for the same decision in every way.
func TestExplain(t *testing.T) {
	d, dir := withRecord(t)
	last := d.entries[len(d.entries)-1]
	for _, line := range []string{
		"explain", "explain 1", "explain EXTIN_HIGH", "explain " + last.Time.Format("15:04:05"), "explain " + last.Time.Format("2006-01-02 15:04:05"),
		"explain --journal " + dir, "explain 1 --journal " + filepath.Join(dir, "inputs"),
	} {
		code, out, stderr := withDaemon(t, d, line)
		if code != exitOK {
			t.Errorf("%s: exit %d: %s", line, code, stderr)
			continue
		}
		for _, want := range []string{"DECIDED ", "[EXTIN_HIGH]", "KNOWN ", "LED TO IT ", "* EXTOUT low, EXTIN high", "had EXTIN stayed low: no [EXTIN_HIGH]", "all as"} {
			if !strings.Contains(out, want) {
				t.Errorf("%s: no %q in\n%s", line, want, out)
			}
		}
	}
	code, out, _ := withDaemon(t, d, "explain --json")
	var e explain.Explanation
	if err := json.Unmarshal([]byte(out), &e); code != exitOK || err != nil || e.Code != "EXTIN_HIGH" || !e.Faithful() || len(e.Otherwise) != 2 || e.Otherwise[1].Name != "extin-low" || e.Otherwise[1].Same {
		t.Errorf("exit %d, %v: %s", code, err, out)
	}
}

// TestExplainSaysWhyNot: what cannot be explained is said with a command that helps.
func TestExplainSaysWhyNot(t *testing.T) {
	d, dir := withRecord(t)
	if err := os.WriteFile(filepath.Join(dir, "rubbish"), []byte("rubbish"), 0o600); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{
		"explain NAME_CONFLICT":                  "NAME_CONFLICT of ",
		"explain FENCED":                         "there is no FENCED among the last 2 entries\nDo: futago history",
		"explain 3":                              "there are only 2 entries\nDo: futago history",
		"explain 0":                              "allowed are 1 to 10000\nDo: futago explain --help",
		"explain yesterday":                      "is no number, no time such as",
		"explain --journal " + dir + "/rubbish":  "7 damaged bytes and no whole record",
		"explain --journal " + dir + "/nothing":  "no such file",
		"explain 2 --journal " + dir + "/inputs": "there are only 1 entries",
	} {
		code, out, stderr := withDaemon(t, d, line)
		if code == exitOK || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit %d, %q, %q; want %q", line, code, out, stderr, want)
		}
	}
	d.record = nil
	if code, _, stderr := withDaemon(t, d, "explain"); code != exitFailure || !strings.Contains(stderr, "cannot be explained") || !strings.Contains(stderr, "Do: futago history") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

func TestParseWhich(t *testing.T) {
	now := time.Date(2026, 11, 23, 14, 3, 20, 0, time.FixedZone("JST", 9*3600))
	for text, want := range map[string]which{
		"":                     {},
		"7":                    {last: 7},
		"TOOK_TERM":            {code: "TOOK_TERM"},
		"14:03:10":             {near: now.Add(-10 * time.Second)},
		"14:04":                {near: time.Date(2026, 11, 22, 14, 4, 0, 0, now.Location())},
		"11-22 14:03":          {near: time.Date(2026, 11, 22, 14, 3, 0, 0, now.Location())},
		"12-01 00:00:00":       {near: time.Date(2025, 12, 1, 0, 0, 0, 0, now.Location())},
		"2026-01-02 03:04:05":  {near: time.Date(2026, 1, 2, 3, 4, 5, 0, now.Location())},
		"2026-11-23T05:03:10Z": {near: now.Add(-10 * time.Second)},
	} {
		got, err := parseWhich(text, now)
		if err != nil || got.last != want.last || got.code != want.code || !got.near.Equal(want.near) {
			t.Errorf("%q is %+v, %v; want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{"0", "-1", "10001", "fenced", "25:00", "F", "\x1b"} {
		if got, err := parseWhich(text, now); err == nil {
			t.Errorf("%q is %+v", text, got)
		}
	}
}
