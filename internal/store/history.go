package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// The history is lines of a checksum (CRC-32C, 8 hexadecimal digits), a space and one record as JSON. The newer of its
// two files is appended to and becomes the older when it is full.
const (
	historyName = "history.log"
	olderName   = "history.1.log"
	maxLine     = 64 << 10 // bytes
)

// historyLimit is the size of each of the two files in bytes. A variable for the tests alone.
var historyLimit int64 = 1 << 20

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// History is a journal of events that takes at most twice historyLimit on disk. It may be used by several goroutines.
type History struct {
	dir string

	mu   sync.Mutex
	file *os.File
	size int64
	torn bool // the file does not end with a newline: power failed, or the disk was full
}

// OpenHistory opens the journal in dir, which must exist, for appending. A last line that was torn by a loss of power
// stays where it is, damaged, and costs no other line.
func OpenHistory(dir string) (*History, error) {
	h := &History{dir: dir}
	if err := h.open(); err != nil {
		return nil, fmt.Errorf("open history: %w", err)
	}
	return h, nil
}

func (h *History) open() error {
	f, err := os.OpenFile(filepath.Join(h.dir, historyName), os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	size, torn, err := measure(f)
	if err == nil && size == 0 {
		err = disk{}.syncDir(h.dir) // a synced line is worth nothing in a file without a name
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	h.file, h.size, h.torn = f, size, torn
	return nil
}

// measure gives the size of the file and whether its last line is incomplete.
func measure(f *os.File) (size int64, torn bool, err error) {
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return 0, false, err
	}
	var last [1]byte
	if _, err := f.ReadAt(last[:], info.Size()-1); err != nil {
		return 0, false, err
	}
	return info.Size(), last[0] != '\n', nil
}

// Append adds one record, which is written as JSON. With sync it is on disk when Append returns nil, and so are all
// records before it; without, the kernel writes it when it likes. After an error this record may be missing, no other.
func (h *History) Append(record any, sync bool) error {
	line, err := encodeLine(record)
	if err != nil {
		return fmt.Errorf("append to history: %w", err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.append(line, sync); err != nil {
		return fmt.Errorf("append to history: %w", err)
	}
	return nil
}

func encodeLine(record any) ([]byte, error) {
	b, err := json.Marshal(record)
	if err != nil {
		return nil, err
	}
	if len(b) > maxLine {
		return nil, fmt.Errorf("a record of %d bytes, at most %d allowed", len(b), maxLine)
	}
	return fmt.Appendf(nil, "%08x %s\n", crc32.Checksum(b, castagnoli), b), nil
}

func (h *History) append(line []byte, sync bool) error {
	if h.torn {
		line = append([]byte("\n"), line...)
	}
	if h.size > 0 && h.size+int64(len(line)) > historyLimit {
		if err := h.rotate(); err != nil {
			return err
		}
		line = bytes.TrimPrefix(line, []byte("\n"))
	}
	n, err := h.file.Write(line)
	if err != nil {
		if n > 0 && h.file.Truncate(h.size) != nil { // half a line on a full disk that cannot be taken back
			h.size, h.torn = h.size+int64(n), true
		}
		return err
	}
	h.size += int64(n)
	h.torn = false
	if !sync {
		return nil
	}
	return h.file.Sync()
}

// rotate makes the file the older one and begins a new one. What was asked to be synced already is; the rest of the
// old file is synced here, for nobody will have a handle to it later.
func (h *History) rotate() error {
	if err := h.file.Sync(); err != nil {
		return err
	}
	err := os.Rename(filepath.Join(h.dir, historyName), filepath.Join(h.dir, olderName))
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // it is gone if open failed below the last time
		return err
	}
	full := h.file
	if err := h.open(); err != nil {
		return err
	}
	return full.Close()
}

// Close closes the file. It does not sync.
func (h *History) Close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.file.Close(); err != nil {
		return fmt.Errorf("close history: %w", err)
	}
	return nil
}

// Past is what a history holds.
type Past struct {
	Records []json.RawMessage // oldest first
	Damaged int               // lines that are torn or whose checksum is wrong; they are left out
}

// ReadHistory reads the journal in dir, also while another process appends to it. A directory without one has an empty
// past.
func ReadHistory(dir string) (Past, error) {
	newer, err := readFile(filepath.Join(dir, historyName))
	if err != nil {
		return Past{}, fmt.Errorf("read history: %w", err)
	}
	older, err := readFile(filepath.Join(dir, olderName))
	if err != nil {
		return Past{}, fmt.Errorf("read history: %w", err)
	}
	var p Past
	p.add(older)
	// A file that became the older one between the two reads was read twice.
	if !bytes.HasPrefix(older, newer) {
		p.add(newer)
	}
	return p, nil
}

// readFile reads a file that may be missing, which is the same as empty.
func readFile(path string) ([]byte, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return b, err
}

// add takes the whole lines of one file. Nothing is damaged about an empty one.
func (p *Past) add(file []byte) {
	for line := range bytes.Lines(file) {
		if len(bytes.TrimRight(line, "\n")) == 0 {
			continue
		}
		if record, ok := decodeLine(line); ok {
			p.Records = append(p.Records, record)
		} else {
			p.Damaged++
		}
	}
}

func decodeLine(line []byte) (json.RawMessage, bool) {
	const head = len("01234567 ")
	if len(line) <= head || line[len(line)-1] != '\n' {
		return nil, false
	}
	record := line[head : len(line)-1]
	if string(line[:head]) != fmt.Sprintf("%08x ", crc32.Checksum(record, castagnoli)) || !json.Valid(record) {
		return nil, false
	}
	return json.RawMessage(record), true
}
