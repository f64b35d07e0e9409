package store

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"testing"
)

// errPower is what every call returns once the power is gone.
var errPower = errors.New("power lost")

// inode is a file of crashDisk: what a reader would see, and what a loss of power cannot take back.
type inode struct {
	content, synced []byte
}

// crashDisk is a file system that loses its power before a given step and then keeps only what it had promised: synced
// contents, and names as of the last syncDir. What was not synced may be there or not.
type crashDisk struct {
	stepsLeft int
	ignores   string // a promise it breaks: "Sync" or "syncDir"

	names, syncedNames map[string]*inode
	pending            []func(map[string]*inode) // changes of names since the last syncDir
}

func newCrashDisk(steps int) *crashDisk {
	return &crashDisk{stepsLeft: steps, names: map[string]*inode{}, syncedNames: map[string]*inode{}}
}

// step counts one operation and fails when the power is gone.
func (d *crashDisk) step() error {
	if d.stepsLeft == 0 {
		return errPower
	}
	d.stepsLeft--
	return nil
}

func (d *crashDisk) change(f func(map[string]*inode)) {
	f(d.names)
	d.pending = append(d.pending, f)
}

func (d *crashDisk) create(path string) (file, error) {
	if err := d.step(); err != nil {
		return nil, err
	}
	n := &inode{}
	d.change(func(names map[string]*inode) { names[filepath.Base(path)] = n })
	return &crashFile{d, n}, nil
}

func (d *crashDisk) exchange(a, b string) error {
	if err := d.step(); err != nil {
		return err
	}
	a, b = filepath.Base(a), filepath.Base(b)
	if d.names[b] == nil {
		return fs.ErrNotExist
	}
	d.change(func(names map[string]*inode) { names[a], names[b] = names[b], names[a] })
	return nil
}

func (d *crashDisk) rename(from, to string) error {
	if err := d.step(); err != nil {
		return err
	}
	from, to = filepath.Base(from), filepath.Base(to)
	d.change(func(names map[string]*inode) {
		if names[from] != nil {
			names[to] = names[from]
			delete(names, from)
		}
	})
	return nil
}

func (d *crashDisk) remove(path string) error {
	if err := d.step(); err != nil {
		return err
	}
	d.change(func(names map[string]*inode) { delete(names, filepath.Base(path)) })
	return nil
}

func (d *crashDisk) syncDir(string) error {
	if err := d.step(); err != nil {
		return err
	}
	if d.ignores != "syncDir" {
		d.syncedNames, d.pending = maps.Clone(d.names), nil
	}
	return nil
}

type crashFile struct {
	disk *crashDisk
	*inode
}

func (f *crashFile) Write(b []byte) (int, error) {
	if err := f.disk.step(); err != nil {
		return 0, err
	}
	f.content = append(f.content, b...)
	return len(b), nil
}

func (f *crashFile) Sync() error {
	if err := f.disk.step(); err != nil {
		return err
	}
	if f.disk.ignores != "Sync" {
		f.synced = bytes.Clone(f.content)
	}
	return nil
}

func (f *crashFile) Close() error { return f.disk.step() }

// afterCrash calls check with a real directory for every state in which the disk may come back: as many of the changes
// of names not yet synced as the journal got, in their order as ext4 and its kin keep it, and as much of the contents
// not yet synced.
func (d *crashDisk) afterCrash(t *testing.T, check func(dir string)) {
	t.Helper()
	for got := range len(d.pending) + 1 {
		names := maps.Clone(d.syncedNames)
		for _, f := range d.pending[:got] {
			f(names)
		}
		for _, quarters := range []int{0, 1, 3, 4} {
			dir := t.TempDir()
			for name, n := range names {
				content := n.content[:max(len(n.synced), len(n.content)*quarters/4)]
				if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			check(dir)
		}
	}
}

// crashAt saves 1 and then 2, loses power before the given step and says what Load can find then, and what the last
// acknowledged state was. done is true when there is no such step.
func crashAt(t *testing.T, step int, ignores string) (found map[string]bool, acknowledged int, done bool) {
	t.Helper()
	d := newCrashDisk(step)
	d.ignores = ignores
	s := &Store[int]{dir: "/", files: d}
	for _, v := range []int{1, 2} {
		err := s.Save(v)
		if err != nil && !errors.Is(err, errPower) {
			t.Fatal(err)
		}
		if err == nil {
			acknowledged = v
		}
	}
	found = map[string]bool{}
	d.afterCrash(t, func(dir string) {
		s, err := Open[int](dir)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		v, f, err := s.Load()
		if err != nil {
			t.Fatal(err)
		}
		found[fmt.Sprint(f.Condition, " ", v)] = true
		if _, err := os.Stat(filepath.Join(dir, tempName)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("step %d: Open left %s", step, tempName)
		}
	})
	return found, acknowledged, d.stepsLeft > 0
}

func TestPowerLostAtEveryStep(t *testing.T) {
	none, one, two := fmt.Sprint(None, " ", 0), fmt.Sprint(Good, " ", 1), fmt.Sprint(Good, " ", 2)
	allowed := map[int][]string{0: {none, one}, 1: {one, two}, 2: {two}}
	seen := map[string]bool{}
	step := 0
	for ; ; step++ {
		found, acknowledged, done := crashAt(t, step, "")
		may := map[string]bool{}
		for _, s := range allowed[acknowledged] {
			may[s] = true
		}
		for s := range found {
			seen[s] = true
			if !may[s] {
				t.Errorf("power lost before step %d, %d acknowledged: the disk came back with %q", step, acknowledged, s)
			}
		}
		if done {
			break
		}
	}
	if step < 11 || !seen[none] || !seen[one] || !seen[two] {
		t.Errorf("%d steps and the outcomes %v: some steps of Save were not tried", step, seen)
	}
}

// TestBrokenPromisesShow proves the test above: with a disk that lies about a sync it must find a bad outcome.
func TestBrokenPromisesShow(t *testing.T) {
	for _, ignores := range []string{"Sync", "syncDir"} {
		bad := false
		for step := 0; ; step++ {
			found, acknowledged, done := crashAt(t, step, ignores)
			for s := range found {
				bad = bad || s == fmt.Sprint(Corrupt, " ", 0) || acknowledged == 2 && s != fmt.Sprint(Good, " ", 2)
			}
			if done {
				break
			}
		}
		if !bad {
			t.Errorf("a disk without %s lost nothing: the crash test is blind", ignores)
		}
	}
}
