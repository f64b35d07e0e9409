package resources

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
)

// The engine hangs while serving: the service, whose probe still answers, is left alone and its state is Unknown.
func TestHungEngineWhileServing(t *testing.T) {
	s := webSpec()
	h := run(t, s)
	h.to(Running)
	h.e.signal(t, syscall.SIGSTOP)
	defer h.e.signal(t, syscall.SIGCONT)
	st := h.await("hung", func(st State) bool { return st.Engine == EngineHung && st.Exclusive == Unknown })
	if !st.Containers[0].Healthy {
		t.Errorf("the probe still answers: %+v", st)
	}
	if tr := report[Trouble](h); tr.Container != "" || tr.Problem.Code != EngineHung {
		t.Errorf("trouble: %+v", tr)
	}
	h.e.signal(t, syscall.SIGCONT)
	h.await("well again", func(st State) bool { return st.Engine == "" && st.Exclusive == Yes && st.Reached })
}

// Stopping must not depend on an engine that hangs: the kernel kills and proves it.
func TestStopPastAHungEngine(t *testing.T) {
	s := webSpec()
	h := run(t, s)
	h.to(Running)
	h.e.signal(t, syscall.SIGSTOP)
	defer h.e.signal(t, syscall.SIGCONT)
	began := time.Now()
	h.to(None)
	if took := time.Since(began); took > s.StopTimeout+2*h.g.options.Patience {
		t.Errorf("took %v", took)
	}
	if conn, err := net.Dial("tcp", "127.0.0.1:"+strings.TrimSuffix(s.Ports[0], ":80")); err == nil {
		_ = conn.SetDeadline(time.Now().Add(time.Second))
		_, _ = conn.Write([]byte("GET / HTTP/1.0\r\n\r\n"))
		if n, _ := conn.Read(make([]byte, 1)); n > 0 {
			t.Error("it still answers")
		}
		conn.Close()
	}
	h.e.signal(t, syscall.SIGCONT)
	h.await("engine back", func(st State) bool { return st.Engine == "" && st.Exclusive == No })
	// The kernel says so at once; an engine that was away hears of it when it comes to its events.
	ctx, cancel := context.WithTimeout(t.Context(), giveUp)
	defer cancel()
	stopped, failed := h.e.raw.ContainerWait(ctx, s.Name, container.WaitConditionNotRunning)
	select {
	case <-stopped:
	case err := <-failed:
		t.Fatalf("the engine says that it runs: %v", err)
	}
}

// A ready node with a hung engine can still prove that it runs nothing, and cannot start anything.
func TestReadyNodeWithAHungEngine(t *testing.T) {
	s := webSpec()
	h := run(t, s)
	h.to(None)
	h.await("made", func(st State) bool { return st.Ready })
	h.e.signal(t, syscall.SIGSTOP)
	defer h.e.signal(t, syscall.SIGCONT)
	h.refused(Running, EngineHung)
	h.to(None)
	h.e.signal(t, syscall.SIGCONT)
	h.await("made still", func(st State) bool { return st.Reached && st.Ready && st.Engine == "" })
}

// before stands before the real engine and lets handle see each request first.
func before(t *testing.T, e *testEngine, handle func(w http.ResponseWriter, r *http.Request, engine http.Handler)) (host string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", filepath.Join(e.dir, "s"))
	}}
	proxy := &httputil.ReverseProxy{
		Transport: transport, FlushInterval: -1, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0),
		Rewrite: func(r *httputil.ProxyRequest) { r.Out.URL.Scheme, r.Out.URL.Host = "http", "engine" },
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handle(w, r, proxy) })}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { server.Close(); transport.CloseIdleConnections() })
	return "unix://" + path
}

// slowStart holds back every start until released, even when its client is gone: what a hung engine does with a request that
// waits in its socket.
func slowStart(t *testing.T, e *testEngine) (host string, arrived chan struct{}, release func()) {
	t.Helper()
	arrived, held := make(chan struct{}, 10), make(chan struct{})
	release = sync.OnceFunc(func() { close(held) })
	host = before(t, e, func(w http.ResponseWriter, r *http.Request, engine http.Handler) {
		if strings.HasSuffix(r.URL.Path, "/start") {
			arrived <- struct{}{}
			<-held
			r = r.WithContext(context.WithoutCancel(r.Context()))
		}
		engine.ServeHTTP(w, r)
	})
	t.Cleanup(release)
	return host, arrived, release
}

// A busy engine has not heard yet that a container is dead when the probe meets its closed port: the death is told, not an
// ill health, and how it ended if the engine says so before long.
func TestDeathThatTheEngineTellsLate(t *testing.T) {
	for text, late := range map[string]time.Duration{"exited with code 137": 900 * time.Millisecond, "did not say how": 6 * time.Second} {
		t.Run(text, func(t *testing.T) { toldLate(t, late, text) })
	}
}

func toldLate(t *testing.T, late time.Duration, text string) {
	e, s := needEngine(t), webSpec()
	var mu sync.Mutex
	var alive []byte // what an inspection said last while it ran
	var until time.Time
	host := before(t, e, func(w http.ResponseWriter, r *http.Request, engine http.Handler) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/events"):
			w.WriteHeader(http.StatusOK)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		case strings.HasSuffix(r.URL.Path, "/"+s.Name+"/json"):
			answer := httptest.NewRecorder()
			engine.ServeHTTP(answer, r)
			mu.Lock()
			defer mu.Unlock()
			if strings.Contains(answer.Body.String(), `"Running":true`) {
				alive = answer.Body.Bytes()
			} else if time.Now().Before(until) {
				answer.Body = bytes.NewBuffer(alive)
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(answer.Code)
			_, _ = w.Write(answer.Body.Bytes())
		default:
			engine.ServeHTTP(w, r)
		}
	})
	h := start(t, host, s)
	h.to(Running)
	mu.Lock()
	until = time.Now().Add(late)
	mu.Unlock()
	e.kill(t, s.Name)
	if tr := report[Trouble](h); tr.Problem.Code != ContainerExited || !strings.Contains(tr.Problem.Text, text) {
		t.Errorf("the death was not told: %+v", tr)
	}
	h.await("healthy again", func(st State) bool { return st.Healthy && st.Containers[0].Restarts == 1 })
}

// A start that the engine has not answered may still come to life: None is not Done before that is settled.
func TestStartUnderWayInAHungEngineIsNotForgotten(t *testing.T) {
	e, s := needEngine(t), webSpec()
	host, arrived, release := slowStart(t, e)
	h := start(t, host, s)
	h.await("first state", func(State) bool { return true })
	h.apply(Running)
	<-arrived
	id := h.apply(None)
	if r := report[Result](h); r.ID == id || r.Outcome != Superseded {
		t.Fatalf("first: %+v", r)
	}
	if r := report[Result](h); r.ID != id || r.Outcome != Refused || r.Problem.Code != StopFailed {
		t.Fatalf("None must not be Done while a start is under way: %+v", r)
	}
	if st := h.await("unknown", func(st State) bool { return st.Wanted == None }); st.Exclusive != Unknown || st.Reached {
		t.Errorf("a start is under way: %+v", st)
	}
	release()
	h.await("None by itself", func(st State) bool { return st.Reached && st.Exclusive == No })
	if c, err := e.raw.ContainerInspect(t.Context(), s.Name); err != nil || c.State.Running || c.State.Pid != 0 || c.State.StartedAt[:4] == "0001" {
		t.Errorf("the late start was to happen and be undone: %+v %v", c.State, err)
	}
}

func TestEngineDownAndBack(t *testing.T) {
	s := webSpec()
	h := run(t, s)
	h.to(Running)
	h.e.end(syscall.SIGTERM) // its containers end with it
	h.await("down", func(st State) bool { return st.Engine == EngineDown && st.Exclusive == Unknown })
	if f := report[Failed](h); f.Problem.Code != EngineDown {
		t.Errorf("failed: %+v", f)
	}
	if err := h.e.boot(); err != nil {
		t.Fatal(err)
	}
	h.await("serving again by itself", func(st State) bool { return st.Reached && st.Healthy && st.Engine == "" })
	answers(t, s.Health.HTTP)
}

func TestStartWithoutAnEngine(t *testing.T) {
	needEngine(t)
	g, err := New(Options{Host: "unix:///run/no-such-engine", Cluster: "apache", Patience: 300 * time.Millisecond}, []Spec{webSpec()}, testLog())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ran := make(chan error, 1)
	go func() { ran <- g.Run(ctx) }()
	applied := false
	for r := range g.Reports() {
		switch r := r.(type) {
		case State:
			if r.Exclusive != Unknown || r.Ready || r.Engine != EngineDown {
				t.Errorf("without an engine nothing is known: %+v", r)
			}
			if !applied {
				applied = true
				g.Apply(1, Running)
			}
		case Result:
			if r.Outcome != Refused || r.Problem.Code != EngineDown {
				t.Errorf("result: %+v", r)
			}
			cancel()
		case Failed, Trouble:
		}
	}
	if err := <-ran; err != nil || !applied {
		t.Fatalf("Run: %v, applied %v", err, applied)
	}
	if g.Run(ctx) == nil {
		t.Error("a second Run must be refused")
	}
}

func TestKillPastRefusesWhatItDoesNotKnow(t *testing.T) {
	if err := killPast(t.Context(), ""); err == nil {
		t.Error("an unknown id must not count as stopped")
	}
	if err := killPast(t.Context(), strings.Repeat("f", 64)); err != nil {
		t.Errorf("a container without processes is down: %v", err)
	}
	if !isZombie("1 (a) b) Z 1") || isZombie("1 (Z) S 1") {
		t.Error("state letter")
	}
}

func TestKillPastLeavesOthersAlone(t *testing.T) {
	e := needEngine(t)
	victim, other := "victim-"+strconv.FormatInt(serial.Add(1), 10), "other-"+strconv.FormatInt(serial.Add(1), 10)
	id := e.make(t, victim, "deaf", nil, true)
	e.make(t, other, "deaf", nil, true)
	sleep := exec.Command("sleep", "60")
	if err := sleep.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = sleep.Process.Kill(); _ = sleep.Wait() }()
	if err := killPast(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if !e.running(t, other) || sleep.Process.Signal(syscall.Signal(0)) != nil {
		t.Error("it killed another")
	}
	if pids, err := processesIn(id); err != nil || len(pids) > 0 {
		t.Errorf("left: %v %v", pids, err)
	}
}
