package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

type event struct {
	Number int
	Text   string
}

func openHistory(t *testing.T, dir string) *History {
	t.Helper()
	h, err := OpenHistory(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

func mustAppend(t *testing.T, h *History, record any) {
	t.Helper()
	if err := h.Append(record, false); err != nil {
		t.Fatal(err)
	}
}

// wantPast reads the history in dir and requires so many records and damaged lines.
func wantPast(t *testing.T, dir string, records, damaged int) Past {
	t.Helper()
	p, err := ReadHistory(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Records) != records || p.Damaged != damaged {
		t.Errorf("%d records and %d damaged lines, want %d and %d", len(p.Records), p.Damaged, records, damaged)
	}
	return p
}

// setHistoryLimit makes the files small for one test.
func setHistoryLimit(t *testing.T, bytes int64) {
	t.Helper()
	old := historyLimit
	historyLimit = bytes
	t.Cleanup(func() { historyLimit = old })
}

func TestAppendThenRead(t *testing.T) {
	dir := t.TempDir()
	wantPast(t, dir, 0, 0)
	h := openHistory(t, dir)
	mustAppend(t, h, event{1, "raspberrypi-2 was fenced"})
	if err := h.Append(event{2, "two\nlines"}, true); err != nil {
		t.Fatal(err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	mustAppend(t, openHistory(t, dir), event{3, ""})
	p := wantPast(t, dir, 3, 0)
	for i, want := range []string{`{"Number":1,"Text":"raspberrypi-2 was fenced"}`, `{"Number":2,"Text":"two\nlines"}`, `{"Number":3,"Text":""}`} {
		if got := string(p.Records[i]); got != want {
			t.Errorf("record %d is %s, want %s", i, got, want)
		}
	}
}

// TestTornAtEveryByte cuts the last line where a loss of power may cut it. No other line is lost, and none follows it
// on the same line. A line that lacks nothing but its end is made whole by the next one.
func TestTornAtEveryByte(t *testing.T) {
	whole := t.TempDir()
	h := openHistory(t, whole)
	mustAppend(t, h, event{1, "first"})
	first := h.size
	mustAppend(t, h, event{2, "second"})
	content, err := os.ReadFile(filepath.Join(whole, historyName))
	if err != nil {
		t.Fatal(err)
	}
	for n := first; n < h.size; n++ {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, historyName), content[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		damaged, made := min(int(n-first), 1), 0
		wantPast(t, dir, 1, damaged)
		mustAppend(t, openHistory(t, dir), event{3, "third"})
		if n == h.size-1 {
			damaged, made = 0, 1
		}
		p := wantPast(t, dir, 2+made, damaged)
		if got := string(p.Records[1+made]); got != `{"Number":3,"Text":"third"}` {
			t.Errorf("cut at %d: the record after the torn one is %s", n, got)
		}
	}
}

func TestDamagedLinesAreCountedAndLeftOut(t *testing.T) {
	dir := t.TempDir()
	h := openHistory(t, dir)
	for i := range 5 {
		mustAppend(t, h, event{i, "text"})
	}
	damage(t, filepath.Join(dir, historyName), func(b []byte) []byte {
		lines := strings.SplitAfter(string(b), "\n")
		lines[1] = strings.Replace(lines[1], "text", "next", 1)       // other content
		lines[2] = strings.Repeat("\x00", len(lines[2])-1) + "\n"     // a block that was never written
		lines[3] = "00000000 \n" + strings.TrimSuffix(lines[3], "\n") // an empty record, and two lines in one
		return []byte(strings.Join(lines, ""))
	})
	p := wantPast(t, dir, 1, 4)
	if string(p.Records[0]) != `{"Number":0,"Text":"text"}` {
		t.Errorf("kept %s", p.Records[0])
	}
}

func TestHistoryIsBounded(t *testing.T) {
	setHistoryLimit(t, 1000)
	dir := t.TempDir()
	h := openHistory(t, dir)
	const records = 200
	for i := range records {
		if err := h.Append(event{i, "text"}, i%7 == 0); err != nil {
			t.Fatal(err)
		}
		for _, name := range list(t, dir) {
			if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() > historyLimit {
				t.Fatalf("%s has %d bytes, %v, limit %d", name, info.Size(), err, historyLimit)
			}
		}
	}
	p, err := ReadHistory(dir)
	if err != nil || p.Damaged != 0 || len(p.Records) < 20 {
		t.Fatalf("%d records, %d damaged, %v", len(p.Records), p.Damaged, err)
	}
	for i, r := range p.Records { // the newest ones, in order and without a gap
		want := fmt.Sprintf(`{"Number":%d,"Text":"text"}`, records-len(p.Records)+i)
		if string(r) != want {
			t.Fatalf("record %d is %s, want %s", i, r, want)
		}
	}
	if names := list(t, dir); len(names) != 2 {
		t.Errorf("files %v, want two", names)
	}
}

// TestRotationGoesOnAfterAFailure: the new file cannot be made once, because its name is taken by a directory that
// appears and goes again.
func TestRotationGoesOnAfterAFailure(t *testing.T) {
	setHistoryLimit(t, 100)
	dir := t.TempDir()
	h := openHistory(t, dir)
	mustAppend(t, h, event{1, strings.Repeat("x", 50)})
	blocked := filepath.Join(dir, olderName)
	if err := os.MkdirAll(filepath.Join(blocked, "full"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := h.Append(event{2, strings.Repeat("x", 50)}, false); err == nil || !strings.Contains(err.Error(), olderName) {
		t.Errorf("a rotation that cannot be gave %v", err)
	}
	if err := os.RemoveAll(blocked); err != nil {
		t.Fatal(err)
	}
	mustAppend(t, h, event{3, strings.Repeat("x", 50)})
	wantPast(t, dir, 2, 0)
}

func TestAppendRefusesWhatItCannotKeep(t *testing.T) {
	dir := t.TempDir()
	h := openHistory(t, dir)
	if err := h.Append(strings.Repeat("x", maxLine), false); err == nil || !strings.Contains(err.Error(), "at most 65536 allowed") {
		t.Errorf("a record over the limit gave %v", err)
	}
	if err := h.Append(make(chan int), false); err == nil {
		t.Error("a channel became a record")
	}
	wantPast(t, dir, 0, 0)
	if _, err := OpenHistory(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing directory gave %v", err)
	}
}

func TestAppendFromSeveralGoroutines(t *testing.T) {
	setHistoryLimit(t, 100_000)
	dir := t.TempDir()
	h := openHistory(t, dir)
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			for i := range 50 {
				if err := h.Append(event{worker*50 + i, "text"}, false); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	wantPast(t, dir, 200, 0)
}

// FuzzHistory: whatever stands in the file, reading it does not fail, and a record appended to it is the last one read.
func FuzzHistory(f *testing.F) {
	line, err := encodeLine(event{1, "text"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(line)
	f.Add(line[:len(line)-1])
	f.Add([]byte("00000000 \n\n\x00"))
	f.Fuzz(func(t *testing.T, content []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, historyName), content, 0o600); err != nil {
			t.Fatal(err)
		}
		mustAppend(t, openHistory(t, dir), "last")
		p, err := ReadHistory(dir)
		if err != nil || len(p.Records) == 0 || string(p.Records[len(p.Records)-1]) != `"last"` {
			t.Errorf("read %q, %v", p.Records, err)
		}
	})
}
