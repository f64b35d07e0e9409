package daemon

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/internal/store"
	"github.com/futago-ha/futago/scheduler"
)

// journal keeps what operators will ask about: in the history on disk, in the
// system's log, and for those who watch.
type journal struct {
	dir     string
	node    string
	history *store.History
	log     *slog.Logger
	feed    *control.Feed
	last    *control.Entry
}

func openJournal(dir, node string, log *slog.Logger, feed *control.Feed) (*journal, error) {
	h, err := store.OpenHistory(dir)
	if err != nil {
		return nil, err
	}
	j := &journal{dir: dir, node: node, history: h, log: log, feed: feed}
	if past, err := j.read(1); err == nil && len(past) > 0 {
		j.last = &past[0]
	}
	return j, nil
}

func (j *journal) close() error { return j.history.Close() }

// write records a note. Warnings and worse are synced: they are read after a
// loss of power.
func (j *journal) write(n scheduler.Note) {
	e := control.Entry{Time: time.Now().Round(0), Node: j.node, Code: n.Code, Level: entryLevel(n.Level), Text: n.Text, Do: n.Do}
	j.log.Log(context.Background(), slogLevel(n.Level), n.Text, "code", n.Code, "do", n.Do)
	if err := j.history.Append(e, n.Level != scheduler.Info); err != nil {
		j.log.Warn("the history could not be written", "err", err)
	}
	j.last = &e
	j.feed.Add(e)
}

// read returns the last n entries, oldest first.
func (j *journal) read(n int) ([]control.Entry, error) {
	past, err := store.ReadHistory(j.dir)
	if err != nil {
		return nil, err
	}
	records := past.Records[max(0, len(past.Records)-n):]
	entries := make([]control.Entry, 0, len(records))
	for _, r := range records {
		var e control.Entry
		if err := json.Unmarshal(r, &e); err != nil {
			return nil, fmt.Errorf("read the history: %w", err)
		}
		entries = append(entries, e)
	}
	return entries, nil
}

func entryLevel(l scheduler.NoteLevel) control.EntryLevel {
	switch l {
	case scheduler.Warning:
		return control.EntryWarning
	case scheduler.Critical:
		return control.EntryCritical
	case scheduler.Info:
	}
	return control.EntryInfo
}

func slogLevel(l scheduler.NoteLevel) slog.Level {
	switch l {
	case scheduler.Warning:
		return slog.LevelWarn
	case scheduler.Critical:
		return slog.LevelError
	case scheduler.Info:
	}
	return slog.LevelInfo
}
