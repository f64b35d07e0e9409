package daemon

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/internal/inputs"
	"github.com/futago-ha/futago/scheduler"
)

// TestDaemonRecordsItself: what a running daemon was told is answered at its
// socket, goes as recorded when it is decided again, and is kept when it ends.
func TestDaemonRecordsItself(t *testing.T) {
	defer goleak.VerifyNone(t)
	d, _, done := running(t)
	ctx, end := context.WithTimeout(context.Background(), stepLimit)
	defer end()
	client := control.NewClient(d.opts.Socket)
	_, _ = client.Do(ctx, control.Command{Verb: control.VerbMove, Node: two}) // refused, and recorded
	got, err := client.Inputs(ctx, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	told(t, got.Record, scheduler.VerbMove)
	d.Leave(scheduler.StopRequested{Restart: true})
	ended(t, done)
	file, err := os.ReadFile(filepath.Join(d.opts.ringDir(), "inputs"))
	if err != nil {
		t.Fatal(err)
	}
	told(t, file, scheduler.VerbMove)
}

// told checks that a record replays and has the command in it.
func told(t *testing.T, record []byte, verb scheduler.Verb) {
	t.Helper()
	past := inputs.Read(record)
	if len(past.Blocks) != 1 || past.Damaged != 0 {
		t.Fatalf("the record has %d blocks, %d bytes damaged, left out: %v", len(past.Blocks), past.Damaged, past.Left)
	}
	b := &past.Blocks[0]
	if same, err := b.Replay(); err != nil || same != len(b.Steps) || b.Head.Node != one || b.Head.Peer != two {
		t.Errorf("%d of %d steps of %s went as recorded: %v", same, len(b.Steps), b.Head.Node, err)
	}
	for _, s := range b.Steps {
		if c, is := s.Event.(scheduler.Command); is && c.Verb == verb {
			return
		}
	}
	t.Errorf("no %s among %d steps", verb, len(b.Steps))
}
