package daemon

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/futago-ha/futago/fencing"
	"github.com/futago-ha/futago/fencing/sleepi3"
	"github.com/futago-ha/futago/internal/control"
)

// Board reads the registers between two transfers of the line's worker, who
// alone talks to the board.
func (b backend) Board(ctx context.Context) (control.Board, error) {
	var r sleepi3.Registers
	err := b.d.fencer.Inspect(ctx, func() (err error) {
		r, err = b.d.dev.Registers()
		return err
	})
	if err != nil {
		return control.Board{}, control.Refuse("The power board could not be read: "+firstLine(err), "sudo i2cdetect -y 1")
	}
	return BoardOf(b.d.opts.node().Name, time.Now(), r), nil
}

// BoardOf says in the words of the control socket what was read from a board.
func BoardOf(node string, at time.Time, r sleepi3.Registers) control.Board {
	board := control.Board{Time: at, Node: node}
	for _, row := range r.Rows() {
		board.Registers = append(board.Registers, control.Register{
			Addr: int(row.Addr), Name: row.Name, Value: row.Value, Words: row.Words,
		})
	}
	return board
}

// Lines returns what the lines did lately.
func (b backend) Lines(after uint64) []control.Lines { return b.d.lines.since(after) }

// lineLog keeps the last changes of the board's lines for those who watch. It
// is written by the loop and read by the control socket.
type lineLog struct {
	mu   sync.Mutex
	seen []control.Lines
}

// add keeps a reading that says something new: another level, another second.
func (l *lineLog) add(r fencing.Lines) {
	now := control.Lines{Time: r.At, Out: r.Out, In: r.In, Seconds: max(r.Seconds, 0)}
	if r.Err != nil {
		now = control.Lines{Time: r.At, Fault: firstLine(fmt.Errorf("the power board could not be read: %w", r.Err))}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now.Seq = uint64(now.Time.UnixMilli()) // above those of a daemon that ran before
	if n := len(l.seen); n > 0 {
		last := l.seen[n-1]
		now.Seq = last.Seq
		last.Time = now.Time
		if last == now {
			return
		}
	}
	now.Seq++
	l.seen = append(l.seen, now)
	if len(l.seen) > control.LinesMax {
		l.seen = slices.Delete(l.seen, 0, len(l.seen)-control.LinesMax)
	}
}

func (l *lineLog) since(after uint64) []control.Lines {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.IndexFunc(l.seen, func(c control.Lines) bool { return c.Seq > after })
	if i < 0 {
		return nil
	}
	return slices.Clone(l.seen[i:])
}
