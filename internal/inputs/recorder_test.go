package inputs

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// TestRingHoldsEverything: every step of some minutes is in the ring at once
// when asked for, and replays.
func TestRingHoldsEverything(t *testing.T) {
	b := newBench(t.TempDir(), nil)
	end := b.run(t)
	b.quiet(5 * time.Minute)
	b.sync(t)
	if steps := replays(t, b.past(t, "ring")); steps != 3000 {
		t.Errorf("%d steps are in the ring, want 3000", steps)
	}
	if _, err := os.Stat(filepath.Join(b.in, "kept")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a quiet time touched the disk: %v", err)
	}
	end()
}

// TestDecisionIsKept: the case holds what led to the decision and what
// followed, and needs nothing of the ring.
func TestDecisionIsKept(t *testing.T) {
	b := newBench(t.TempDir(), nil)
	end := b.run(t)
	b.quiet(3 * time.Minute)
	b.decide()
	b.sync(t)
	past := b.past(t, "kept")
	replays(t, past)
	run := joined(&past, len(past.Blocks)-1)
	at := slices.IndexFunc(run.Steps, func(s Step) bool { return len(s.Notes) > 0 && s.Notes[0].Code == scheduler.CodeVictim })
	if at < 600 || len(run.Steps)-at < 200 {
		t.Errorf("the decision is step %d of %d: want a minute before it and 20 s after it", at, len(run.Steps))
	}
	end()
	names, err := cases(b.r.opts.Kept)
	if err != nil || len(names) != 1 || !strings.HasSuffix(names[0], "-EXTIN_HIGH.inputs") {
		t.Errorf("the cases are %v, %v", names, err)
	}
}

// TestFindReadsBoth: a decision is found by its time in the ring, and after a
// loss of power, which takes the ring, in what was kept.
func TestFindReadsBoth(t *testing.T) {
	b := newBench(t.TempDir(), nil)
	end := b.run(t)
	b.quiet(time.Minute)
	before := time.Now()
	b.decide()
	b.sync(t)
	end()
	for _, ring := range []string{b.r.opts.Ring, filepath.Join(b.in, "gone")} {
		found, err := Find(ring, b.r.opts.Kept, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if past := Read(found); len(past.Blocks) == 0 || replays(t, past) < 600 {
			t.Errorf("%s: %d blocks found", ring, len(past.Blocks))
		}
	}
	for _, at := range []time.Time{before.Add(-time.Hour), before.Add(time.Hour)} {
		if found, err := Find(b.r.opts.Ring, b.r.opts.Kept, at); err != nil || len(found) != 0 {
			t.Errorf("%d bytes found for a time of which nothing is kept, %v", len(found), err)
		}
	}
}

// TestFilesAreBounded: days of decisions stay within the limits.
func TestFilesAreBounded(t *testing.T) {
	b := newBench(t.TempDir(), nil)
	end := b.run(t)
	for range 60 {
		b.decide()
		b.sync(t)
	}
	end()
	names, err := cases(b.r.opts.Kept)
	if err != nil {
		t.Fatal(err)
	}
	if len(names) > casesMost || len(names) < 2 {
		t.Errorf("%d cases are kept, at most %d wanted", len(names), casesMost)
	}
	for dir, most := range map[string]int64{b.r.opts.Kept: casesBytes, b.r.opts.Ring: 2 * (ringBytes + blockBytes)} {
		if size := sizeOf(t, dir); size > most {
			t.Errorf("%s holds %d bytes, at most %d wanted", dir, size, most)
		}
	}
}

func sizeOf(t *testing.T, dir string) (size int64) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		size += info.Size()
	}
	return size
}

// TestRingTurns fills the ring more than twice.
func TestRingTurns(t *testing.T) {
	dir := t.TempDir()
	r := ring{dir: dir}
	head := frame{version: version, kind: kindBlock}
	for i := range 100 {
		head.block = uint64(i)
		f := frame{version: version, kind: kindSteps, block: head.block, index: 1, payload: make([]byte, 100<<10)}
		if err := errors.Join(r.write(piece{bytes: head.bytes(), begins: true}), r.write(piece{bytes: f.bytes()})); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.close(); err != nil {
		t.Fatal(err)
	}
	if size := sizeOf(t, dir); size > 2*(ringBytes+blockBytes) || size < ringBytes {
		t.Errorf("the ring holds %d bytes", size)
	}
	file, err := os.ReadFile(filepath.Join(dir, ringName))
	if err != nil {
		t.Fatal(err)
	}
	var last uint64
	if damaged := scan(file, func(f frame) { last = f.block }); damaged != 0 || last != 99 {
		t.Errorf("the newest block in it is %d, %d bytes damaged", last, damaged)
	}
}

// TestHangingFilesDelayNothing: with nobody to write, steps go on, the queue
// stays within its limit, and what is written later is sound.
func TestHangingFilesDelayNothing(t *testing.T) {
	b := newBench(t.TempDir(), nil)
	b.quiet(time.Minute)
	b.r.queued = queueBytes - 20<<10 // as if much had waited already
	for range 10 {
		b.decide()
	}
	if b.r.queued > queueBytes || b.r.queued < queueBytes-2<<10 || len(b.r.steps) > 2*frameBytes {
		t.Errorf("%d bytes wait in the queue and %d before it", b.r.queued, len(b.r.steps))
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := b.r.Sync(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting for files that hang ended with %v", err)
	}
	end := b.run(t)
	b.sync(t)
	b.quiet(time.Minute)
	b.sync(t)
	past := b.past(t, "ring")
	if past.Damaged != 0 || replays(t, past) < 1500 {
		t.Errorf("%d damaged bytes", past.Damaged)
	}
	gaps := 0
	for _, block := range past.Blocks[1:] {
		if block.Head.After == 0 {
			gaps++
		}
	}
	if gaps != 1 {
		t.Errorf("%d blocks are said to follow a gap, want 1", gaps)
	}
	end()
}

// strange is an event that no list has.
type strange struct{ scheduler.Tick }

// TestFaultOfTheRecordIsNotTheDaemons: the recorder gives up, the machine goes on.
func TestFaultOfTheRecordIsNotTheDaemons(t *testing.T) {
	var log lines
	b := newBench(t.TempDir(), &log)
	b.quiet(time.Second)
	b.tell(strange{})
	if !b.r.broken || log.count("no longer recorded") != 1 {
		t.Errorf("broken is %t, told %d times", b.r.broken, log.count("no longer recorded"))
	}
	b.tell(scheduler.Lines{OK: true})
	if actions := b.tell(scheduler.Board{OK: true, Woken: []string{"extin"}}); len(actions) == 0 {
		t.Error("the machine decides nothing any more")
	}
}

// TestUndoneStepIsReplayed: a write that fails is in the record as what it is,
// the next event, and no block begins in between.
func TestUndoneStepIsReplayed(t *testing.T) {
	b := newBench(t.TempDir(), nil)
	b.quiet(blockTime - tickPause)
	b.tell(scheduler.Board{OK: true, Woken: []string{"extin"}})
	b.at = b.at.Add(time.Hour)
	b.r.Step(b.m, b.at, scheduler.PersistFailed{Why: "no space left on device"})
	b.quiet(10 * time.Second)
	past := Read(pour(b.r))
	if replays(t, past); len(past.Blocks) != 2 {
		t.Errorf("%d blocks", len(past.Blocks))
	}
	if _, first := past.Blocks[1].Steps[0].Event.(scheduler.PersistFailed); first {
		t.Error("a block begins with the undoing of what was before it")
	}
}

func BenchmarkQuietStep(b *testing.B) {
	n := newBench(b.TempDir(), nil)
	for i := range b.N {
		n.tell(scheduler.Tick{Wall: time.Unix(1e9, int64(n.at)).UTC()})
		if i%1000 == 0 {
			n.r.take()
		}
	}
}
