package config

import (
	"bufio"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// KeySize is the length of the cluster key in bytes: AES-256, the strongest that memberlist offers.
const KeySize = 32

// Key is the cluster's secret (A5). It never prints itself.
type Key [KeySize]byte

// String hides the key.
func (Key) String() string { return "(secret)" }

// GoString hides the key from %#v as well.
func (Key) GoString() string { return "(secret)" }

// MarshalText hides the key from JSON and slog.
func (Key) MarshalText() ([]byte, error) { return []byte("(secret)"), nil }

// Keys are what a key file holds. Messages are written with Current and read with either, so that the file can be
// changed on one node after the other.
type Keys struct {
	Current Key
	Old     *Key // nil outside a rotation
}

// NewKey makes a key from the kernel's random numbers.
func NewKey() Key {
	var k Key
	_, _ = rand.Read(k[:]) // never fails, see its documentation
	return k
}

// LoadKey reads the key file: the current key on the first line and, during a rotation, the old one on the second,
// each 32 bytes in base64 or hexadecimal. The file must be a regular one of mode 0600 or less that root or the user
// of this process owns.
func LoadKey(path string) (Keys, error) {
	// O_NONBLOCK: a FIFO in the file's place must not hang the daemon.
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return Keys{}, fmt.Errorf("read key: %w; make it on one node with: sudo futago keygen, and copy it to the other", err)
	}
	if err != nil {
		return Keys{}, fmt.Errorf("read key: %w", err)
	}
	defer f.Close()
	if err := checkSecret(f); err != nil {
		return Keys{}, fmt.Errorf("read key %s: %w", path, err)
	}
	keys, err := parseKeys(f)
	if err != nil {
		return Keys{}, fmt.Errorf("read key %s: %w", path, err)
	}
	return keys, nil
}

// checkSecret refuses a file that others than root and this process's user can read or replace.
func checkSecret(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errors.New("is not a regular file")
	}
	if perm := info.Mode().Perm(); perm&^0o600 != 0 {
		return fmt.Errorf("has mode %04o; allowed: 0600; mend it with: sudo chmod 0600 %s", perm, f.Name())
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return errors.New("the system does not tell its owner")
	}
	if st.Uid != 0 && int(st.Uid) != os.Geteuid() {
		return fmt.Errorf("belongs to user %d; allowed: root; mend it with: sudo chown root %s", st.Uid, f.Name())
	}
	return nil
}

// parseKeys never puts a part of the file into its error: it may be a secret with a slip of the pen.
func parseKeys(r io.Reader) (Keys, error) {
	var found []Key
	sc := bufio.NewScanner(io.LimitReader(r, 4096))
	for line := 1; sc.Scan(); line++ {
		s := strings.TrimSpace(sc.Text())
		if s == "" {
			continue
		}
		k, err := parseKey(s)
		if err != nil {
			return Keys{}, fmt.Errorf("line %d: %w", line, err)
		}
		found = append(found, k)
	}
	if err := sc.Err(); err != nil {
		return Keys{}, err
	}
	switch {
	case len(found) == 0:
		return Keys{}, errors.New("is empty; allowed: 32 bytes in base64 or hexadecimal")
	case len(found) == 1:
		return Keys{Current: found[0]}, nil
	case len(found) > 2:
		return Keys{}, fmt.Errorf("has %d keys; allowed: the current one and, during a rotation, the old one", len(found))
	case found[0] == found[1]:
		return Keys{}, errors.New("has the same key twice; allowed: the current one, then a different old one")
	default:
		return Keys{Current: found[0], Old: &found[1]}, nil
	}
}

func parseKey(s string) (Key, error) {
	decode := base64.StdEncoding.Strict().DecodeString
	if len(s) == hex.EncodedLen(KeySize) {
		decode = hex.DecodeString
	}
	b, err := decode(s)
	if err != nil || len(b) != KeySize {
		return Key{}, fmt.Errorf("is no key; allowed: %d bytes in base64 or hexadecimal", KeySize)
	}
	k := Key(b)
	for _, c := range k {
		if c != k[0] {
			return k, nil
		}
	}
	return Key{}, errors.New("is one byte repeated, which anybody guesses; make a key with: sudo futago keygen")
}

// WriteKey makes a new key and writes it to path with mode 0600. It never replaces a file: a key that is lost cannot
// be made again. Either the whole key is there afterwards, on disk, or no file of that name.
func WriteKey(path string) error {
	k := NewKey()
	dir := filepath.Dir(path)
	tmp, err := os.CreateTemp(dir, ".futago-key-*") // O_EXCL and 0600
	if err != nil {
		return fmt.Errorf("write key: %w", err)
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.WriteString(base64.StdEncoding.EncodeToString(k[:]) + "\n")
	if err == nil {
		err = tmp.Sync()
	}
	if err := errors.Join(err, tmp.Close()); err != nil {
		return fmt.Errorf("write key: %w", err)
	}
	err = unix.Renameat2(unix.AT_FDCWD, tmp.Name(), unix.AT_FDCWD, path, unix.RENAME_NOREPLACE)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("write key %s: %w; move it away first if it is really not needed", path, err)
	}
	if err != nil {
		return fmt.Errorf("write key %s: %w", path, err)
	}
	return syncDir(dir)
}

// syncDir makes a rename inside dir last over a loss of power.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync directory: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("sync directory %s: %w", dir, err)
	}
	return nil
}
