package inputs

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/futago-ha/futago/scheduler"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(victimDir); dir != "" {
		record(dir)
		return
	}
	goleak.VerifyTestMain(m)
}

// bench is a node that can be told things: a machine behind a recorder.
type bench struct {
	r  *Recorder
	m  *scheduler.Machine
	at scheduler.Instant
	in string // directory of both
}

// lines collects what is logged.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) count(word string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), word)
}

func newBench(dir string, log *lines) *bench {
	at := scheduler.Instant(time.Hour)
	m := scheduler.New(scheduler.Config{
		Self: "raspberrypi-1", Peer: "raspberrypi-2", First: true, Preferred: true, Hold: 12 * time.Second, Pulse: time.Second,
		StartWait: time.Minute, StopTimeout: time.Minute, StartTimeout: time.Minute, BackWithin: time.Minute,
	}, scheduler.Disk{}, scheduler.Boot{ID: "boot", Session: 7, Now: at, Wall: time.Unix(1e9, 0).UTC()})
	o := Options{Ring: filepath.Join(dir, "ring"), Kept: filepath.Join(dir, "kept"), Node: "raspberrypi-1", Peer: "raspberrypi-2", Boot: "boot", Software: "1.0.0"}
	if log != nil {
		o.Log = slog.New(slog.NewTextHandler(log, nil))
	}
	return &bench{r: NewRecorder(o), m: m, at: at, in: dir}
}

// tell lets a moment pass and an event happen.
func (b *bench) tell(e scheduler.Event) []scheduler.Action {
	b.at = b.at.Add(tickPause)
	return b.r.Step(b.m, b.at, e)
}

// quiet lets time pass.
func (b *bench) quiet(d time.Duration) {
	for end := b.at.Add(d); b.at < end; {
		b.tell(scheduler.Tick{Wall: time.Unix(1e9, int64(b.at)).UTC()})
	}
}

// decide makes the machine take a decision that matters: it sees EXTIN fall
// and, with nobody there, says after two seconds that it is a victim.
func (b *bench) decide() {
	b.tell(scheduler.Lines{OK: true})
	b.tell(scheduler.Lines{OK: true, In: true})
	b.quiet(3 * time.Second)
	b.tell(scheduler.Lines{OK: true})
	b.quiet(time.Minute + time.Second) // else the same note is not told again
}

// run starts the writer and returns what ends it.
func (b *bench) run(t *testing.T) (end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.r.Run(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the writer ended with %v", err)
		}
	}
}

// sync waits until everything is in the files.
func (b *bench) sync(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := b.r.Sync(ctx); err != nil {
		t.Fatal(err)
	}
}

// past reads the files of one directory.
func (b *bench) past(t *testing.T, dir string) Past {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(b.in, dir))
	if err != nil {
		t.Fatal(err)
	}
	var files [][]byte
	for _, e := range entries {
		file, err := os.ReadFile(filepath.Join(b.in, dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return Read(files...)
}

// replays checks that all blocks go as recorded, and returns their steps.
func replays(t *testing.T, p Past) (steps int) {
	t.Helper()
	for i := range p.Blocks {
		b := &p.Blocks[i]
		same, err := b.Replay()
		if err != nil || same != len(b.Steps) {
			t.Errorf("block %d: %d of %d steps went as recorded: %v", i, same, len(b.Steps), err)
		}
		steps += same
	}
	return steps
}

// joined is a row of blocks without a gap up to one of them, as one: the first's
// memory and all their steps.
func joined(p *Past, last int) Block {
	first := last
	for first > 0 && p.Blocks[first].Follows(&p.Blocks[first-1]) {
		first--
	}
	run := p.Blocks[first]
	run.Steps = nil
	for _, b := range p.Blocks[first : last+1] {
		run.Steps = append(run.Steps, b.Steps...)
	}
	return run
}
