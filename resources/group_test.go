package resources

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"go.uber.org/goleak"
)

var serial atomic.Int64 // names and ports are never used twice

// harness runs one Group against the shared engine and keeps what it reports.
type harness struct {
	t      testing.TB
	e      *testEngine
	g      *Group
	states chan State // the newest only
	other  chan Report
	state  State
	nextID uint64
	stop   func()
}

func webSpec() Spec {
	n := serial.Add(1)
	port := 20000 + n
	return Spec{
		Name: fmt.Sprintf("web-%d", n), Image: "web", Ports: []string{fmt.Sprintf("%d:80", port)},
		StopTimeout: 2 * time.Second, StartTimeout: 20 * time.Second,
		Health: Health{HTTP: fmt.Sprintf("http://127.0.0.1:%d/", port), Interval: 200 * time.Millisecond},
	}
}

func options(e *testEngine) Options {
	return Options{Host: e.host(), Cluster: "apache", Patience: 2 * time.Second, Resync: 2 * time.Second}
}

func testLog() *slog.Logger {
	if os.Getenv("FUTAGO_TEST_LOG") != "" {
		return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	return slog.New(slog.DiscardHandler)
}

// run starts a Group, waits for its first State and checks at the end that Run leaves nothing behind.
func run(t testing.TB, specs ...Spec) *harness {
	t.Helper()
	h := start(t, needEngine(t).host(), specs...)
	h.await("first state", func(State) bool { return true })
	return h
}

func start(t testing.TB, host string, specs ...Spec) *harness {
	t.Helper()
	e := needEngine(t)
	before := goleak.IgnoreCurrent()
	o := options(e)
	o.Host = host
	g, err := New(o, specs, testLog())
	if err != nil {
		t.Fatal(err)
	}
	h := &harness{t: t, e: e, g: g, states: make(chan State, 1), other: make(chan Report, 1000)}
	ctx, cancel := context.WithCancel(context.Background())
	ran, drained := make(chan error, 1), make(chan struct{})
	go func() { ran <- g.Run(ctx) }()
	go func() { defer close(drained); h.drain() }()
	h.stop = func() {
		h.stop = func() {}
		cancel()
		if err := <-ran; err != nil {
			t.Errorf("Run: %v", err)
		}
		<-drained
		e.raw.Close()
		if err := goleak.Find(before); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(func() {
		h.stop()
		for _, s := range specs {
			e.remove(s.Name)
		}
	})
	return h
}

func (h *harness) drain() {
	for r := range h.g.Reports() {
		s, ok := r.(State)
		if !ok {
			h.other <- r
			continue
		}
		select {
		case <-h.states:
		default:
		}
		h.states <- s
	}
}

const giveUp = 40 * time.Second

// await waits for a state that fits.
func (h *harness) await(what string, fits func(State) bool) State {
	h.t.Helper()
	timeout := time.After(giveUp)
	for {
		select {
		case h.state = <-h.states:
			if fits(h.state) {
				return h.state
			}
		case <-timeout:
			h.t.Fatalf("no state with %s; the last: %+v", what, h.state)
		}
	}
}

// report waits for a report of one kind and passes over the others.
func report[T Report](h *harness) T {
	h.t.Helper()
	timeout := time.After(giveUp)
	for {
		select {
		case r := <-h.other:
			if want, ok := r.(T); ok {
				return want
			}
		case <-timeout:
			var want T
			h.t.Fatalf("no %T; the last state: %+v", want, h.state)
		}
	}
}

func (h *harness) apply(level Level) uint64 {
	h.nextID++
	h.g.Apply(h.nextID, level)
	return h.nextID
}

// to applies a level and wants it done.
func (h *harness) to(level Level) {
	h.t.Helper()
	id := h.apply(level)
	if r := report[Result](h); r.ID != id || r.Outcome != Done || r.Level != level {
		h.t.Fatalf("apply %v: %+v", level, r)
	}
}

// refused applies a level and wants it refused with the code.
func (h *harness) refused(level Level, code Code) Problem {
	h.t.Helper()
	id := h.apply(level)
	r := report[Result](h)
	if r.ID != id || r.Outcome != Refused || r.Problem.Code != code {
		h.t.Fatalf("apply %v: want refused with %s, got %+v", level, code, r)
	}
	if r.Problem.Text == "" || r.Problem.Do == "" {
		h.t.Errorf("a refusal without sentence or command: %+v", r.Problem)
	}
	return r.Problem
}

// running asks the engine past the code under test.
func (e *testEngine) running(t testing.TB, name string) bool {
	t.Helper()
	c, err := e.raw.ContainerInspect(context.Background(), name)
	if err != nil {
		if strings.Contains(err.Error(), "No such container") {
			return false
		}
		t.Fatal(err)
	}
	return c.State.Running
}

func (e *testEngine) id(t testing.TB, name string) string {
	t.Helper()
	c, err := e.raw.ContainerInspect(context.Background(), name)
	if err != nil {
		t.Fatal(err)
	}
	return c.ID
}

func (e *testEngine) remove(name string) {
	_ = e.raw.ContainerRemove(context.Background(), name, container.RemoveOptions{Force: true})
}

func (e *testEngine) kill(t testing.TB, name string) {
	t.Helper()
	if err := e.raw.ContainerKill(context.Background(), name, "KILL"); err != nil {
		t.Fatal(err)
	}
}

// make creates a container as a person would.
func (e *testEngine) make(t testing.TB, name, image string, host *container.HostConfig, run bool) string {
	t.Helper()
	c, err := e.raw.ContainerCreate(context.Background(), &container.Config{Image: image}, host, nil, nil, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.remove(name) })
	if run {
		if err := e.raw.ContainerStart(context.Background(), c.ID, container.StartOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	return c.ID
}

// answers tries until the URL gives 200.
func answers(t testing.TB, url string) {
	t.Helper()
	// A SYN lost while the engine sets up its rules must not cost the second until TCP sends it again.
	c := &http.Client{Timeout: 100 * time.Millisecond, Transport: &http.Transport{DisableKeepAlives: true}}
	for end := time.Now().Add(giveUp); time.Now().Before(end); <-time.After(2 * time.Millisecond) {
		resp, err := c.Get(url)
		if err != nil {
			continue
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			return
		}
	}
	t.Fatalf("%s never answered", url)
}

func TestLevelsOfExclusiveAndOverlap(t *testing.T) {
	over, alone := webSpec(), webSpec()
	over.Overlap = true
	h := run(t, over, alone)
	if h.state.Applied || h.state.Exclusive != No || h.state.Overlap != No || h.state.Ready {
		t.Fatalf("first state: %+v", h.state)
	}
	h.to(None)
	h.await("both made ahead", func(s State) bool { return s.Ready && s.Reached })
	if h.e.running(t, over.Name) || h.e.running(t, alone.Name) {
		t.Fatal("None runs something")
	}
	h.to(Prepared)
	if !h.e.running(t, over.Name) || h.e.running(t, alone.Name) {
		t.Fatal("Prepared must run exactly the overlap container")
	}
	h.to(Running)
	answers(t, over.Health.HTTP)
	answers(t, alone.Health.HTTP)
	s := h.await("healthy", func(s State) bool { return s.Healthy && s.Reached })
	if s.Exclusive != Yes || s.Overlap != Yes || s.Engine != "" {
		t.Fatalf("running: %+v", s)
	}
	h.to(Prepared)
	if !h.e.running(t, over.Name) || h.e.running(t, alone.Name) {
		t.Fatal("back to Prepared must stop exactly the exclusive container")
	}
	h.to(None)
	if h.e.running(t, over.Name) {
		t.Fatal("None runs something")
	}
}

func TestRunLeavesContainersAndTheNextTakesThemOver(t *testing.T) {
	s := webSpec()
	h := run(t, s)
	h.to(Running)
	id := h.e.id(t, s.Name)
	h.stop()
	if !h.e.running(t, s.Name) {
		t.Fatal("the end of Run stopped the service")
	}
	h = run(t, s)
	if h.state.Exclusive != Yes || h.state.Applied {
		t.Fatalf("the probe at start did not see it: %+v", h.state)
	}
	h.to(Running)
	if now := h.e.id(t, s.Name); now != id {
		t.Fatalf("made anew: %s, was %s", now, id)
	}
}

func TestKilledContainerIsRestartedInPlaceThenGivenUp(t *testing.T) {
	s := webSpec()
	s.Restarts = 2
	h := run(t, s)
	h.to(Running)
	for i := range 2 {
		began := time.Now()
		h.e.kill(t, s.Name)
		answers(t, s.Health.HTTP)
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("restart took %v", took)
		}
		h.await("healthy again", func(st State) bool { return st.Healthy && st.Containers[0].Restarts == i+1 })
	}
	if tr := report[Trouble](h); tr.Problem.Code != ContainerExited || tr.Container != s.Name {
		t.Errorf("the death was not told: %+v", tr)
	}
	h.e.kill(t, s.Name)
	if f := report[Failed](h); f.Problem.Code != RestartsExhausted || !strings.Contains(f.Problem.Text, "137") {
		t.Errorf("want exhausted because of exit 137: %+v", f)
	}
	h.await("up again by a slow retry", func(st State) bool { return st.Healthy })
}

func TestApplySupersedes(t *testing.T) {
	s := webSpec()
	s.Image = "deaf" // never answers its probe, so the start goes on until it is broken off
	s.StopTimeout = time.Second
	h := run(t, s)
	first := h.apply(Running)
	h.await("started", func(st State) bool { return st.Exclusive == Yes })
	began := time.Now()
	second := h.apply(None)
	if r := report[Result](h); r.ID != first || r.Outcome != Superseded {
		t.Fatalf("first: %+v", r)
	}
	if r := report[Result](h); r.ID != second || r.Outcome != Done {
		t.Fatalf("second: %+v", r)
	}
	if took := time.Since(began); took > 6*time.Second {
		t.Errorf("breaking off and killing a deaf container took %v", took)
	}
	if h.e.running(t, s.Name) {
		t.Fatal("it runs")
	}
}

func TestEveryApplyIsAnsweredOnce(t *testing.T) {
	h := run(t, webSpec())
	const n = 40
	for i := range n {
		h.apply(Level(i % 3))
	}
	seen := map[uint64]Outcome{}
	for range n {
		r := report[Result](h)
		if _, twice := seen[r.ID]; twice {
			t.Fatalf("id %d answered twice", r.ID)
		}
		seen[r.ID] = r.Outcome
	}
	if len(seen) != n || seen[n] != Done {
		t.Fatalf("answers: %v", seen)
	}
}

func TestNewRefusesNonsenseAllAtOnce(t *testing.T) {
	_, err := New(Options{Patience: time.Millisecond}, []Spec{{Name: "x"}, {Name: "ok", Image: "i", Ports: []string{"0:1"}}, {Name: "ok", Image: "i"}}, testLog())
	for _, want := range []string{"patience", "cluster", `name "x"`, `image ""`, "port \"0:1\"", "used twice"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q in: %v", want, err)
		}
	}
}
