package store

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
)

// machine stands for the daemon's state.
type machine struct {
	Term     uint64
	Released bool
	Boot     string
}

func openStore(t *testing.T, dir string) *Store[machine] {
	t.Helper()
	s, err := Open[machine](dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() }) // a second Close of a test that closes itself does no harm
	return s
}

func mustSave(t *testing.T, s *Store[machine], v machine) {
	t.Helper()
	if err := s.Save(v); err != nil {
		t.Fatal(err)
	}
}

func mustLoad(t *testing.T, s *Store[machine]) (machine, Found) {
	t.Helper()
	v, found, err := s.Load()
	if err != nil {
		t.Fatal(err)
	}
	return v, found
}

// list gives the names in dir, sorted.
func list(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestSaveThenLoad(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "lib", "futago")
	s := openStore(t, dir)
	if v, found := mustLoad(t, s); found != (Found{Condition: None}) || v != (machine{}) {
		t.Fatalf("a new directory gave %+v, %+v", v, found)
	}
	first, second := machine{Term: 41, Boot: "a"}, machine{Term: 43, Released: true, Boot: "b"}
	mustSave(t, s, first)
	mustSave(t, s, second)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := openStore(t, dir)
	if v, found := mustLoad(t, again); found != (Found{Condition: Good}) || v != second {
		t.Errorf("loaded %+v, %+v, want %+v", v, found, second)
	}
	if got, want := list(t, dir), []string{stateName, previousName}; !reflect.DeepEqual(got, want) {
		t.Errorf("files %v, want %v", got, want)
	}
	before, err := os.ReadFile(filepath.Join(dir, previousName))
	if err != nil {
		t.Fatal(err)
	}
	if payload, err := decodeState(before); err != nil || !strings.Contains(string(payload), `"Term":41`) {
		t.Errorf("the previous generation is %q, %v", payload, err)
	}
	for _, name := range []string{".", stateName} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v, %v: others can read it", name, info.Mode(), err)
		}
	}
}

func TestOpenTwice(t *testing.T) {
	dir := t.TempDir()
	s := openStore(t, dir)
	if _, err := Open[machine](dir); err == nil || !strings.Contains(err.Error(), dir+": another futago uses it") {
		t.Errorf("a second Open gave %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	openStore(t, dir)
}

func TestOpenRemovesTheUnfinished(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, tempName), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	openStore(t, dir)
	if got := list(t, dir); len(got) != 0 {
		t.Errorf("left %v", got)
	}
}

func TestOpenOnAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open[machine](path); !errors.Is(err, syscall.ENOTDIR) || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want one that names %s", err, path)
	}
}

// TestDamageIsSetAside damages a saved state in each way that is told apart and expects it beside, unchanged, with the
// reason; never the older generation in its place.
func TestDamageIsSetAside(t *testing.T) {
	for name, tc := range map[string]struct {
		damage func([]byte) []byte
		why    string
	}{
		"empty":         {func([]byte) []byte { return nil }, "no header in 0 bytes"},
		"zeros":         {func(b []byte) []byte { return make([]byte, len(b)) }, "no header"},
		"torn":          {func(b []byte) []byte { return b[:len(b)-5] }, "bytes of state where the header says"},
		"longer":        {func(b []byte) []byte { return append(b, "{}"...) }, "bytes of state where the header says"},
		"one bit":       {func(b []byte) []byte { b[len(b)-3] ^= 4; return b }, "the checksum is wrong"},
		"another file":  {func([]byte) []byte { return []byte("{\"Term\": 9}\n") }, "the header is not one of futago"},
		"other version": {func(b []byte) []byte { return []byte(strings.Replace(string(b), " 1 ", " 2 ", 1)) }, "the checksum is wrong"},
		"version 0":     {func(b []byte) []byte { _, p, _ := strings.Cut(string(b), "\n"); return encodeVersion(0, []byte(p)) }, "version 0 never existed"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := openStore(t, dir)
			mustSave(t, s, machine{Term: 41})
			mustSave(t, s, machine{Term: 43, Released: true})
			damaged := damage(t, filepath.Join(dir, stateName), tc.damage)

			v, found := mustLoad(t, s)
			if v != (machine{}) || found.Condition != Corrupt || !strings.Contains(found.Why.Error(), tc.why) {
				t.Fatalf("loaded %+v, %+v, want Corrupt because %q", v, found, tc.why)
			}
			if aside, err := os.ReadFile(found.Aside); err != nil || string(aside) != string(damaged) {
				t.Errorf("%s holds %q, %v, want the damaged file", found.Aside, aside, err)
			}
			if v, found := mustLoad(t, s); found.Condition != None || v != (machine{}) {
				t.Errorf("after that loaded %+v, %+v, want None", v, found)
			}
			mustSave(t, s, machine{Term: 45})
			if v, found := mustLoad(t, s); found.Condition != Good || v.Term != 45 {
				t.Errorf("a new state was not loaded: %+v, %+v", v, found)
			}
		})
	}
}

// damage changes the file at path and returns what it holds then.
func damage(t *testing.T, path string, change func([]byte) []byte) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b = change(b)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestOnlyTheNewestDamagedStatesAreKept(t *testing.T) {
	dir := t.TempDir()
	s := openStore(t, dir)
	var last string
	for range maxCorrupt + 3 {
		mustSave(t, s, machine{})
		damage(t, filepath.Join(dir, stateName), func(b []byte) []byte { return b[1:] })
		_, found := mustLoad(t, s)
		last = filepath.Base(found.Aside)
	}
	kept := list(t, dir)
	if len(kept) != maxCorrupt || kept[maxCorrupt-1] != last {
		t.Errorf("kept %v, want %d with %s the newest", kept, maxCorrupt, last)
	}
}

// TestLaterVersionStaysUntouched: after a downgrade nothing may be lost.
func TestLaterVersionStaysUntouched(t *testing.T) {
	for name, file := range map[string][]byte{
		"format": encodeVersion(version+1, []byte("anything")),
		"kind":   encodeState([]byte(`{"Term":"nine"}`)),
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := openStore(t, dir)
			path := filepath.Join(dir, stateName)
			if err := os.WriteFile(path, file, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, _, err := s.Load(); !errors.Is(err, ErrNewer) || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v, want ErrNewer about %s", err, path)
			}
			if after, err := os.ReadFile(path); err != nil || string(after) != string(file) {
				t.Errorf("the file is now %q, %v", after, err)
			}
		})
	}
}

// TestUnknownFieldsArePassedOver: an upgrade is taken back just when something is wrong, and a daemon that does not start
// then is silent, which the other node answers with a fence. What must not be passed over has another number in the
// header.
func TestUnknownFieldsArePassedOver(t *testing.T) {
	dir := t.TempDir()
	s := openStore(t, dir)
	if err := os.WriteFile(filepath.Join(dir, stateName), encodeState([]byte(`{"Term":9,"Promise":true}`)), 0o600); err != nil {
		t.Fatal(err)
	}
	v, found := mustLoad(t, s)
	if v.Term != 9 || found.Condition != Good || found.Unknown == nil || !strings.Contains(found.Unknown.Error(), "Promise") {
		t.Errorf("got %+v, %+v", v, found)
	}
	mustSave(t, s, v)
	if _, found := mustLoad(t, s); found.Unknown != nil {
		t.Errorf("this version's own state has something unknown: %v", found.Unknown)
	}
}

func TestSaveRefusesWhatItCannotKeep(t *testing.T) {
	s, err := Open[any](t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Save(strings.Repeat("x", MaxState)); err == nil || !strings.Contains(err.Error(), "at most 1048576 allowed") {
		t.Errorf("a state over the limit gave %v", err)
	}
	var unsupported *json.UnsupportedTypeError
	if err := s.Save(make(chan int)); !errors.As(err, &unsupported) {
		t.Errorf("a channel gave %v", err)
	}
	if _, found, err := s.Load(); err != nil || found.Condition != None {
		t.Errorf("something was saved: %+v, %v", found, err)
	}
}

func TestSaveWithoutDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "d")
	s := openStore(t, dir)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := s.Save(machine{}); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), dir) {
		t.Errorf("got %v, want one that names %s", err, dir)
	}
}

// TestEveryFlippedBitAndEveryCutShows is the promise of the checksum over a whole file.
func TestEveryFlippedBitAndEveryCutShows(t *testing.T) {
	file := encodeState([]byte(`{"Term":43,"Released":true}`))
	for i := range len(file) * 8 {
		bad := append([]byte(nil), file...)
		bad[i/8] ^= 1 << (i % 8)
		if payload, err := decodeState(bad); err == nil || errors.Is(err, ErrNewer) {
			t.Errorf("bit %d flipped: read %q, %v", i, payload, err)
		}
	}
	for n := range len(file) {
		if payload, err := decodeState(file[:n]); err == nil || errors.Is(err, ErrNewer) {
			t.Errorf("cut to %d bytes: read %q, %v", n, payload, err)
		}
	}
}

// FuzzDecodeState: no file makes it panic, and only what encodeState writes is good.
func FuzzDecodeState(f *testing.F) {
	f.Add(encodeState([]byte(`{"Term":1}`)))
	f.Add(encodeState(nil))
	f.Add(encodeVersion(2, []byte("x")))
	f.Add([]byte("futago-state 1 +2 " + strings.Repeat("0", 64) + "\n{}"))
	f.Fuzz(func(t *testing.T, file []byte) {
		payload, err := decodeState(file)
		if err == nil && string(encodeState(payload)) != string(file) {
			t.Errorf("%q was taken for a state", file)
		}
		if err != nil && payload != nil {
			t.Errorf("%v, and yet a payload %q", err, payload)
		}
	})
}
