package cli

import (
	"errors"
	"io/fs"

	"github.com/futago-ha/futago/fencing"
)

// lateLine opens the board when it is first needed, and tries again at each call until it is there: a guard without a
// board must neither die and be started anew every second, nor miss the board when it appears. While there is no such
// bus on this machine at all, there is no line that could be up. Calls come one at a time.
type lateLine struct {
	open func() (fencing.Line, error)
	line fencing.Line
}

func (l *lateLine) opened() (fencing.Line, error) {
	if l.line != nil {
		return l.line, nil
	}
	line, err := l.open()
	if errors.Is(err, fs.ErrNotExist) {
		return noLine{}, nil
	}
	if err != nil {
		return nil, err
	}
	l.line = line
	return line, nil
}

// ReadLines reads both lines.
func (l *lateLine) ReadLines() (out, in bool, err error) {
	line, err := l.opened()
	if err != nil {
		return false, false, err
	}
	return line.ReadLines()
}

// SetOut raises or lowers EXTOUT.
func (l *lateLine) SetOut(high bool) error {
	line, err := l.opened()
	if err != nil {
		return err
	}
	return line.SetOut(high)
}

// noLine is a machine without the bus.
type noLine struct{}

func (noLine) ReadLines() (out, in bool, err error) { return false, false, nil }

func (noLine) SetOut(high bool) error {
	if high {
		return fs.ErrNotExist
	}
	return nil
}
