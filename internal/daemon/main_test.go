package daemon

import (
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/futago-ha/futago/internal/board"
	"github.com/futago-ha/futago/internal/config"
	"github.com/futago-ha/futago/internal/store"
	"github.com/futago-ha/futago/scheduler"
	"periph.io/x/conn/v3/i2c"
)

const (
	one = "raspberrypi-1"
	two = "raspberrypi-2"
)

// article is the article's pair on loopback, where no other test is needed to
// make room for it; nothing is claimed in these tests.
const article = `cluster  = "apache"
key_file = "/etc/futago/key"
[[node]]
name    = "raspberrypi-1"
address = "127.0.0.1"
port    = 17946
[[node]]
name    = "raspberrypi-2"
address = "127.0.0.2"
port    = 17947
[service]
preferred = "raspberrypi-1"
[[service.container]]
name    = "httpd-test"
image   = "httpd"
ports   = ["80:80"]
overlap = true
health.http = "http://127.0.0.1:80/"
[service.vip]
address = "192.0.2.215/24"
[fence]
device = "sleepi3"
heartbeat = "none"
`

// localBus is a simulated board on a bus that can be closed.
type localBus struct{ board.LocalBus }

func (localBus) Close() error { return nil }

// testSystem is a machine that only writes down what was asked of it.
type testSystem struct {
	asked    chan string
	services map[string]bool // that run; with " enabled" behind the name: that start at boot
	refuses  error
}

func (testSystem) BootID() (string, error) { return "0c5a3d8e-1111-4222-8333-944444444444", nil }
func (testSystem) ClockSynchronised() bool { return true }
func (s testSystem) Reboot(off bool) error {
	if off {
		s.asked <- "power off"
		return nil
	}
	s.asked <- "reboot"
	return nil
}

// Active, Enabled and Unit are a systemd that has the units of services.
func (s testSystem) Active(units ...string) []bool {
	active := make([]bool, len(units))
	for i, u := range units {
		active[i] = s.services[u]
	}
	return active
}

func (s testSystem) Enabled(unit string) bool { return s.services[unit+" enabled"] }

func (s testSystem) Unit(verb, unit string) error {
	s.asked <- verb + " " + unit
	return s.refuses
}

func (s testSystem) Reset() error { s.asked <- "reset"; return nil }
func (s testSystem) Sync()        { s.asked <- "sync" }

func testOptions(t *testing.T) Options {
	t.Helper()
	c, err := config.Parse("futago.toml", []byte(article))
	if err != nil {
		t.Fatal(err)
	}
	// Short paths: a socket's must fit into 108 bytes.
	dir, err := os.MkdirTemp("", "ftd")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	live := board.NewLive(board.Options{}, board.Options{}, func(board.Event) {})
	live.Supply(0, true)
	return Options{
		Config: c, Keys: config.Keys{Current: config.NewKey()}, Self: 0,
		StateDir: filepath.Join(dir, "state"), Socket: filepath.Join(dir, "futago.sock"),
		Engine:       "unix://" + filepath.Join(dir, "no-engine.sock"),
		OpenBus:      func() (i2c.BusCloser, error) { return localBus{board.LocalBus{Live: live, Node: 0}}, nil },
		BoardAddress: 0x6e,
		Guard:        func() *exec.Cmd { return exec.Command("/bin/false") },
		System:       testSystem{asked: make(chan string, 4)}, Version: "1.0.0", Log: slog.New(slog.DiscardHandler),
	}
}

// newDaemon is a daemon that does not run, with its state open.
func newDaemon(t *testing.T) *Daemon {
	t.Helper()
	d, err := New(testOptions(t))
	if err != nil {
		t.Fatal(err)
	}
	st, err := store.Open[scheduler.Disk](d.opts.StateDir)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(st.Save(scheduler.Disk{}), st.Close()); err != nil {
		t.Fatal(err)
	}
	if err := d.openState(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(d.journal.close(), d.state.Close()); err != nil {
			t.Error(err)
		}
	})
	return d
}
