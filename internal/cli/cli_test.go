package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"periph.io/x/conn/v3/i2c"

	"github.com/futago-ha/futago/internal/board"
	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/internal/daemon"
)

// giveUp bounds every wait of these tests; none of them takes that long unless it fails.
const giveUp = 20 * time.Second

// childBus makes this test binary a futago with the simulated bus at that socket.
const childBus = "FUTAGO_TEST_BUS"

func TestMain(m *testing.M) {
	if path := os.Getenv(childBus); path != "" {
		bus := func(int) (i2c.BusCloser, error) { return board.DialBus(path) }
		os.Exit(Main(Machine{OpenBus: bus, System: otherKernel{}, Again: again}, os.Args[1:]))
	}
	goleak.VerifyTestMain(m)
}

// childBoot is the boot id of a child that is to be on a machine of its own.
const childBoot = "FUTAGO_TEST_BOOT"

type otherKernel struct{ daemon.Machine }

func (k otherKernel) BootID() (string, error) {
	if id := os.Getenv(childBoot); id != "" {
		return id, nil
	}
	return k.Machine.BootID()
}

// again starts this test binary once more.
var again = []string{"/proc/self/exe"}

const (
	one = "raspberrypi-1"
	two = "raspberrypi-2"
)

// daemonStandIn answers the control socket as a daemon would: a real feed, and a log of the commands.
type daemonStandIn struct {
	control.Feed
	mu       sync.Mutex
	commands []control.Command
	plan     control.Answer
	err      error
	entries  []control.Entry
	board    control.Board
	record   []byte // of inputs
	lines    []control.Lines
}

func (d *daemonStandIn) Inputs(context.Context, time.Time) (control.Inputs, error) {
	return control.Inputs{Record: d.record}, d.err
}

func (d *daemonStandIn) Board(context.Context) (control.Board, error) { return d.board, d.err }

func (d *daemonStandIn) Lines(after uint64) []control.Lines {
	i := slices.IndexFunc(d.lines, func(l control.Lines) bool { return l.Seq > after })
	if i < 0 {
		return nil
	}
	return d.lines[i:]
}

func (d *daemonStandIn) Do(_ context.Context, c control.Command) (control.Answer, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.commands = append(d.commands, c)
	if d.err != nil {
		return control.Answer{}, d.err
	}
	if c.Plan {
		return d.plan, nil
	}
	return control.Answer{Text: "done: " + string(c.Verb) + " " + c.Node}, nil
}

func (d *daemonStandIn) History(_ context.Context, n int) ([]control.Entry, error) {
	return d.entries[max(0, len(d.entries)-n):], nil
}

// real gives the commands that were not plans.
func (d *daemonStandIn) real() []control.Command {
	d.mu.Lock()
	defer d.mu.Unlock()
	var list []control.Command
	for _, c := range d.commands {
		if !c.Plan {
			list = append(list, c)
		}
	}
	return list
}

func serving() control.Status {
	return control.Status{
		Time: time.Now(), Cluster: "apache", This: one, Level: control.LevelOK, Serving: one, Owner: one, Term: 43,
		Nodes: []control.Node{{Name: one, State: control.StateOwner}, {Name: two, State: control.StateReady}},
	}
}

// serve runs a control socket until the returned function, or the end of the test.
func serve(t *testing.T, d *daemonStandIn, socket string) (stop func()) {
	t.Helper()
	s := control.NewServer(control.Options{Socket: socket}, d)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	select {
	case <-s.Ready():
	case err := <-ended:
		t.Fatalf("control socket: %v", err)
	}
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("control socket: %v", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// shell is one command line being tried.
type shell struct {
	app      *app
	out, err bytes.Buffer
}

func newShell(t *testing.T, input string) *shell {
	t.Helper()
	s := &shell{}
	s.app = &app{
		in: strings.NewReader(input), out: &s.out, err: &s.err, now: time.Now, width: pageWidth,
		machine: Machine{
			OpenBus: func(int) (i2c.BusCloser, error) { return nil, fmt.Errorf("no bus in this test") },
			System:  daemon.Machine{}, Again: again,
		},
	}
	return s
}

func (s *shell) run(socket, line string) int {
	return s.app.run(context.Background(), append(strings.Fields(line), "--socket", socket))
}

// withDaemon runs line against a stand-in and returns what it said.
func withDaemon(t *testing.T, d *daemonStandIn, line string) (code int, out, stderr string) {
	t.Helper()
	socket := filepath.Join(shortDir(t), "s")
	if d.Status().Time.IsZero() {
		d.Publish(serving())
	}
	stop := serve(t, d, socket)
	defer stop()
	s := newShell(t, "")
	code = s.run(socket, line)
	return code, s.out.String(), s.err.String()
}

// shortDir fits a socket's path.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "ft-cli-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// syncBuffer may be written and read at once; changed tells of each write.
type syncBuffer struct {
	mu      sync.Mutex
	b       bytes.Buffer
	changed chan struct{}
}

func newSyncBuffer() *syncBuffer { return &syncBuffer{changed: make(chan struct{}, 1)} }

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case s.changed <- struct{}{}:
	default:
	}
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// waitFor returns when text is in s.
func (s *syncBuffer) waitFor(t *testing.T, text string) {
	t.Helper()
	limit := time.After(giveUp)
	for !strings.Contains(s.String(), text) {
		select {
		case <-s.changed:
		case <-limit:
			t.Fatalf("never saw %q in:\n%s", text, s.String())
		}
	}
}

var _ io.Writer = (*syncBuffer)(nil)
