package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// getEvents writes one event per line until the caller goes, falls behind for writeTimeout, or the daemon ends. Signs
// of life go out in between, so that both ends notice a dead one.
func (s *Server) getEvents(w http.ResponseWriter, r *http.Request, _ identity) error {
	select {
	case s.streams <- struct{}{}:
		defer func() { <-s.streams }()
	default:
		return &Error{Code: CodeBusy, Text: fmt.Sprintf("there are %d event streams already", cap(s.streams)), Do: "futago status"}
	}
	out := &streamWriter{w: w, ctl: http.NewResponseController(w)}
	if err := out.ctl.SetReadDeadline(time.Time{}); err != nil {
		return fmt.Errorf("extend the stream's deadline: %w", err)
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	w.WriteHeader(http.StatusOK)
	g, ctx := errgroup.WithContext(r.Context())
	g.Go(func() error {
		if err := s.backend.Watch(ctx, func(e Event) error { return out.write(withAge(e)) }); err != nil {
			return err
		}
		return errStreamEnded
	})
	g.Go(func() error { return s.keepAlive(ctx, out) })
	if err := g.Wait(); err != nil && !errors.Is(err, errStreamEnded) {
		s.opts.Log.Debug("event stream ended", "error", err) // headers are out: there is no one left to tell
	}
	return nil
}

// errStreamEnded ends the other half of a stream.
var errStreamEnded = errors.New("event stream ended")

func (s *Server) keepAlive(ctx context.Context, out *streamWriter) error {
	tick := time.NewTicker(s.aliveInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if err := out.write(Event{AgeSeconds: age(s.backend.Status())}); err != nil {
				return err
			}
		}
	}
}

// withAge copies: the snapshot is shared by all readers.
func withAge(e Event) Event {
	if e.Status != nil {
		st := *e.Status
		st.AgeSeconds = age(st)
		e.Status = &st
	}
	return e
}

// streamWriter writes whole lines, one at a time.
type streamWriter struct {
	mu  sync.Mutex
	w   http.ResponseWriter
	ctl *http.ResponseController
}

func (o *streamWriter) write(e Event) error {
	line, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("encode event: %w", err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.ctl.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return fmt.Errorf("write event: %w", err)
	}
	if _, err := o.w.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("write event: %w", err)
	}
	if err := o.ctl.Flush(); err != nil {
		return fmt.Errorf("write event: %w", err)
	}
	return nil
}
