package inputs

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// Past is what files hold.
type Past struct {
	Blocks  []Block // oldest first
	Damaged int     // bytes that belong to no frame
	Left    []error // a VersionError or other reason for each block that was left out
}

// Read takes the contents of files, whose blocks may overlap. Damage costs the
// rest of its block.
func Read(files ...[]byte) Past {
	var p Past
	found := map[uint64][]frame{}
	for _, file := range files {
		p.Damaged += collect(file, found)
	}
	for _, id := range slices.Sorted(maps.Keys(found)) {
		b, err := blockOf(found[id])
		if err != nil {
			p.Left = append(p.Left, err)
			continue
		}
		p.Blocks = append(p.Blocks, b)
	}
	return p
}

// collect adds the frames of a file to those of their blocks. A block of which
// the beginning is missing is of no use; of two copies the longer one counts.
func collect(file []byte, found map[uint64][]frame) (damaged int) {
	blocks := map[uint64][]frame{}
	damaged = scan(file, func(f frame) {
		switch {
		case f.kind == kindBlock:
			blocks[f.block] = []frame{f}
		case blocks[f.block] != nil:
			blocks[f.block] = append(blocks[f.block], f)
		}
	})
	for id, frames := range blocks {
		if len(frames) > len(found[id]) {
			found[id] = frames
		}
	}
	return damaged
}

// Err says why there is no block, if there is none.
func (p *Past) Err() error {
	switch {
	case len(p.Blocks) > 0:
		return nil
	case len(p.Left) > 0:
		return p.Left[len(p.Left)-1]
	case p.Damaged > 0:
		return fmt.Errorf("%d damaged bytes and no whole record of inputs", p.Damaged)
	}
	return errors.New("no record of inputs")
}

// Follows says that the record goes on from one block to the other with nothing
// missing between them.
func (b *Block) Follows(before *Block) bool {
	return b.Head.After == before.ID && before.Damaged == nil
}

// ReadPath reads a file, or all files of a directory: a ring, kept cases, or
// what somebody copied from either.
func ReadPath(path string) (Past, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Past{}, fmt.Errorf("read inputs: %w", err)
	}
	paths := []string{path}
	if info.IsDir() {
		if paths, err = filepath.Glob(filepath.Join(path, "*inputs*")); err != nil {
			return Past{}, fmt.Errorf("read inputs: %w", err)
		}
	}
	var files [][]byte
	for _, p := range paths {
		file, err := os.ReadFile(p)
		if err != nil {
			return Past{}, fmt.Errorf("read inputs: %w", err)
		}
		files = append(files, file)
	}
	return Read(files...), nil
}
