package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// giveUp bounds every wait of these tests; none of them takes that long unless it fails.
const giveUp = 20 * time.Second

// childSocket makes this test binary a caller of the socket it names instead of a test run.
const childSocket = "FUTAGO_TEST_CHILD_SOCKET"

func TestMain(m *testing.M) {
	if path := os.Getenv(childSocket); path != "" {
		if err := callAsChild(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// childReport is what a child was told.
type childReport struct {
	Status, Command string // empty: allowed
}

func callAsChild(path string) error {
	c := NewClient(path)
	_, statusErr := c.Status(context.Background())
	_, commandErr := c.Do(context.Background(), Command{Verb: VerbFenceTest})
	return json.NewEncoder(os.Stdout).Encode(childReport{Status: reason(statusErr), Command: reason(commandErr)})
}

func reason(err error) string {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return string(e.Code) + ": " + e.Text
	}
	return err.Error()
}

// asChild calls the socket as another user. The binary is run by its magic link, since other users cannot walk to it.
func asChild(t *testing.T, socket string, cred syscall.Credential) childReport {
	t.Helper()
	needRoot(t)
	ctx, cancel := context.WithTimeout(t.Context(), giveUp)
	defer cancel()
	cmd := exec.CommandContext(ctx, "/proc/self/exe")
	cmd.Env = []string{childSocket + "=" + socket, "GORACE=atexit_sleep_ms=0"}
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &cred}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("child as uid %d gid %d: %v\n%s", cred.Uid, cred.Gid, err, stderr.String())
	}
	var r childReport
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatalf("child said %q: %v", out, err)
	}
	return r
}

// needRoot skips loudly, except where CI promised root.
func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() == 0 {
		return
	}
	if os.Getenv("CI") != "" {
		t.Fatal("CI is set, but this test needs root and has not got it")
	}
	t.Skip("SKIPPED: needs root to call as other users")
}

// socketDir is short enough for a socket path and open to every user, unlike t.TempDir.
func socketDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "ft-control-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// standIn is the backend of these tests: a real Feed, and answers each test chooses.
type standIn struct {
	Feed
	do      func(context.Context, Command) (Answer, error)
	history func(context.Context, int) ([]Entry, error)
	board   func(context.Context) (Board, error)
	inputs  func(context.Context, time.Time) (Inputs, error)
	lines   func(uint64) []Lines
}

func (b *standIn) Inputs(ctx context.Context, at time.Time) (Inputs, error) { return b.inputs(ctx, at) }

func (b *standIn) Board(ctx context.Context) (Board, error) { return b.board(ctx) }

func (b *standIn) Lines(after uint64) []Lines { return b.lines(after) }

func (b *standIn) Do(ctx context.Context, c Command) (Answer, error) { return b.do(ctx, c) }

func (b *standIn) History(ctx context.Context, n int) ([]Entry, error) { return b.history(ctx, n) }

func newStandIn() *standIn {
	b := &standIn{
		do:      func(_ context.Context, c Command) (Answer, error) { return Answer{Text: string(c.Verb)}, nil },
		history: func(context.Context, int) ([]Entry, error) { return nil, nil },
		board:   func(context.Context) (Board, error) { return Board{}, nil },
		lines:   func(uint64) []Lines { return nil },
	}
	b.Publish(Status{
		Time: time.Now(), Cluster: "apache", This: "raspberrypi-1", Level: LevelOK, Serving: "raspberrypi-1", Term: 43,
		Nodes: []Node{{Name: "raspberrypi-1"}, {Name: "raspberrypi-2"}},
	})
	return b
}

// running is a server under test.
type running struct {
	server *Server
	socket string
	stop   func() error // ends Run and returns what it returned; also done by cleanup
}

// start runs a server until the test ends and checks that nothing outlives Run.
func start(t *testing.T, b Backend, change ...func(*Server)) running {
	t.Helper()
	leaks := goleak.IgnoreCurrent()
	socket := filepath.Join(socketDir(t), "futago.sock")
	s := NewServer(Options{Socket: socket, Group: testGroup}, b)
	for _, f := range change {
		f(s)
	}
	ctx, cancel := context.WithCancel(context.Background())
	result := make(chan error, 1)
	go func() { result <- s.Run(ctx) }()
	stopped := false
	stop := func() error {
		stopped = true
		cancel()
		select {
		case err := <-result:
			return err
		case <-time.After(giveUp):
			return errors.New("Run did not end")
		}
	}
	t.Cleanup(func() {
		if !stopped {
			if err := stop(); err != nil {
				t.Errorf("Run: %v", err)
			}
		}
		goleak.VerifyNone(t, leaks)
	})
	select {
	case <-s.Ready():
	case err := <-result:
		t.Fatalf("Run ended before it was ready: %v", err)
	case <-time.After(giveUp):
		t.Fatal("server not ready")
	}
	return running{server: s, socket: socket, stop: stop}
}

// testGroup exists on every Debian and has no members.
const (
	testGroup    = "nogroup"
	testGroupGID = 65534
)
