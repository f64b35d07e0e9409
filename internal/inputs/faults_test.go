package inputs

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/futago-ha/futago/scheduler"
)

// someFile is a record of some decisions.
func someFile(t testing.TB) []byte {
	t.Helper()
	b := newBench(t.TempDir(), nil)
	b.quiet(3 * time.Second)
	b.decide()
	return pour(b.r)
}

// steps counts what a record holds, and checks that all of it is true.
func steps(t *testing.T, file []byte) int {
	t.Helper()
	past := Read(file)
	return replays(t, past)
}

// TestEveryCutAndEveryFlippedBit: a file that ends anywhere, or has any bit
// wrong, gives fewer steps and never a wrong one.
func TestEveryCutAndEveryFlippedBit(t *testing.T) {
	file := someFile(t)
	whole := steps(t, file)
	last := 0
	for n := 0; n < len(file); n += 1 + n/50 {
		got := steps(t, file[:n])
		if got < last || got > whole {
			t.Fatalf("%d of %d bytes gave %d steps, fewer bytes %d", n, len(file), got, last)
		}
		last = got
	}
	for i := 0; i < len(file)*8; i += 7 + i/50 {
		bad := bytes.Clone(file)
		bad[i/8] ^= 1 << (i % 8)
		if got := steps(t, bad); got >= whole {
			t.Fatalf("bit %d flipped: %d steps of %d", i, got, whole)
		}
	}
}

// TestDamageCostsItsBlockOnly: rubbish between two blocks, and a frame that is
// missing inside of one.
func TestDamageCostsItsBlockOnly(t *testing.T) {
	one, two := someFile(t), someFile(t)
	per := steps(t, one)
	file := bytes.Join([][]byte{one, two}, []byte("rubbish \xf7fj\x01S and more"))
	past := Read(file)
	if got := replays(t, past); got != 2*per || past.Damaged != len("rubbish \xf7fj\x01S and more") {
		t.Errorf("%d steps of %d, %d bytes damaged", got, 2*per, past.Damaged)
	}
	cut := len(one) / 2
	past = Read(bytes.Join([][]byte{one[:cut], two}, nil))
	if got := replays(t, past); got < per || got >= 2*per {
		t.Errorf("%d steps of %d after the end of one file was lost", got, 2*per)
	}
	var frames []frame
	scan(one, func(f frame) { frames = append(frames, f) })
	var gap []byte
	for i, f := range frames {
		if i != 2 {
			gap = append(gap, f.bytes()...)
		}
	}
	past = Read(gap)
	if len(past.Blocks) == 0 || !errors.Is(past.Blocks[0].Damaged, errTorn) || replays(t, past) >= per {
		t.Errorf("a missing frame was not noticed: %+v", past)
	}
}

// TestOtherVersionsAreRefused: a later format, and a machine of another shape,
// are named and not guessed at.
func TestOtherVersionsAreRefused(t *testing.T) {
	var frames []frame
	scan(someFile(t), func(f frame) { frames = append(frames, f) })
	later := frames[0]
	later.version = version + 1
	past := Read(later.bytes())
	var other VersionError
	if err := past.Err(); !errors.As(err, &other) || other.Format != version+1 || !strings.Contains(err.Error(), "a later futago") {
		t.Errorf("a later format gave %v", err)
	}
	h, checkpoint, err := readHead(frames[0].payload)
	if err != nil {
		t.Fatal(err)
	}
	h.Schema, h.Software = "0", "0.9.0"
	shape := frames[0]
	if shape.payload, err = headPayload(h, checkpoint); err != nil {
		t.Fatal(err)
	}
	past = Read(shape.bytes())
	if err := past.Err(); !errors.As(err, &other) || other.Software != "0.9.0" || !strings.Contains(err.Error(), "futago 0.9.0 recorded this") {
		t.Errorf("another shape gave %v", err)
	}
	for file, want := range map[string]string{"": "no record", "rubbish": "7 damaged bytes"} {
		past := Read([]byte(file))
		if err := past.Err(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q gave %v", file, err)
		}
	}
}

// smallDisk mounts a file system that only the calling goroutine sees; its
// thread is never used for anything else.
func smallDisk(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		if os.Getenv("CI") != "" {
			t.Fatal("mounting a file system needs root, and CI is set")
		}
		t.Skip("mounting a file system needs root")
	}
	dir := t.TempDir()
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("none", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("futago-test", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// drained writes what waits from this goroutine, which alone sees its disk.
func drained(w *writer) {
	w.r.guarded(func() { w.r.handOn(w.r.since) })
	w.drain()
}

func newWriter(b *bench) *writer {
	return &writer{r: b.r, ring: ring{dir: b.r.opts.Ring}, keep: keep{dir: b.r.opts.Kept}}
}

// TestFullDisk: what does not fit is lost and told once, what is there stays
// sound, and with room again the record goes on.
func TestFullDisk(t *testing.T) {
	var log lines
	b := newBench(smallDisk(t), &log)
	w := newWriter(b)
	for range 20 {
		b.decide()
		drained(w)
	}
	if !w.sick || log.count("could not be recorded") != 1 {
		t.Errorf("sick is %t, told %d times", w.sick, log.count("could not be recorded"))
	}
	full := replays(t, b.past(t, "ring")) + replays(t, b.past(t, "kept"))
	if full < 1000 {
		t.Errorf("only %d steps are left on the full disk", full)
	}
	if err := unix.Mount("futago-test", b.in, "tmpfs", unix.MS_REMOUNT, "size=8m"); err != nil {
		t.Fatal(err)
	}
	for range 4 {
		b.decide()
		drained(w)
	}
	w.end()
	if got := replays(t, b.past(t, "ring")) + replays(t, b.past(t, "kept")); w.sick || got <= full {
		t.Errorf("with room again %d steps, before %d; sick is %t", got, full, w.sick)
	}
}

// TestReadOnlyDisk: the same for a disk that takes nothing at all.
func TestReadOnlyDisk(t *testing.T) {
	var log lines
	dir := smallDisk(t)
	b := newBench(dir, &log)
	w := newWriter(b)
	if err := unix.Mount("futago-test", dir, "tmpfs", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	b.decide()
	drained(w)
	b.decide()
	drained(w)
	if log.count("read-only file system") < 1 || log.count("could not be recorded") != 1 {
		t.Error("a read-only disk was not told once")
	}
	if err := unix.Mount("futago-test", dir, "tmpfs", unix.MS_REMOUNT, ""); err != nil {
		t.Fatal(err)
	}
	b.quiet(blockTime)
	b.decide()
	drained(w)
	w.end()
	if past := b.past(t, "kept"); replays(t, past) == 0 || log.count("recorded again") != 1 {
		t.Error("the disk can be written again, and nothing is")
	}
}

// victimDir tells the test's own program to be the daemon that is killed.
const victimDir = "FUTAGO_TEST_RECORD_IN"

// record records as fast as it can until it is killed.
func record(dir string) {
	b := newBench(dir, nil)
	w := newWriter(b)
	for {
		b.decide()
		drained(w)
	}
}

// TestKilledInMidWrite kills a process that records, at any instant, and lets
// another go on in the same files.
func TestKilledInMidWrite(t *testing.T) {
	dir := t.TempDir()
	for round := range 3 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), victimDir+"="+dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		grown := func() bool {
			info, err := os.Stat(filepath.Join(dir, "ring", ringName))
			return err == nil && info.Size() > int64(round+1)*(40<<10)
		}
		for end := time.Now().Add(20 * time.Second); !grown() && time.Now().Before(end); {
			runtime.Gosched()
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // killed, as was wanted
	}
	b := newBench(dir, nil)
	ring, kept := b.past(t, "ring"), b.past(t, "kept")
	if replays(t, ring) < 1000 || replays(t, kept) < 500 {
		t.Errorf("%d and %d blocks are left", len(ring.Blocks), len(kept.Blocks))
	}
	if ring.Damaged > 3*frameMost {
		t.Errorf("%d bytes of the ring are damaged", ring.Damaged)
	}
}

// FuzzRead: no file makes the reader or a replay of what it read panic or take
// more memory than the file has reason for.
func FuzzRead(f *testing.F) {
	b := newBench(f.TempDir(), nil)
	b.quiet(3 * time.Second)
	whole := pour(b.r)
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add([]byte("\xf7fj"))
	huge := frame{version: version, kind: kindBlock, payload: binary.AppendUvarint(nil, 1<<62)}
	f.Add(huge.bytes())
	f.Fuzz(func(t *testing.T, file []byte) {
		past := Read(file)
		for i := range past.Blocks {
			_, _ = past.Blocks[i].Restore(nil) // damaged is not an error of the test
		}
	})
}

// FuzzSteps: rows of steps behind a right checksum, which FuzzRead hardly gets
// past. What is read must be written again as steps that read the same.
func FuzzSteps(f *testing.F) {
	scan(someFile(f), func(fr frame) {
		if fr.kind == kindSteps && len(fr.payload) < 2000 {
			f.Add(fr.payload)
		}
	})
	f.Fuzz(func(t *testing.T, row []byte) {
		got, _ := newCoder(1).readSteps(row)
		c := newCoder(1)
		var again []byte
		for _, s := range got {
			again = c.append(again, s.At, s.Event, nil)
		}
		back, err := newCoder(1).readSteps(again)
		if err != nil || len(back) != len(got) {
			t.Fatalf("%d steps came back as %d: %v", len(got), len(back), err)
		}
		for i := range got {
			if got[i].At != back[i].At || string(encoded(got[i].Event)) != string(encoded(back[i].Event)) {
				t.Fatalf("step %d: %+v came back as %+v", i, got[i], back[i])
			}
		}
	})
}

func encoded(e scheduler.Event) []byte { return newCoder(1).append(nil, 1, e, nil) }

// FuzzCheckpoint: no bytes make restoring panic.
func FuzzCheckpoint(f *testing.F) {
	f.Add(Checkpoint(newBench(f.TempDir(), nil).m))
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, err := Restore(b); err == nil && string(Checkpoint(m)) == "" {
			t.Error("an empty machine")
		}
	})
}
