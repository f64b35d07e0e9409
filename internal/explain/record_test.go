package explain

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/futago-ha/futago/internal/inputs"
	"github.com/futago-ha/futago/internal/sim"
	"github.com/futago-ha/futago/scheduler"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// taped is the machine that ships behind a recorder, as in the daemon.
type taped struct {
	m *scheduler.Machine
	r *inputs.Recorder
}

func (t taped) Step(now scheduler.Instant, e scheduler.Event) []scheduler.Action {
	return t.r.Step(t.m, now, e)
}

// simSeeds are the runs of the simulator whose records the tests look at.
const simSeeds = 6

// records are what both nodes recorded in those runs, life by life.
var records = sync.OnceValues(func() ([]inputs.Past, error) {
	dir, err := os.MkdirTemp("", "ft-explain-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	var lives []*inputs.Recorder
	var dirs []string
	for seed := uint64(1); seed <= simSeeds; seed++ {
		sim.Run(sim.Options{Seed: seed, Mode: sim.Unlimited, Maker: func(b sim.Birth) sim.Brain {
			at := filepath.Join(dir, fmt.Sprint(len(lives)))
			r := inputs.NewRecorder(inputs.Options{
				Ring: filepath.Join(at, "ring"), Kept: filepath.Join(at, "kept"),
				Node: b.Config.Self, Peer: b.Config.Peer, Boot: b.Boot, Software: "1.0.0",
			})
			lives, dirs = append(lives, r), append(dirs, at)
			return taped{scheduler.New(b.Config, b.Disk, scheduler.Boot{ID: b.Boot, Session: b.Session, Now: b.Now, Wall: b.Wall}), r}
		}})
	}
	var pasts []inputs.Past
	for i, r := range lives {
		if err := written(r); err != nil {
			return nil, err
		}
		past, err := inputs.ReadPath(filepath.Join(dirs[i], "ring"))
		if errors.Is(err, fs.ErrNotExist) {
			continue // it died before it was told anything
		}
		if err != nil {
			return nil, err
		}
		pasts = append(pasts, past)
	}
	return pasts, nil
})

// written lets a recorder write what it has.
func written(r *inputs.Recorder) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	err := r.Sync(ctx)
	cancel()
	if end := <-done; end != nil {
		return end
	}
	return err
}

func allRecords(t testing.TB) []inputs.Past {
	t.Helper()
	pasts, err := records()
	if err != nil {
		t.Fatal(err)
	}
	return pasts
}
