package store

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// smallDisk mounts a file system of 64 KiB that only the calling goroutine sees, and which goes away with it: the
// thread gets a mount namespace of its own and is never used for anything else.
func smallDisk(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		if os.Getenv("CI") != "" {
			t.Fatal("mounting a file system needs root, and CI is set")
		}
		t.Skip("mounting a file system needs root")
	}
	dir := t.TempDir()
	runtime.LockOSThread() // and never unlock
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("none", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("futago-test", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // on this goroutine still, before TempDir removes the mount point
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// remount makes the disk read-only or writable again.
func remount(t *testing.T, dir string, flags uintptr) {
	t.Helper()
	if err := unix.Mount("futago-test", dir, "tmpfs", unix.MS_REMOUNT|flags, ""); err != nil {
		t.Fatal(err)
	}
}

// fill writes a file until nothing more fits and returns its path.
func fill(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "filler")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for block := make([]byte, 4096); ; {
		if _, err := f.Write(block); errors.Is(err, unix.ENOSPC) {
			return path
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestFullDisk(t *testing.T) {
	t.Run("state", func(t *testing.T) {
		dir := smallDisk(t)
		s := openStore(t, dir)
		mustSave(t, s, machine{Term: 41})
		filler := fill(t, dir)

		err := s.Save(machine{Term: 43})
		if !errors.Is(err, unix.ENOSPC) || !strings.Contains(err.Error(), "save state: write "+dir) {
			t.Fatalf("got %v, want no space left and the path", err)
		}
		if v, found := mustLoad(t, s); found.Condition != Good || v.Term != 41 {
			t.Errorf("the state is now %+v, %+v, want term 41", v, found)
		}
		if names := strings.Join(list(t, dir), " "); names != "filler state" {
			t.Errorf("files %s, want no half of a state among them", names)
		}
		if err := os.Remove(filler); err != nil {
			t.Fatal(err)
		}
		mustSave(t, s, machine{Term: 43})
		if v, _ := mustLoad(t, s); v.Term != 43 {
			t.Errorf("with room again the state is %+v, want term 43", v)
		}
	})
	t.Run("history", func(t *testing.T) {
		dir := smallDisk(t)
		h := openHistory(t, dir)
		filler := fill(t, dir)
		if err := os.Truncate(filler, 56<<10); err != nil { // room for two pages
			t.Fatal(err)
		}
		kept := 0
		for ; ; kept++ {
			if err := h.Append(strings.Repeat("x", 1500), true); errors.Is(err, unix.ENOSPC) {
				break
			} else if err != nil || kept > 20 {
				t.Fatalf("record %d: %v", kept, err)
			}
		}
		wantPast(t, dir, kept, 0)
		if err := os.Remove(filler); err != nil {
			t.Fatal(err)
		}
		mustAppend(t, h, "after")
		wantPast(t, dir, kept+1, 0)
	})
}

func TestReadOnlyDisk(t *testing.T) {
	t.Run("state", func(t *testing.T) {
		dir := smallDisk(t)
		s := openStore(t, dir)
		mustSave(t, s, machine{Term: 41})
		remount(t, dir, unix.MS_RDONLY)
		err := s.Save(machine{Term: 43})
		if !errors.Is(err, unix.EROFS) || !strings.Contains(err.Error(), "save state: open "+dir) {
			t.Errorf("got %v, want read-only and the path", err)
		}
		if v, found := mustLoad(t, s); found.Condition != Good || v.Term != 41 {
			t.Errorf("the state is now %+v, %+v, want term 41", v, found)
		}
		remount(t, dir, 0)
		mustSave(t, s, machine{Term: 43})
	})
	t.Run("damaged state", func(t *testing.T) {
		dir := smallDisk(t)
		s := openStore(t, dir)
		mustSave(t, s, machine{Term: 41})
		damage(t, filepath.Join(dir, stateName), func(b []byte) []byte { return b[1:] })
		remount(t, dir, unix.MS_RDONLY)
		if _, found, err := s.Load(); !errors.Is(err, unix.EROFS) || found != (Found{}) {
			t.Errorf("got %+v, %v, want an error: what cannot be set aside would be found damaged again", found, err)
		}
	})
	t.Run("leftover", func(t *testing.T) {
		dir := smallDisk(t)
		if err := os.WriteFile(filepath.Join(dir, tempName), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		remount(t, dir, unix.MS_RDONLY)
		if _, err := Open[machine](dir); !errors.Is(err, unix.EROFS) || !strings.Contains(err.Error(), dir) {
			t.Errorf("got %v, want read-only and the path", err)
		}
	})
	t.Run("history", func(t *testing.T) {
		dir := smallDisk(t)
		remount(t, dir, unix.MS_RDONLY)
		if _, err := OpenHistory(dir); !errors.Is(err, unix.EROFS) || !strings.Contains(err.Error(), dir) {
			t.Errorf("got %v, want read-only and the path", err)
		}
	})
}
