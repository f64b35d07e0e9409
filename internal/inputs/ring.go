package inputs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// The ring is two files: the newer is appended to, and becomes the older when a
// block would make it too long. On a tmpfs that costs no card anything; it is
// never synced.
const (
	ringName  = "inputs"
	olderName = "inputs.1"
	ringBytes = 2 << 20 // of each: together about ten quiet hours
)

type ring struct {
	dir  string
	file *appended
	lost bool // the block under way has a frame missing: the rest of it is of no use
}

func (r *ring) write(p piece) error {
	if p.begins {
		r.lost = false
		if err := r.turn(len(p.bytes)); err != nil {
			r.lost = true
			return fmt.Errorf("write the ring of inputs: %w", err)
		}
	}
	if r.lost {
		return nil
	}
	if err := r.file.append(p.bytes); err != nil {
		r.lost = true
		return fmt.Errorf("write the ring of inputs: %w", err)
	}
	return nil
}

// turn opens the file, and begins a new one when it is full.
func (r *ring) turn(more int) error {
	path := filepath.Join(r.dir, ringName)
	if r.file == nil {
		if err := os.MkdirAll(r.dir, 0o700); err != nil {
			return err
		}
		f, err := openAppended(path)
		if err != nil {
			return err
		}
		r.file = f
	}
	if r.file.size+int64(more) <= ringBytes {
		return nil
	}
	err := r.close()
	if rename := os.Rename(path, filepath.Join(r.dir, olderName)); !errors.Is(rename, fs.ErrNotExist) {
		err = errors.Join(err, rename)
	}
	if err != nil {
		return err
	}
	f, err := openAppended(path)
	if err != nil {
		return err
	}
	r.file = f
	return nil
}

func (r *ring) close() error {
	f := r.file
	r.file = nil
	if f == nil {
		return nil
	}
	return f.Close()
}

// appended is a file that grows by whole frames.
type appended struct {
	*os.File
	size int64
}

func openAppended(path string) (*appended, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &appended{File: f, size: info.Size()}, nil
}

// append adds a frame, or takes back the half that a full disk let in.
func (a *appended) append(b []byte) error {
	n, err := a.Write(b)
	if err != nil && n > 0 && a.Truncate(a.size) == nil {
		n = 0
	}
	a.size += int64(n)
	return err
}
