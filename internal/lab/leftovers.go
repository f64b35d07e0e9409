package lab

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// nameClaim is a lab's right to its name on this machine: a lock on a file
// in its run directory. The kernel drops the lock with the process, so a lab
// that was killed never looks alive, whoever has its pid now.
type nameClaim struct {
	opts Options
	lock *os.File
}

// ErrRuns is returned when a lab of that name already runs.
var ErrRuns = errors.New("a lab of this name already runs")

// claimName takes the name and removes what a dead lab left under it.
func claimName(o Options) (*nameClaim, error) {
	if err := os.MkdirAll(o.runDir(), 0o755); err != nil {
		return nil, fmt.Errorf("make run directory: %w", err)
	}
	lock, err := takeLock(lockFile(o.runDir()))
	if err != nil {
		return nil, fmt.Errorf("claim the name %q: %w", o.Name, err)
	}
	c := &nameClaim{opts: o, lock: lock}
	groups, err := findCgroups()
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	if err := c.removeTraces(groups); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return c, nil
}

// takeLock opens and locks the file, and looks again whether it is still the
// file of that name: its last owner may have removed it in between.
func takeLock(path string) (*os.File, error) {
	for {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return nil, err
		}
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if errors.Is(err, unix.EWOULDBLOCK) {
			err = ErrRuns
		}
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		mine, err1 := f.Stat()
		named, err2 := os.Stat(path)
		if err1 == nil && err2 == nil && os.SameFile(mine, named) {
			return f, nil
		}
		if err := errors.Join(err1, f.Close()); err != nil {
			return nil, err
		}
	}
}

func lockFile(runDir string) string { return filepath.Join(runDir, "lock") }

// removeTraces ends and removes what is left under the name: processes (none,
// unless the machine is in trouble), control groups, disks, sockets.
func (c *nameClaim) removeTraces(groups cgroupRoot) error {
	ctx, cancel := context.WithTimeout(context.Background(), killTimeout)
	defer cancel()
	all := nodeCgroup{root: groups, name: c.opts.cgroupName()}
	errs := []error{all.kill(), all.waitEmpty(ctx), all.remove()}
	if !c.opts.KeepDisks {
		errs = append(errs, os.RemoveAll(c.opts.diskDir()))
	}
	for i := range c.opts.Nodes {
		errs = append(errs, removeIfThere(c.opts.busSocket(i)))
	}
	return errors.Join(append(errs, removeIfThere(controlSocket(c.opts.runDir())))...)
}

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// release gives the name back. The log of a background lab is left for
// reading after it failed; the next lab of the name starts a new one.
func (c *nameClaim) release() {
	_ = os.Remove(c.lock.Name()) // held: nobody else can be about to use it
	_ = c.lock.Close()
	for _, dir := range []string{c.opts.runDir(), c.opts.RunDir, c.opts.DiskDir} {
		_ = os.Remove(dir) // only when empty
	}
}

// Sweep removes what dead labs left below the options' directories and
// returns their names. Labs that live are not touched.
func Sweep(o Options) ([]string, error) {
	setDefault(&o.RunDir, DefaultRunDir)
	setDefault(&o.DiskDir, DefaultDiskDir)
	entries, err := os.ReadDir(o.RunDir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list labs: %w", err)
	}
	var swept []string
	var errs []error
	for _, e := range entries {
		if !e.IsDir() || !namePattern.MatchString(e.Name()) {
			continue
		}
		o.Name = e.Name()
		if _, err := os.Stat(lockFile(o.runDir())); err != nil {
			continue // nobody's, or not a lab's
		}
		claim, err := claimName(o)
		if errors.Is(err, ErrRuns) {
			continue
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		errs = append(errs, os.RemoveAll(filepath.Join(o.runDir(), "lab.log")))
		claim.release()
		swept = append(swept, e.Name())
	}
	return swept, errors.Join(errs...)
}

// WaitGone waits, at most for limit, until the lab of that name has ended, by
// taking its lock.
func WaitGone(ctx context.Context, o Options, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	setDefault(&o.RunDir, DefaultRunDir)
	for {
		f, err := os.Open(lockFile(o.runDir()))
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("open lock: %w", err)
		}
		free := unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB) == nil
		f.Close()
		if free {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for lab %q to end: %w", o.Name, ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}
