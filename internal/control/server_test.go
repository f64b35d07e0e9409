package control

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

func nativeUint32(b []byte) uint32 { return binary.NativeEndian.Uint32(b) }

// commandTo sends who gave each command to by.
func commandTo(by chan<- string) func(context.Context, Command) (Answer, error) {
	return func(_ context.Context, c Command) (Answer, error) {
		by <- c.By
		return Answer{}, nil
	}
}

func TestStatusComesWithItsAge(t *testing.T) {
	b := newStandIn()
	r := start(t, b)
	st := b.Status()
	st.Time = st.Time.Add(-time.Minute)
	b.Publish(st)
	got, err := NewClient(r.socket).Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got.Cluster != "apache" || got.Term != 43 || len(got.Nodes) != 2 {
		t.Errorf("status came as %+v", got)
	}
	if got.AgeSeconds < 60 || got.Severity() != SeverityUnknown {
		t.Errorf("age %.1f s, severity %s of a snapshot a minute old", got.AgeSeconds, got.Severity())
	}
}

func TestHistory(t *testing.T) {
	b := newStandIn()
	var asked int
	b.history = func(_ context.Context, n int) ([]Entry, error) {
		asked = n
		return []Entry{{Node: "raspberrypi-1", Code: "MOVED", Level: EntryNotice, Text: "raspberrypi-1 took over."}}, nil
	}
	c := NewClient(start(t, b).socket)
	got, err := c.History(t.Context(), 7)
	if err != nil || asked != 7 || len(got) != 1 || got[0].Code != "MOVED" {
		t.Errorf("history(7): asked %d, got %+v, %v", asked, got, err)
	}
	for _, n := range []int{0, -1, HistoryMax + 1} {
		var e *Error
		if _, err := c.History(t.Context(), n); !errors.As(err, &e) || e.Code != CodeBadRequest {
			t.Errorf("history(%d): %v", n, err)
		}
	}
}

func TestDo(t *testing.T) {
	b := newStandIn()
	var got Command
	b.do = func(_ context.Context, c Command) (Answer, error) {
		got = c
		return Answer{Text: "apache moves to raspberrypi-2.", Ask: true, Basis: "43"}, nil
	}
	c := NewClient(start(t, b).socket)
	a, err := c.Do(t.Context(), Command{Verb: VerbMove, Node: "raspberrypi-2", Plan: true})
	if err != nil || !a.Ask || a.Basis != "43" || a.Text == "" {
		t.Errorf("answer %+v, %v", a, err)
	}
	if got.Verb != VerbMove || got.Node != "raspberrypi-2" || !got.Plan || got.By == "" {
		t.Errorf("backend got %+v", got)
	}
}

func TestFailuresOfTheBackend(t *testing.T) {
	b := newStandIn()
	c := NewClient(start(t, b).socket)
	for _, f := range []struct {
		err  error
		code Code
	}{
		{fmt.Errorf("move: %w", Refuse("raspberrypi-2 is in standby", "sudo futago unstandby raspberrypi-2")), CodeRefused},
		{errors.New("disk is gone"), CodeInternal},
		{fmt.Errorf("move: %w", context.DeadlineExceeded), CodeTimeout},
		{&Error{Code: "new_one", Text: "?"}, "new_one"},
	} {
		b.do = func(context.Context, Command) (Answer, error) { return Answer{}, f.err }
		_, err := c.Do(t.Context(), Command{Verb: VerbMove, Node: "raspberrypi-2"})
		var e *Error
		if !errors.As(err, &e) || e.Code != f.code {
			t.Errorf("backend failed with %v: client got %v", f.err, err)
		}
		if f.code == CodeRefused && (e.Do == "" || e.Text != "raspberrypi-2 is in standby") {
			t.Errorf("refusal came as %+v", e)
		}
	}
}

// exchange sends text as it is and returns everything that comes back.
func exchange(t *testing.T, socket, text string) string {
	t.Helper()
	conn, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(giveUp))
	if _, err := io.WriteString(conn, text); err != nil {
		t.Logf("writing: %v", err) // the server may answer and close before it has read all
	}
	got, _ := io.ReadAll(conn)
	return string(got)
}

func post(body string) string {
	return fmt.Sprintf("POST /v1/commands HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

func TestBadRequests(t *testing.T) {
	b := newStandIn()
	b.do = func(_ context.Context, c Command) (Answer, error) {
		t.Errorf("command %+v reached the backend", c)
		return Answer{}, nil
	}
	r := start(t, b)
	for _, c := range []struct{ what, send, want string }{
		{"no verb", post(`{}`), "400"},
		{"not JSON", post(`fence`), "400"},
		{"unknown field", post(`{"verb":"clear","force":true}`), "force"},
		{"by is not for callers", post(`{"verb":"clear","by":"root"}`), "by"},
		{"two commands", post(`{"verb":"clear"}{"verb":"clear"}`), "more after"},
		{"unknown node", post(`{"verb":"fence","node":"raspberrypi-3"}`), "the nodes are raspberrypi-1 and raspberrypi-2"},
		{"too large", post(`{"verb":"clear"` + strings.Repeat(" ", commandBytesMax) + `}`), "longer than 16384 bytes"},
		{"deep", post(strings.Repeat("[", 12_000)), "400"},
		{"other version", "GET /v2/status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "404"},
		{"other method", "DELETE /v1/status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "40"},
		{"bad count", "GET /v1/history?n=many HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "no number"},
		{"long header", "GET /v1/status HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("y", 64<<10) + "\r\n\r\n", "431"},
		{"no HTTP", "hello\r\n\r\n", "400"},
	} {
		if got := exchange(t, r.socket, c.send); !strings.Contains(got, c.want) {
			t.Errorf("%s: answer %.300q, want %q in it", c.what, got, c.want)
		}
	}
	if _, err := NewClient(r.socket).Status(t.Context()); err != nil {
		t.Errorf("server after bad requests: %v", err)
	}
}

// A caller that never finishes its request is dropped.
func TestSlowCallerIsDropped(t *testing.T) {
	r := start(t, newStandIn(), func(s *Server) { s.readTimeout = 20 * time.Millisecond })
	got := exchange(t, r.socket, "POST /v1/commands HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
	if strings.Contains(got, "200 OK") {
		t.Errorf("half a request was answered with %q", got)
	}
}

// A command may take longer than it may take to send one.
func TestCommandOutlastsTheReadTimeout(t *testing.T) {
	b := newStandIn()
	b.do = func(ctx context.Context, _ Command) (Answer, error) {
		select {
		case <-ctx.Done():
			return Answer{}, ctx.Err()
		case <-time.After(100 * time.Millisecond):
			return Answer{Text: "done"}, nil
		}
	}
	r := start(t, b, func(s *Server) { s.readTimeout = 20 * time.Millisecond })
	if a, err := NewClient(r.socket).Do(t.Context(), Command{Verb: VerbClear}); err != nil || a.Text != "done" {
		t.Errorf("slow command: %+v, %v", a, err)
	}
}

// Commands and streams under way do not keep Run from ending, and the caller is told.
func TestRunEndsWithWorkUnderWay(t *testing.T) {
	b := newStandIn()
	begun := make(chan struct{})
	b.do = func(ctx context.Context, _ Command) (Answer, error) {
		close(begun)
		<-ctx.Done()
		return Answer{}, fmt.Errorf("move: %w", ctx.Err())
	}
	r := start(t, b)
	told := make(chan error, 2)
	watching := make(chan struct{})
	go func() {
		_, err := NewClient(r.socket).Do(context.Background(), Command{Verb: VerbClear})
		told <- err
	}()
	go func() {
		told <- NewClient(r.socket).Watch(context.Background(), func(Event) error { close(watching); return nil })
	}()
	<-begun
	<-watching
	if err := r.stop(); err != nil {
		t.Errorf("Run: %v", err)
	}
	for range 2 {
		select {
		case err := <-told:
			var e *Error
			if !errors.Is(err, ErrNotRunning) && !(errors.As(err, &e) && e.Code == CodeBusy) {
				t.Errorf("caller was told %v", err)
			}
		case <-time.After(giveUp):
			t.Fatal("a caller was left hanging")
		}
	}
}

// A caller that goes away is seen by the backend.
func TestCallerGoesAway(t *testing.T) {
	b := newStandIn()
	begun, gone := make(chan struct{}), make(chan struct{})
	b.do = func(ctx context.Context, _ Command) (Answer, error) {
		close(begun)
		<-ctx.Done()
		close(gone)
		return Answer{}, ctx.Err()
	}
	r := start(t, b)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-begun
		cancel()
	}()
	if _, err := NewClient(r.socket).Do(ctx, Command{Verb: VerbClear}); err == nil {
		t.Error("a cancelled command succeeded")
	}
	select {
	case <-gone:
	case <-time.After(giveUp):
		t.Error("the backend never learnt that the caller went away")
	}
}

// More callers than slots wait for their turn instead of failing.
func TestMoreCallersThanSlots(t *testing.T) {
	r := start(t, newStandIn())
	idle := make([]net.Conn, connsMax)
	for i := range idle {
		c, err := net.Dial("unix", r.socket)
		if err != nil {
			t.Fatal(err)
		}
		idle[i] = c
		// One answered request each proves that the connection holds a slot.
		if _, err := io.WriteString(c, "GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		if res, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("caller %d: %v", i, err)
		}
	}
	answered := make(chan error, 1)
	go func() {
		_, err := NewClient(r.socket).Status(context.Background())
		answered <- err
	}()
	for _, c := range idle {
		_ = c.Close()
	}
	select {
	case err := <-answered:
		if err != nil {
			t.Errorf("the caller that had to wait: %v", err)
		}
	case <-time.After(giveUp):
		t.Error("no slot was given back")
	}
}
