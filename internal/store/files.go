package store

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// files is the part of the file system that Save needs. It is a seam for the tests alone: they stop it at every step
// and lose what was not synced.
type files interface {
	create(path string) (file, error) // for writing, emptied if it exists, mode 0600
	exchange(a, b string) error       // swaps two existing files, atomically
	rename(from, to string) error     // replaces to, atomically
	syncDir(path string) error        // makes all of the above last
	remove(path string) error         // no error if there is none
}

// file is a file being written.
type file interface {
	io.WriteCloser
	Sync() error
}

// disk is the real file system. Errors of package os name operation and path.
type disk struct{}

func (disk) create(path string) (file, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
}

func (disk) exchange(a, b string) error {
	if err := unix.Renameat2(unix.AT_FDCWD, a, unix.AT_FDCWD, b, unix.RENAME_EXCHANGE); err != nil {
		return &os.LinkError{Op: "exchange", Old: a, New: b, Err: err}
	}
	return nil
}

func (disk) rename(from, to string) error { return os.Rename(from, to) }

func (disk) syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func (disk) remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
