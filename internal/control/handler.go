package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// historyDefault is how many entries GET /v1/history gives when not told.
const historyDefault = 20

// handler routes. Each path states what a caller must be allowed.
func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /v1/status", s.guarded(accessRead, s.getStatus))
	mux.Handle("GET /v1/history", s.guarded(accessRead, s.getHistory))
	mux.Handle("GET /v1/events", s.guarded(accessRead, s.getEvents))
	mux.Handle("GET /v1/board", s.guarded(accessRead, s.getBoard))
	mux.Handle("GET /v1/lines", s.guarded(accessRead, s.getLines))
	mux.Handle("GET /v1/inputs", s.guarded(accessRead, s.getInputs))
	mux.Handle("POST /v1/commands", s.guarded(accessCommand, s.postCommand))
	mux.Handle("/", s.guarded(accessRead, func(_ http.ResponseWriter, r *http.Request, _ identity) error {
		return &Error{
			Code: CodeNotFound, Text: fmt.Sprintf("no %.16s %.64q in this version of futago", r.Method, r.URL.Path),
			Do: "futago version",
		}
	}))
	return mux
}

type handlerFunc func(w http.ResponseWriter, r *http.Request, id identity) error

// guarded lets h answer a caller who may, and turns what it returns into an answer.
func (s *Server) guarded(need access, h handlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.busy.Add(1)
		defer s.busy.Done()
		id, known := r.Context().Value(identityKey{}).(identity)
		if !known || id.access(s.gid) < need {
			writeError(w, s.forbidden(id, known, need))
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, commandBytesMax+1)
		if err := h(w, r, id); err != nil {
			writeError(w, err)
		}
	})
}

func (s *Server) forbidden(id identity, known bool, need access) *Error {
	e := &Error{Code: CodeForbidden, Text: "the caller could not be identified", Do: "sudo futago status"}
	switch {
	case !known:
	case need == accessCommand:
		e.Text = fmt.Sprintf("only root may give commands, and this is %s", accountName(id.UID))
		e.Do = "the same command again with sudo"
	default:
		e.Text = fmt.Sprintf("only root and members of the group %s may ask, and %s is neither",
			s.opts.Group, accountName(id.UID))
		e.Do = fmt.Sprintf("sudo usermod -aG %s %s", s.opts.Group, accountName(id.UID))
	}
	return e
}

func (s *Server) getStatus(w http.ResponseWriter, _ *http.Request, _ identity) error {
	return writeJSON(w, http.StatusOK, s.status())
}

// status adds the age, which only this side can measure on the monotonic clock.
func (s *Server) status() Status {
	st := s.backend.Status()
	st.AgeSeconds = age(st)
	return st
}

func age(st Status) float64 { return max(0, time.Since(st.Time).Seconds()) }

func (s *Server) getHistory(w http.ResponseWriter, r *http.Request, _ identity) error {
	n := historyDefault
	if text := r.URL.Query().Get("n"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil || n < 1 || n > HistoryMax {
			return &Error{Code: CodeBadRequest, Text: fmt.Sprintf("n=%.16q is no number within 1 and %d", text, HistoryMax)}
		}
	}
	ctx, cancel := context.WithTimeout(r.Context(), historyTimeout)
	defer cancel()
	entries, err := s.backend.History(ctx, n)
	if err != nil {
		return err
	}
	if entries == nil {
		entries = []Entry{}
	}
	return writeJSON(w, http.StatusOK, entries)
}

func (s *Server) getBoard(w http.ResponseWriter, r *http.Request, _ identity) error {
	ctx, cancel := context.WithTimeout(r.Context(), boardTimeout)
	defer cancel()
	b, err := s.backend.Board(ctx)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, b)
}

func (s *Server) getLines(w http.ResponseWriter, r *http.Request, _ identity) error {
	after, err := strconv.ParseUint("0"+r.URL.Query().Get("after"), 10, 64)
	if err != nil {
		return &Error{Code: CodeBadRequest, Text: fmt.Sprintf("after=%.16q is no number", r.URL.Query().Get("after"))}
	}
	changes := s.backend.Lines(after)
	if changes == nil {
		changes = []Lines{}
	}
	return writeJSON(w, http.StatusOK, changes)
}

func (s *Server) postCommand(w http.ResponseWriter, r *http.Request, id identity) error {
	c, err := DecodeCommand(r.Body)
	if err == nil && c.Node != "" {
		err = CheckNode(c.Node, s.backend.Status().NodeNames())
	}
	if err != nil {
		return &Error{Code: CodeBadRequest, Text: err.Error(), Do: "futago --help"}
	}
	c.By = id.name()
	if err := extend(w, DoTimeout+writeTimeout); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(r.Context(), DoTimeout)
	defer cancel()
	answer, err := s.backend.Do(ctx, c)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, answer)
}

// extend gives an answer that takes longer than most its time. Reading has ended by then.
func extend(w http.ResponseWriter, d time.Duration) error {
	ctl := http.NewResponseController(w)
	if err := errors.Join(ctl.SetReadDeadline(time.Time{}), ctl.SetWriteDeadline(time.Now().Add(d))); err != nil {
		return fmt.Errorf("extend the answer's deadline: %w", err)
	}
	return nil
}

// writeJSON encodes first, so that a failure can still become an answer. That the caller went away is no one's error.
func writeJSON(w http.ResponseWriter, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)+1))
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n'))
	return nil
}

type errorDocument struct {
	Error *Error `json:"error"`
}

func writeError(w http.ResponseWriter, err error) {
	e := asError(err)
	status, ok := httpStatus[e.Code]
	if !ok {
		status = http.StatusInternalServerError
	}
	_ = writeJSON(w, status, errorDocument{Error: e})
}

// asError gives any failure of a backend a code.
func asError(err error) *Error {
	var e *Error
	switch {
	case errors.As(err, &e):
		return e
	case errors.Is(err, context.DeadlineExceeded):
		return &Error{
			Code: CodeTimeout, Text: "not done in time, and it may still happen: " + err.Error(),
			Do: "futago status --watch",
		}
	case errors.Is(err, context.Canceled):
		return &Error{
			Code: CodeBusy, Text: "the daemon is ending, and it may still happen: " + err.Error(),
			Do: "sudo systemctl status futago",
		}
	default:
		return &Error{Code: CodeInternal, Text: err.Error(), Do: "journalctl -u futago -n 50"}
	}
}
