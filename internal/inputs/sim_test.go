package inputs

import (
	"bytes"
	"slices"
	"sync"
	"testing"

	"github.com/futago-ha/futago/internal/sim"
	"github.com/futago-ha/futago/scheduler"
)

// taped is the machine that ships with a recorder before it, as in the daemon.
type taped struct {
	m *scheduler.Machine
	r *Recorder
}

func (t taped) Step(now scheduler.Instant, e scheduler.Event) []scheduler.Action {
	return t.r.Step(t.m, now, e)
}

// tapes are the records of all lives of both nodes of a run.
type tapes []*Recorder

func (t *tapes) maker(b sim.Birth) sim.Brain {
	r := NewRecorder(Options{Node: b.Config.Self, Peer: b.Config.Peer, Boot: b.Boot, Software: "test"})
	*t = append(*t, r)
	return taped{scheduler.New(b.Config, b.Disk, scheduler.Boot{ID: b.Boot, Session: b.Session, Now: b.Now, Wall: b.Wall}), r}
}

// pour takes what a recorder would have written, oldest first.
func pour(r *Recorder) []byte {
	r.guarded(func() { r.handOn(r.since) })
	var out []byte
	for _, p := range r.take() {
		out = append(out, p.bytes...)
	}
	return out
}

// simSeeds are the runs that the tests look at.
const simSeeds = 4

// simulated are the records of all lives of both nodes in runs with faults of
// any kind.
var simulated = sync.OnceValue(func() [][]byte {
	var files [][]byte
	for seed := uint64(1); seed <= simSeeds; seed++ {
		var all tapes
		sim.Run(sim.Options{Seed: seed, Mode: sim.Unlimited, Maker: all.maker})
		for _, r := range all {
			if r.broken {
				panic("the recorder broke")
			}
			files = append(files, pour(r))
		}
	}
	return files
})

// TestReplayDoesTheSame records whole runs of the simulator, in which both nodes
// are cut, killed, split and their disks fail, and decides every block again:
// each step must order the very same. It checks at the same time that a
// checkpoint holds everything that any decision depends on, for each block
// starts from one.
func TestReplayDoesTheSame(t *testing.T) {
	var blocks, steps, decisions int
	for life, file := range simulated() {
		past := Read(file)
		if past.Damaged != 0 || len(past.Left) != 0 {
			t.Fatalf("life %d: %d damaged bytes, left out: %v", life, past.Damaged, past.Left)
		}
		for i := range past.Blocks {
			b := &past.Blocks[i]
			same, err := b.Replay()
			if err != nil || b.Damaged != nil || same != len(b.Steps) {
				t.Fatalf("life %d, block %d: %d of %d steps went as recorded: %v, %v", life, i, same, len(b.Steps), err, b.Damaged)
			}
			blocks++
			steps += same
			for _, s := range b.Steps {
				decisions += len(s.Notes)
			}
		}
	}
	if blocks < 10 || steps < 3_000 || decisions < 80 {
		t.Errorf("only %d blocks, %d steps, %d notes: that proves little", blocks, steps, decisions)
	}
	t.Logf("%d blocks, %d steps, %d notes decided again", blocks, steps, decisions)
}

// TestRunsGoOnFromBlockToBlock: steps of blocks that follow each other replay
// from the checkpoint of the first, and pass the later ones' checkpoints.
func TestRunsGoOnFromBlockToBlock(t *testing.T) {
	longest := 0
	for _, file := range simulated() {
		past := Read(file)
		if len(past.Blocks) == 0 {
			continue
		}
		run := joined(&past, len(past.Blocks)-1)
		if same, err := run.Replay(); err != nil || same != len(run.Steps) {
			t.Fatalf("%d of %d steps went as recorded: %v", same, len(run.Steps), err)
		}
		m, err := past.Blocks[0].Restore(nil)
		if err != nil {
			t.Fatal(err)
		}
		for i, b := range past.Blocks {
			if i > 0 && !bytes.Equal(Checkpoint(m), b.checkpoint) {
				t.Fatalf("at block %d the machine remembers something else", i)
			}
			for _, s := range b.Steps {
				m.Step(s.At, s.Event)
			}
		}
		longest = max(longest, len(past.Blocks))
	}
	if longest < 2 {
		t.Errorf("the longest run has %d blocks", longest)
	}
}

// TestReplaySeesAnotherDecision: an input that is not the recorded one shows.
func TestReplaySeesAnotherDecision(t *testing.T) {
	seen := 0
	for _, file := range simulated()[:10] {
		for _, b := range Read(file).Blocks {
			for i, s := range b.Steps {
				if l, is := s.Event.(scheduler.Link); is && !l.Up {
					changed := b
					changed.Steps = slices.Clone(b.Steps)
					changed.Steps[i].Event = scheduler.Link{Up: true}
					if same, err := changed.Replay(); err != nil {
						t.Fatal(err)
					} else if same < len(b.Steps) {
						seen++
					}
				}
			}
		}
	}
	if seen == 0 {
		t.Error("no loss that was taken away changed anything")
	}
}
