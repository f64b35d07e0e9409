package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// The files of the state directory that belong to Store.
const (
	stateName    = "state"
	previousName = "state.previous" // the generation before; for a person's eyes, never read back
	tempName     = "state.tmp"
	corruptName  = "state.corrupt-" // and the time
)

// maxCorrupt is how many damaged states are kept; beyond it the oldest goes.
const maxCorrupt = 5

// Store keeps one value of type T, which encoding/json must be able to write and read back. It is not for concurrent
// use: the daemon's loop is the only one that persists.
type Store[T any] struct {
	dir    string
	files  files
	locked *os.File
}

// Condition says what Load found.
type Condition int

// The conditions of the state on disk.
const (
	None    Condition = iota // nothing was ever saved here
	Good                     // whole, and the last one saved
	Corrupt                  // damaged, and now set aside
)

// Found is what Load found.
type Found struct {
	Condition Condition
	Aside     string // where the damaged file is now, if Corrupt
	Why       error  // what is wrong with it, if Corrupt
	Unknown   error  // what another version wrote that this one passed over, if Good
}

// Open takes the state directory for this process, makes it if it is missing, and removes what an interrupted Save left
// behind. A second Open of the same directory fails until Close, also from another process.
func Open[T any](dir string) (*Store[T], error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open state directory: %w", err)
	}
	d, err := os.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("open state directory: %w", err)
	}
	s := &Store[T]{dir: dir, files: disk{}, locked: d}
	if err := unix.Flock(int(d.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		if errors.Is(err, unix.EWOULDBLOCK) {
			err = errors.New("another futago uses it")
		}
		return nil, errors.Join(fmt.Errorf("lock state directory %s: %w", dir, err), d.Close())
	}
	if err := s.files.remove(s.path(tempName)); err != nil {
		return nil, errors.Join(fmt.Errorf("open state directory: %w", err), d.Close())
	}
	return s, nil
}

// Close gives the directory back.
func (s *Store[T]) Close() error {
	if err := s.locked.Close(); err != nil {
		return fmt.Errorf("close state directory: %w", err)
	}
	return nil
}

func (s *Store[T]) path(name string) string { return filepath.Join(s.dir, name) }

// Load reads the state. The value is the zero value unless Found is Good. A damaged state is set aside first, so that
// after Corrupt the directory is as if nothing had ever been saved. There is an error where that fails, and where the
// state is of a later version (ErrNewer) and stays as it is. Fields that this version does not know are passed over and
// gone with the next Save: it goes on as if it had been upgraded from itself.
func (s *Store[T]) Load() (T, Found, error) {
	var none T
	path := s.path(stateName)
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return none, Found{Condition: None}, nil
	}
	if err != nil {
		return none, Found{}, fmt.Errorf("load state: %w", err)
	}
	v, unknown, why := readState[T](f)
	if err := f.Close(); err != nil {
		return none, Found{}, fmt.Errorf("load state: %w", err)
	}
	switch {
	case why == nil:
		return v, Found{Condition: Good, Unknown: unknown}, nil
	case errors.Is(why, ErrNewer):
		return none, Found{}, fmt.Errorf("load state %s: %w", path, why)
	}
	aside, err := s.setAside()
	if err != nil {
		return none, Found{}, fmt.Errorf("set the state aside, which is %w: %w", why, err)
	}
	return none, Found{Condition: Corrupt, Aside: aside, Why: why}, nil
}

// readState reads a value, and says what it passed over. A sector that cannot be read is damage like any other.
func readState[T any](r io.Reader) (v T, unknown, err error) {
	var none T
	b, err := io.ReadAll(io.LimitReader(r, MaxState+256))
	if err != nil {
		return none, nil, fmt.Errorf("damaged: %w", err)
	}
	payload, err := decodeState(b)
	if err != nil {
		return none, nil, err
	}
	strict := json.NewDecoder(bytes.NewReader(payload))
	strict.DisallowUnknownFields()
	if unknown = strict.Decode(&v); unknown == nil {
		return v, nil, nil
	}
	// The checksum is right: these bytes were saved, by a version with other fields.
	v = none
	if err := json.Unmarshal(payload, &v); err != nil {
		return none, nil, fmt.Errorf("%w: %w", ErrNewer, err)
	}
	return v, unknown, nil
}

// setAside moves the state to a name with the time in it and returns that.
func (s *Store[T]) setAside() (string, error) {
	if err := s.makeRoom(); err != nil {
		return "", err
	}
	aside := s.path(corruptName + time.Now().UTC().Format("20060102T150405.000000000Z"))
	if err := s.files.rename(s.path(stateName), aside); err != nil {
		return "", err
	}
	return aside, s.files.syncDir(s.dir)
}

// makeRoom removes the oldest damaged states until one more may be kept; their names sort by time.
func (s *Store[T]) makeRoom() error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	var kept []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), corruptName) {
			kept = append(kept, e.Name())
		}
	}
	slices.Sort(kept)
	for len(kept) >= maxCorrupt {
		if err := s.files.remove(s.path(kept[0])); err != nil {
			return err
		}
		kept = kept[1:]
	}
	return nil
}

// Save makes v the state. When it returns nil, v is on disk and the state before it is state.previous. When it returns
// an error the file holds either the old state or v, whole: the caller may act on neither being the case, and save
// again.
func (s *Store[T]) Save(v T) error {
	payload, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode state: %w", err)
	}
	if len(payload) > MaxState {
		return fmt.Errorf("save state: %d bytes, at most %d allowed", len(payload), MaxState)
	}
	if err := s.replace(encodeState(payload)); err != nil {
		return fmt.Errorf("save state: %w", err)
	}
	return nil
}

// replace writes beside the state, syncs, and only then lets the new file have the name. A file whose sync failed is
// thrown away, never synced again: the kernel may have dropped its pages and would say that all is well.
func (s *Store[T]) replace(content []byte) error {
	temp, state := s.path(tempName), s.path(stateName)
	if err := s.write(temp, content); err != nil {
		return errors.Join(err, s.files.remove(temp))
	}
	err := s.files.exchange(temp, state)
	switch {
	case errors.Is(err, fs.ErrNotExist): // the first state of all
		err = s.files.rename(temp, state)
	case err == nil: // temp is the old state now
		err = s.files.rename(temp, s.path(previousName))
	}
	if err != nil {
		return errors.Join(err, s.files.remove(temp))
	}
	return s.files.syncDir(s.dir)
}

func (s *Store[T]) write(path string, content []byte) error {
	f, err := s.files.create(path)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
