package cli

import (
	"errors"
	"io/fs"
	"testing"

	"github.com/futago-ha/futago/fencing"
)

// memoryLine is a line that remembers.
type memoryLine struct{ high bool }

func (l *memoryLine) ReadLines() (out, in bool, err error) { return l.high, false, nil }
func (l *memoryLine) SetOut(high bool) error               { l.high = high; return nil }

func TestLateLine(t *testing.T) {
	busy, real := errors.New("busy"), &memoryLine{high: true}
	var answer error
	opened := 0
	l := &lateLine{open: func() (fencing.Line, error) {
		if answer != nil {
			return nil, answer
		}
		opened++
		return real, nil
	}}
	answer = fs.ErrNotExist
	if out, _, err := l.ReadLines(); out || err != nil {
		t.Errorf("no bus: out %t, %v", out, err)
	}
	if err := l.SetOut(false); err != nil {
		t.Errorf("no bus: lower: %v", err)
	}
	if err := l.SetOut(true); err == nil {
		t.Error("no bus: raised what is not there")
	}
	answer = busy
	if err := l.SetOut(false); !errors.Is(err, busy) {
		t.Errorf("a bus that cannot be opened: lower: %v", err)
	}
	if _, _, err := l.ReadLines(); !errors.Is(err, busy) {
		t.Errorf("a bus that cannot be opened: read: %v", err)
	}
	answer = nil
	if err := l.SetOut(false); err != nil || real.high {
		t.Errorf("the board appeared: high %t, %v", real.high, err)
	}
	if _, _, err := l.ReadLines(); err != nil || opened != 1 {
		t.Errorf("read: %v, opened %d times, want once", err, opened)
	}
}
