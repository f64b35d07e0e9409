package inputs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// Around each decision that matters a case is kept on the disk: the block
// before, the block it fell into, and what followed until nothing of the kind
// had happened for quietEnd. It is synced at each such decision.
const (
	caseEnding  = ".inputs"
	caseTime    = "20060102T150405.000000000Z"
	caseBytes   = 512 << 10
	casesMost   = 32
	casesBytes  = 8 << 20
	recentBytes = 2 * (blockBytes + frameBytes)
	quietEnd    = 30 * time.Second
	fullPause   = time.Minute // after a full case: a storm of decisions must not wear the card out
)

type keep struct {
	dir    string
	before []piece // the frames of the block before
	block  []piece // and of the one under way
	open   *appended
	last   scheduler.Instant // decision that matters
	full   scheduler.Instant // when a case ended because it was too long
}

func (k *keep) write(p piece) error {
	if p.begins {
		k.before, k.block = k.block, nil
	}
	k.block = append(k.block, p)
	if p.code != "" {
		k.last = p.at
	}
	switch {
	case k.open == nil && p.code != "" && p.at.Since(k.full) >= fullPause:
		return k.caught("begin", k.begin(p))
	case k.open != nil:
		return k.caught("continue", k.goOn(p))
	}
	return nil
}

// caught gives a case up that could not be written.
func (k *keep) caught(what string, err error) error {
	if err == nil {
		return nil
	}
	if k.open != nil {
		err = errors.Join(err, k.open.Close())
		k.open = nil
	}
	return fmt.Errorf("%s the record of a decision: %w", what, err)
}

// begin opens a case and writes what is remembered.
func (k *keep) begin(p piece) error {
	if err := os.MkdirAll(k.dir, 0o700); err != nil {
		return err
	}
	if err := k.makeRoom(); err != nil {
		return err
	}
	name := p.wall.UTC().Format(caseTime) + "-" + p.code + caseEnding
	f, err := openAppended(filepath.Join(k.dir, name))
	if err != nil {
		return err
	}
	k.open = f
	for _, past := range slices.Concat(k.before, k.block) {
		if err := f.append(past.bytes); err != nil {
			return err
		}
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return syncDir(k.dir)
}

// goOn adds to the case, and ends it when it is over or full.
func (k *keep) goOn(p piece) error {
	if err := k.open.append(p.bytes); err != nil {
		return err
	}
	over := p.at.Since(k.last) >= quietEnd || k.open.size >= caseBytes
	if p.code != "" || over {
		if err := k.open.Sync(); err != nil {
			return err
		}
	}
	if !over {
		return nil
	}
	if k.open.size >= caseBytes {
		k.full = p.at
	}
	return k.end()
}

// end closes the case. It does not sync: the kernel will, and a disk that hangs
// must not hold the daemon's end.
func (k *keep) end() error {
	f := k.open
	k.open = nil
	if f == nil {
		return nil
	}
	return f.Close()
}

// makeRoom removes the oldest cases until one more may be kept.
func (k *keep) makeRoom() error {
	names, err := cases(k.dir)
	if err != nil {
		return err
	}
	var total int64
	for i, name := range slices.Backward(names) {
		if info, err := os.Stat(filepath.Join(k.dir, name)); err == nil {
			total += info.Size()
		}
		if len(names)-i < casesMost && total+caseBytes+recentBytes <= casesBytes {
			continue
		}
		if err := os.Remove(filepath.Join(k.dir, name)); err != nil {
			return err
		}
	}
	return nil
}

// cases are the names of the kept cases, oldest first: a name begins with the
// time.
func cases(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), caseEnding) {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names, nil
}

// syncDir makes a new name last.
func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
