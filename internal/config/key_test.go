package config

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// writeSecret puts content into a file of mode 0600 and returns its path.
func writeSecret(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func base64Of(k Key) string { return base64.StdEncoding.EncodeToString(k[:]) }

func TestWriteKeyThenLoadKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	if err := WriteKey(path); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v, want 0600", info.Mode(), err)
	}
	first, err := LoadKey(path)
	if err != nil || first.Old != nil || first.Current == (Key{}) {
		t.Fatalf("LoadKey: %v, old key %v", err, first.Old)
	}
	if err := WriteKey(path); !errors.Is(err, fs.ErrExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("a second WriteKey gave %v, want one that says the file is there", err)
	}
	if again, err := LoadKey(path); err != nil || again.Current != first.Current {
		t.Errorf("the key changed though WriteKey refused: %v", err)
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
		t.Errorf("left beside the key: %v, %v", entries, err)
	}
}

func TestWriteKeyWithoutDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "none")
	if err := WriteKey(filepath.Join(dir, "key")); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), dir) {
		t.Errorf("got %v, want an error that names %s", err, dir)
	}
}

func TestNewKeyDiffers(t *testing.T) {
	if a, b := NewKey(), NewKey(); a == b {
		t.Error("two new keys are equal")
	}
}

func TestLoadKeyForms(t *testing.T) {
	current, old := NewKey(), NewKey()
	for name, tc := range map[string]struct {
		content string
		old     *Key
	}{
		"base64":                 {base64Of(current), nil},
		"hexadecimal, blanks":    {"\n  " + hex.EncodeToString(current[:]) + "  \n\n", nil},
		"rotation":               {base64Of(current) + "\n" + hex.EncodeToString(old[:]) + "\n", &old},
		"carriage return at end": {base64Of(current) + "\r\n", nil},
	} {
		t.Run(name, func(t *testing.T) {
			keys, err := LoadKey(writeSecret(t, tc.content))
			if err != nil || keys.Current != current {
				t.Fatalf("current key not read: %v", err)
			}
			if (keys.Old == nil) != (tc.old == nil) || tc.old != nil && *keys.Old != *tc.old {
				t.Error("the old key is not the one in the file")
			}
		})
	}
}

func TestLoadKeyRefusesContent(t *testing.T) {
	k := base64Of(NewKey())
	for name, tc := range map[string]struct{ content, want string }{
		"empty":          {"\n\n", "is empty"},
		"too short":      {k[:40], "line 1: is no key"},
		"password":       {"correct horse battery staple", "line 1: is no key"},
		"bad second":     {k + "\n" + k[1:], "line 2: is no key"},
		"three":          {k + "\n" + base64Of(NewKey()) + "\n" + base64Of(NewKey()), "has 3 keys"},
		"twice the same": {k + "\n" + k, "has the same key twice"},
		"zeros":          {strings.Repeat("0", 64), "is one byte repeated"},
	} {
		t.Run(name, func(t *testing.T) {
			path := writeSecret(t, tc.content)
			_, err := LoadKey(path)
			if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), path) {
				t.Fatalf("got %v, want %q about %s", err, tc.want, path)
			}
			if secret := strings.TrimSpace(tc.content); secret != "" && strings.Contains(err.Error(), secret[:20]) {
				t.Errorf("the error shows the secret: %v", err)
			}
		})
	}
}

func TestLoadKeyRefusesOpenModes(t *testing.T) {
	path := writeSecret(t, base64Of(NewKey()))
	for _, mode := range []fs.FileMode{0o640, 0o604, 0o644, 0o660, 0o700} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf("has mode %04o; allowed: 0600", mode)
		if _, err := LoadKey(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("mode %04o gave %v, want %q", mode, err, want)
		}
	}
	for _, mode := range []fs.FileMode{0o600, 0o400} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadKey(path); err != nil {
			t.Errorf("mode %04o was refused: %v", mode, err)
		}
	}
}

func TestLoadKeyRefusesStrangersFile(t *testing.T) {
	if os.Geteuid() != 0 {
		if os.Getenv("CI") != "" {
			t.Fatal("giving a file to another user needs root, and CI is set")
		}
		t.Skip("giving a file to another user needs root")
	}
	path := writeSecret(t, base64Of(NewKey()))
	if err := os.Chown(path, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadKey(path); err == nil || !strings.Contains(err.Error(), "belongs to user 65534; allowed: root") {
		t.Errorf("got %v, want a complaint about the owner", err)
	}
}

func TestLoadKeyRefusesWhatIsNoFile(t *testing.T) {
	dir := t.TempDir()
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{dir, fifo} {
		if _, err := LoadKey(path); err == nil || !strings.Contains(err.Error(), "is not a regular file") {
			t.Errorf("%s gave %v", path, err)
		}
	}
	_, err := LoadKey(filepath.Join(dir, "none"))
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "sudo futago keygen") {
		t.Errorf("a missing key gave %v, want one that names the command", err)
	}
}

func TestKeyNeverPrintsItself(t *testing.T) {
	keys := Keys{Current: NewKey()}
	j, err := json.Marshal(keys)
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{fmt.Sprint(keys), fmt.Sprintf("%#v", keys), fmt.Sprintf("%+v", keys.Current), string(j)} {
		if !strings.Contains(shown, "(secret)") {
			t.Errorf("printed as %s", shown)
		}
	}
}
