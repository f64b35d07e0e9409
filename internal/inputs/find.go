package inputs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// findBytes bounds what Find returns.
const findBytes = 4 << 20

// Find returns the frames of the blocks around a time, as they stand in the
// files: the block that it fell into with one before and one after. They are
// empty when nothing is kept of that time.
func Find(ringDir, keptDir string, at time.Time) ([]byte, error) {
	files, err := load(ringDir, keptDir, at)
	if err != nil {
		return nil, fmt.Errorf("look for the inputs of %s: %w", at.Format(time.RFC3339), err)
	}
	found := map[uint64][]frame{}
	for _, file := range files {
		collect(file, found)
	}
	var out []byte
	for _, id := range around(found, uint64(at.UnixNano())) {
		for _, f := range found[id] {
			if len(out)+headBytes+len(f.payload) > findBytes {
				return out, nil
			}
			out = append(out, f.bytes()...)
		}
	}
	return out, nil
}

// load reads the ring and those cases that can hold the time: the newest two
// that began before it, and the first after.
func load(ringDir, keptDir string, at time.Time) ([][]byte, error) {
	paths := []string{filepath.Join(ringDir, olderName), filepath.Join(ringDir, ringName)}
	names, err := cases(keptDir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	after, _ := slices.BinarySearch(names, at.UTC().Format(caseTime))
	for _, name := range names[max(0, after-2):min(len(names), after+1)] {
		paths = append(paths, filepath.Join(keptDir, name))
	}
	var files [][]byte
	for _, path := range paths {
		file, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	return files, nil
}

// blockLasts is longer than any block.
const blockLasts = blockTime + frameQuiet + time.Minute

// around are the blocks to be shown for a time: that which began last before
// it, if it can have lasted so long, with its neighbours.
func around(found map[uint64][]frame, at uint64) []uint64 {
	var ids []uint64
	for id := range found {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	next, exact := slices.BinarySearch(ids, at)
	if exact {
		next++
	}
	if next == 0 || at-ids[next-1] > uint64(blockLasts) {
		return nil
	}
	return ids[max(0, next-2):min(len(ids), next+1)]
}
