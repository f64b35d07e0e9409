package measure

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"sync"

	"golang.org/x/sync/errgroup"
)

// Watch is a running measurement.
type Watch struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	work  errgroup.Group

	mu      sync.Mutex
	record  Record
	changed chan struct{}
}

// Record is what a client saw, in the order in which it was seen.
type Record struct {
	Requests []Request
	Probes   []Probe
}

// Start runs cmd, a process that calls RunChild, by start (which may do so in
// another namespace) and collects what it records. Stop ends it.
func Start(plan Plan, cmd *exec.Cmd, start func(*exec.Cmd) error) (*Watch, error) {
	plan, err := plan.withDefaults()
	if err != nil {
		return nil, err
	}
	first, err := json.Marshal(plan)
	if err != nil {
		return nil, fmt.Errorf("encode plan: %w", err)
	}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := start(cmd); err != nil {
		return nil, fmt.Errorf("start measuring: %w", err)
	}
	w := &Watch{cmd: cmd, stdin: stdin, changed: make(chan struct{})}
	w.work.Go(func() error { return w.collect(stdout) })
	if _, err := stdin.Write(append(first, '\n')); err != nil {
		return nil, errors.Join(fmt.Errorf("send plan: %w", err), w.end())
	}
	return w, nil
}

func (w *Watch) collect(r io.Reader) error {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		var l line
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			return fmt.Errorf("decode record %q: %w", lines.Text(), err)
		}
		w.add(l)
	}
	return lines.Err()
}

func (w *Watch) add(l line) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if l.Request != nil {
		w.record.Requests = append(w.record.Requests, *l.Request)
	}
	if l.Probe != nil {
		w.record.Probes = append(w.record.Probes, *l.Probe)
	}
	close(w.changed)
	w.changed = make(chan struct{})
}

// Snapshot returns what was recorded so far, and a channel that is closed at
// the next record.
func (w *Watch) Snapshot() (Record, <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n, m := len(w.record.Requests), len(w.record.Probes)
	// The elements are never changed, so the slices may be shared.
	return Record{w.record.Requests[:n:n], w.record.Probes[:m:m]}, w.changed
}

// Stop ends the measurement, waits for the requests under way and returns
// all that was recorded.
func (w *Watch) Stop() (Record, error) {
	err := w.end()
	r, _ := w.Snapshot()
	return r, err
}

func (w *Watch) end() error {
	err := w.stdin.Close()
	return errors.Join(err, w.work.Wait(), w.cmd.Wait())
}
