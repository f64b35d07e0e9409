package cli

import (
	"context"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"periph.io/x/conn/v3/i2c"

	"github.com/futago-ha/futago/fencing/sleepi3"
	"github.com/futago-ha/futago/internal/board"
	"github.com/futago-ha/futago/internal/config"
	"github.com/futago-ha/futago/scheduler"
)

func TestCheck(t *testing.T) {
	key := filepath.Join(t.TempDir(), "key")
	if err := config.WriteKey(key); err != nil {
		t.Fatal(err)
	}
	reference, err := os.ReadFile("../../packaging/futago.toml")
	if err != nil {
		t.Fatal(err)
	}
	good := filepath.Join(t.TempDir(), "futago.toml")
	write := func(keyFile string) {
		text := strings.Replace(string(reference), "/etc/futago/key", keyFile, 1)
		if err := os.WriteFile(good, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(key + ".missing")
	s := newShell(t, "")
	if code := s.run("", "check "+good); code != exitFailure || !strings.Contains(s.err.String(), key+".missing") {
		t.Errorf("no key: code %d\n%s", code, s.err.String())
	}
	write(key)
	s = newShell(t, "")
	if code := s.run("", "check "+good); code != exitOK || !strings.Contains(s.out.String(), "is valid: cluster apache of raspberrypi-1 and raspberrypi-2") {
		t.Errorf("code %d\n%s%s", code, s.out.String(), s.err.String())
	}
	bad := filepath.Join(t.TempDir(), "bad.toml")
	if err := os.WriteFile(bad, []byte("cluster = 7\ncolour = \"red\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s = newShell(t, "")
	code := s.run("", "check "+bad)
	if code != exitFailure || !strings.Contains(s.err.String(), bad+":2: colour: ") || !strings.Contains(s.err.String(), "faults\n") {
		t.Errorf("code %d\n%s", code, s.err.String())
	}
	s = newShell(t, "")
	if code := s.run("", "check /nonexistent/futago.toml"); code != exitFailure || !strings.Contains(s.err.String(), "no such file") {
		t.Errorf("code %d\n%s", code, s.err.String())
	}
}

func TestKeygen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	s := newShell(t, "")
	if code := s.run("", "keygen "+path); code != exitOK || !strings.Contains(s.out.String(), "Copy it") {
		t.Fatalf("code %d\n%s", code, s.err.String())
	}
	first, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if code := newShell(t, "").run("", "keygen "+path); code != exitFailure {
		t.Errorf("a second key over the first: code %d", code)
	}
	if again, err := os.ReadFile(path); err != nil || string(again) != string(first) {
		t.Errorf("the first key was changed, %v", err)
	}
}

// boards runs a pair of simulated boards and returns the bus socket of each node.
func boards(t *testing.T) [2]string {
	t.Helper()
	dir := shortDir(t)
	paths := [2]string{filepath.Join(dir, "1"), filepath.Join(dir, "2")}
	live := board.NewLive(board.Options{}, board.Options{}, func(board.Event) {})
	server := board.NewServer(live, paths, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("boards: %v", err)
		}
	})
	live.Supply(0, true)
	live.Supply(1, true)
	return paths
}

// dial waits for the socket to be served.
func dial(t *testing.T, path string) *board.Bus {
	t.Helper()
	limit := time.Now().Add(giveUp)
	for {
		bus, err := board.DialBus(path)
		if err == nil {
			t.Cleanup(func() { _ = bus.Close() })
			return bus
		}
		if time.Now().After(limit) {
			t.Fatalf("bus: %v", err)
		}
	}
}

// raise drives EXTOUT high as a daemon would, and returns the board.
func raise(t *testing.T, path string) *sleepi3.Dev {
	t.Helper()
	dev, err := sleepi3.New(dial(t, path), sleepi3.DefaultOpts)
	if err != nil {
		t.Fatal(err)
	}
	if err := dev.SetOut(true); err != nil {
		t.Fatal(err)
	}
	if out := isHigh(t, dev); !out {
		t.Fatal("EXTOUT is low after it was raised")
	}
	return dev
}

func isHigh(t *testing.T, dev *sleepi3.Dev) bool {
	t.Helper()
	out, _, err := dev.ReadLines()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Files with faults do not keep a line high.
func TestFenceRelease(t *testing.T) {
	paths := boards(t)
	dev := raise(t, paths[0])
	dir := t.TempDir()
	broken := filepath.Join(dir, "broken")
	if err := os.WriteFile(broken, []byte("this is = no settings [file"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, flags := range []string{
		"--config /nonexistent --defaults /nonexistent",
		"--config " + broken + " --defaults " + broken,
		"--config ../../packaging/futago.toml --defaults /nonexistent",
		"--bus 1 --address 0x6e --config /nonexistent",
	} {
		if err := dev.SetOut(true); err != nil {
			t.Fatal(err)
		}
		s := newShell(t, "")
		s.app.machine.OpenBus = func(int) (i2c.BusCloser, error) { return board.DialBus(paths[0]) }
		code := s.run("", "fence release "+flags)
		if code != exitOK || s.out.String() != "EXTOUT of this node is low\n" || isHigh(t, dev) {
			t.Errorf("%s: code %d, high %t\n%s%s", flags, code, isHigh(t, dev), s.out.String(), s.err.String())
		}
		if strings.Contains(flags, broken) && !strings.Contains(s.err.String(), "Do: futago check "+broken) {
			t.Errorf("the broken file is not named:\n%s", s.err.String())
		}
	}
}

func TestFenceReleaseFails(t *testing.T) {
	s := newShell(t, "")
	if code := s.run("", "fence release --config /nonexistent"); code != exitFailure || !strings.Contains(s.err.String(), "open I2C bus 1") {
		t.Errorf("no bus: code %d, %q", code, s.err.String())
	}
	paths := boards(t)
	dial(t, paths[0])
	s = newShell(t, "")
	s.app.machine.OpenBus = func(int) (i2c.BusCloser, error) { return board.DialBus(paths[0]) }
	// Nobody answers at this address.
	code := s.run("", "fence release --config /nonexistent --address 0x6b --timeout 50ms")
	if code != exitFailure || !strings.Contains(s.err.String(), "Do: if EXTOUT stays high, unplug CN5") {
		t.Errorf("silent board: code %d, %q", code, s.err.String())
	}
}

// The real guard process, as the daemon starts it: SIGTERM does not end it, the end of its pipe has it lower the line.
func TestGuardLowersTheLineWhenItsPipeEnds(t *testing.T) {
	paths := boards(t)
	dev := raise(t, paths[0])
	ctx, cancel := context.WithTimeout(t.Context(), giveUp)
	defer cancel()
	where := place{bus: 1, address: sleepi3.DefaultAddr}
	template := newShell(t, "").app.guardProcess(where)
	cmd := exec.CommandContext(ctx, template.Path, template.Args[1:]...)
	cmd.Env = []string{childBus + "=" + paths[0], "GORACE=atexit_sleep_ms=0"}
	var said strings.Builder
	cmd.Stderr = &said
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(in, "up 1 0\n"); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 2)
	if _, err := io.ReadFull(out, answer); err != nil || string(answer) != "1\n" {
		t.Fatalf("the guard answered %q, %v; it ended with %v and said %q", answer, err, cmd.Wait(), said.String())
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, out)
	if err := cmd.Wait(); err != nil {
		t.Errorf("the guard ended with %v", err)
	}
	if isHigh(t, dev) {
		t.Error("EXTOUT is high after the guard ended")
	}
}

func TestPlace(t *testing.T) {
	settings := filepath.Join(t.TempDir(), "sleepi3")
	if err := os.WriteFile(settings, []byte("I2C_ADDRESS=6d\nI2C_BUS=3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	open := place{bus: -1, defaults: settings}
	off := filepath.Join(t.TempDir(), "sleepi3")
	if err := os.WriteFile(off, []byte("HEARTBEAT_TIMEOUT=0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		p    place
		want place
	}{
		{open, place{bus: 3, address: 0x6d, watchdog: true}},
		{place{bus: -1, defaults: off}, place{bus: 1, address: 0x6e}},
		{place{bus: -1}, place{bus: 1, address: 0x6e}},
		{place{bus: -1, defaults: "/nonexistent/sleepi3"}, place{bus: 1, address: 0x6e}},
		{open.or(place{bus: 0, address: 0x6b}), place{bus: 0, address: 0x6b, watchdog: true}},
		{place{bus: 5, address: 0x6e, defaults: settings}.or(place{bus: 0, address: 0x6b}), place{bus: 5, address: 0x6e, watchdog: true}},
	} {
		got, err := c.p.settled()
		if err != nil || got.bus != c.want.bus || got.address != c.want.address || got.watchdog != c.want.watchdog {
			t.Errorf("%+v settled as %+v, %v", c.p, got, err)
		}
	}
}

func TestStopOf(t *testing.T) {
	for _, c := range []struct {
		jobs string
		want scheduler.StopRequested
	}{
		{"", scheduler.StopRequested{}},
		{"No jobs running.\n", scheduler.StopRequested{}},
		{"812 futago.service stop running\n", scheduler.StopRequested{}},
		{"812 futago.service restart running\n", scheduler.StopRequested{Restart: true}},
		{"812 apache2.service restart running\n", scheduler.StopRequested{}},
		{"1 reboot.target start waiting\n2 futago.service stop running\n", scheduler.StopRequested{Reboot: true}},
		{"1 poweroff.target start waiting\n2 futago.service stop running\n", scheduler.StopRequested{Off: true}},
		{"1 halt.target start waiting\n2 futago.service restart running\n", scheduler.StopRequested{Off: true}},
		{"1 reboot.target stop waiting\n", scheduler.StopRequested{}},
	} {
		if got := stopOf(c.jobs); got != c.want {
			t.Errorf("%q: %+v, want %+v", c.jobs, got, c.want)
		}
	}
}

// resident is a daemon that leaves only when it is told twice.
type resident struct {
	running chan struct{}
	left    chan scheduler.StopRequested
	polite  bool // Leave ends Run
}

func (r *resident) Leave(how scheduler.StopRequested) { r.left <- how }

func (r *resident) Run(ctx context.Context) error {
	close(r.running)
	if r.polite {
		<-r.left
		return nil
	}
	<-ctx.Done()
	return nil
}

func TestSignals(t *testing.T) {
	for _, polite := range []bool{true, false} {
		r := &resident{running: make(chan struct{}), left: make(chan scheduler.StopRequested, 1), polite: polite}
		ended := make(chan error)
		reloaded := make(chan struct{}, 2)
		reload := func() { reloaded <- struct{}{} }
		go func() { ended <- untilLeft(t.Context(), r, reload, slog.New(slog.DiscardHandler)) }()
		<-r.running
		for range 2 { // a hang-up is no reason to leave, however often it comes
			if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
				t.Fatal(err)
			}
			select {
			case <-reloaded:
			case <-time.After(giveUp):
				t.Fatal("nothing was reloaded")
			}
		}
		interrupt(t)
		if !polite {
			<-r.left
			interrupt(t)
		}
		select {
		case err := <-ended:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(giveUp):
			t.Fatalf("polite %t: still running", polite)
		}
	}
}

func interrupt(t *testing.T) {
	t.Helper()
	if err := syscall.Kill(os.Getpid(), syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
}

func TestDaemonSaysWhatIsMissing(t *testing.T) {
	s := newShell(t, "")
	if code := s.run("", "daemon --config /nonexistent/futago.toml"); code != exitFailure || !strings.Contains(s.err.String(), "no such file") {
		t.Errorf("code %d, %q", code, s.err.String())
	}
	s = newShell(t, "")
	code := s.run("", "daemon --config ../../packaging/futago.toml --node raspberrypi-3")
	if code != exitFailure || !strings.Contains(s.err.String(), "the configuration names raspberrypi-1 and raspberrypi-2") {
		t.Errorf("code %d, %q", code, s.err.String())
	}
}

func TestDaemonOptions(t *testing.T) {
	dir := t.TempDir()
	key := filepath.Join(dir, "key")
	if code := newShell(t, "").run("", "keygen "+key); code != exitOK {
		t.Fatalf("keygen: code %d", code)
	}
	reference, err := os.ReadFile("../../packaging/futago.toml")
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "futago.toml")
	text := strings.ReplaceAll(string(reference), defaultKey, key)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := newShell(t, "")
	opts, err := s.app.daemonOptions(daemonFlags{config: config, state: dir, node: two})
	if err != nil {
		t.Fatal(err)
	}
	if opts.Self != 1 || opts.BoardAddress != sleepi3.DefaultAddr || opts.StateDir != dir || opts.Log == nil {
		t.Errorf("options %+v", opts)
	}
	guard := opts.Guard()
	if got := strings.Join(guard.Args, " "); got != "futago guard --defaults= --bus=1 --address=0x6e" || guard.Path != "/proc/self/exe" {
		t.Errorf("guard is %s as %q", guard.Path, got)
	}
	s.app.machine.Again = []string{"/proc/self/exe", "futago"} // as in the lab
	if got := strings.Join(opts.Guard().Args, " "); got != "futago futago guard --defaults= --bus=1 --address=0x6e" {
		t.Errorf("the lab's guard is %q", got)
	}
}
