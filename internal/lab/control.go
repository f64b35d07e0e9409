package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"
)

// The control socket speaks HTTP with JSON bodies: GET /v1/status answers
// Status, POST /v1/do takes a Command. It is root's alone.

// Command is one act on the lab: a verb of Verbs with its arguments.
type Command struct {
	Verb string   `json:"verb"`
	Args []string `json:"args"`
}

// Status is what there is to see of a lab.
type Status struct {
	Name    string         `json:"name"`
	PID     int            `json:"pid"` // of the lab's process
	Nodes   [2]NodeStatus  `json:"nodes"`
	Boards  [2]BoardStatus `json:"boards"`
	Network []string       `json:"network"` // what is not as it should be
	// The namespaces that no node has, as paths for nsenter(1).
	ClientNS string `json:"client_ns"`
	SwitchNS string `json:"switch_ns"`
	RouterNS string `json:"router_ns"`
}

// BoardStatus is what there is to see of a power board.
type BoardStatus struct {
	Supply  bool   `json:"supply"`
	Powered bool   `json:"powered"`
	ExtOut  bool   `json:"extout"`
	ExtIn   bool   `json:"extin"`
	Armed   bool   `json:"armed"`
	Wire    string `json:"wire"`
	Wakeup  string `json:"wakeup"`
}

// failure is the body of every answer that is not 200.
type failure struct {
	Error string `json:"error"`
}

// maxBody bounds what either side of the control socket reads.
const maxBody = 1 << 20

func controlSocket(runDir string) string { return filepath.Join(runDir, "lab.sock") }

func (l *Lab) listenControl(ctx context.Context) (net.Listener, error) {
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "unix", controlSocket(l.opts.runDir()))
	if err != nil {
		return nil, fmt.Errorf("listen on the control socket: %w", err)
	}
	return ln, nil
}

// serveControl serves the control socket until ctx ends.
func (l *Lab) serveControl(ctx context.Context, ln net.Listener) error {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/status", func(w http.ResponseWriter, _ *http.Request) { answer(w, l.Status()) })
	mux.HandleFunc("POST /v1/do", l.handleDo)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: time.Second, BaseContext: func(net.Listener) context.Context { return ctx }}
	var g errgroup.Group
	g.Go(func() error {
		if err := server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve the control socket: %w", err)
		}
		return nil
	})
	g.Go(func() error {
		<-ctx.Done()
		return server.Close()
	})
	return g.Wait()
}

func (l *Lab) handleDo(w http.ResponseWriter, r *http.Request) {
	var c Command
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&c); err != nil {
		fail(w, http.StatusBadRequest, fmt.Errorf("decode command: %w", err))
		return
	}
	if err := l.Do(r.Context(), c); err != nil {
		fail(w, http.StatusConflict, err)
		return
	}
	answer(w, l.Status())
}

func answer(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body) // the caller sees a broken answer
}

func fail(w http.ResponseWriter, code int, err error) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(failure{err.Error()}) // likewise
}

// Remote is a lab in another process.
type Remote struct{ http http.Client }

// Connect returns a lab of this machine by its control socket. It does not
// ask yet whether anybody is there.
func Connect(o Options) *Remote {
	setDefault(&o.RunDir, DefaultRunDir)
	setDefault(&o.Name, "lab")
	path := controlSocket(o.runDir())
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}
	return &Remote{http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}}
}

// ErrNoLab is returned where no lab of the name answers.
var ErrNoLab = errors.New("no lab runs (start one: sudo futago-lab up)")

// Status asks for the lab's status.
func (r *Remote) Status(ctx context.Context) (Status, error) {
	return r.call(ctx, http.MethodGet, "/v1/status", nil)
}

// Do sends a command and returns the status after it.
func (r *Remote) Do(ctx context.Context, c Command) (Status, error) {
	return r.call(ctx, http.MethodPost, "/v1/do", c)
}

func (r *Remote) call(ctx context.Context, method, path string, body any) (Status, error) {
	content, err := json.Marshal(body)
	if err != nil {
		return Status{}, fmt.Errorf("encode command: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://lab"+path, bytes.NewReader(content))
	if err != nil {
		return Status{}, err
	}
	resp, err := r.http.Do(req)
	if err != nil {
		return Status{}, fmt.Errorf("%w: %w", ErrNoLab, err)
	}
	defer resp.Body.Close()
	return readAnswer(resp)
}

func readAnswer(resp *http.Response) (Status, error) {
	dec := json.NewDecoder(io.LimitReader(resp.Body, maxBody))
	if resp.StatusCode != http.StatusOK {
		var f failure
		if err := dec.Decode(&f); err != nil {
			return Status{}, fmt.Errorf("the lab answered %s: %w", resp.Status, err)
		}
		return Status{}, errors.New(f.Error)
	}
	var s Status
	if err := dec.Decode(&s); err != nil {
		return s, fmt.Errorf("decode the lab's status: %w", err)
	}
	return s, nil
}
