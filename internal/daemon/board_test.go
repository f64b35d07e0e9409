package daemon

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/futago-ha/futago/fencing"
	"github.com/futago-ha/futago/internal/control"
	"go.uber.org/goleak"
)

// TestBoardThroughTheSocket reads the registers while a whole daemon has the
// board, and sees its lines.
func TestBoardThroughTheSocket(t *testing.T) {
	defer goleak.VerifyNone(t)
	d, cancel, done := running(t)
	client := control.NewClient(d.opts.Socket)
	ctx, end := context.WithTimeout(context.Background(), stepLimit)
	defer end()
	b, err := client.Board(ctx)
	if err != nil || b.Node != one || len(b.Registers) != 13 || b.Registers[12].Name != "version" || b.Registers[12].Value != "3" {
		t.Errorf("the board is %+v, %v", b, err)
	}
	var lines []control.Lines
	for len(lines) == 0 && ctx.Err() == nil {
		if lines, err = client.Lines(ctx, 0); err != nil {
			t.Fatal(err)
		}
	}
	if len(lines) == 0 || lines[0].Out || lines[0].In || lines[0].Fault != "" {
		t.Errorf("the lines are %+v", lines)
	}
	cancel()
	ended(t, done)
}

func TestLineLogKeepsChanges(t *testing.T) {
	var l lineLog
	at := time.Now()
	say := func(r fencing.Lines) {
		at = at.Add(time.Second)
		r.At = at
		l.add(r)
	}
	say(fencing.Lines{Seconds: -1})
	say(fencing.Lines{Seconds: -1}) // nothing new
	say(fencing.Lines{In: true, Seconds: 1})
	say(fencing.Lines{In: true, Seconds: 2})
	say(fencing.Lines{Err: errors.New("no answer")})
	all := l.since(0)
	if len(all) != 4 || !all[1].In || all[2].Seconds != 2 || all[3].Fault == "" {
		t.Fatalf("kept %+v", all)
	}
	for i, c := range all[1:] {
		if c.Seq <= all[i].Seq {
			t.Errorf("number %d after %d", c.Seq, all[i].Seq)
		}
	}
	if got := l.since(all[2].Seq); len(got) != 1 || got[0] != all[3] {
		t.Errorf("after the third: %+v", got)
	}
	if got := l.since(all[3].Seq); got != nil {
		t.Errorf("after the last: %+v", got)
	}
	for range 2 * control.LinesMax {
		say(fencing.Lines{Out: true, Seconds: -1})
		say(fencing.Lines{Seconds: -1})
	}
	if got := l.since(0); len(got) != control.LinesMax {
		t.Errorf("%d changes are kept", len(got))
	}
}
