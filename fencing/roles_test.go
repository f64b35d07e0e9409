package fencing_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/futago-ha/futago/fencing"
	"github.com/futago-ha/futago/fencing/sleepi3"
	"github.com/futago-ha/futago/internal/board"
)

// These tests run a real daemon's Fencer and its real guard as processes of
// this test binary, against a board behind a socket.

const (
	roleEnv   = "FENCING_TEST_ROLE"
	busEnv    = "FENCING_TEST_BUS"
	giveUpEnd = 20 * time.Second
)

func playRole(role string) int {
	err := fmt.Errorf("role %q: unknown", role)
	switch role {
	case "guard":
		err = beGuard()
	case "daemon":
		err = beDaemon()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, role+":", err)
		return 1
	}
	return 0
}

func dialDev() (*sleepi3.Dev, error) {
	bus, err := board.DialBus(os.Getenv(busEnv))
	if err != nil {
		return nil, err
	}
	return sleepi3.New(bus, sleepi3.DefaultOpts)
}

func beGuard() error {
	signal.Ignore(syscall.SIGTERM, syscall.SIGINT)
	dev, err := dialDev()
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	return fencing.Guard(context.Background(), os.Stdin, os.Stdout, dev, log)
}

// beDaemon contests at once and goes on until it is killed. It prints the pid
// of its guard.
func beDaemon() error {
	dev, err := dialDev()
	if err != nil {
		return err
	}
	f, err := fencing.New(dev, fencing.Options{StartGuard: func() (*fencing.GuardPipe, error) {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), roleEnv+"=guard")
		cmd.Stderr = os.Stderr
		pipe, err := fencing.StartGuard(cmd)
		if err == nil {
			fmt.Println(cmd.Process.Pid)
		}
		return pipe, err
	}})
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	go decide(ctx, f)
	return f.Run(ctx)
}

// decide is a decision loop that wants a contest, whatever happens.
func decide(ctx context.Context, f *fencing.Fencer) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	want, id := true, uint64(0)
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			f.Alive()
			if want {
				id++
				want = f.Contest(id) != nil
			}
		case r := <-f.Reports():
			if _, ended := r.(fencing.End); ended {
				want = true
			}
		}
	}
}

// daemon is a daemon process with its guard.
type daemon struct {
	t     *testing.T
	live  *board.Live
	cmd   *exec.Cmd
	guard int
}

func startDaemon(t *testing.T) *daemon {
	t.Helper()
	dir := t.TempDir()
	live := board.NewLive(board.Options{}, board.Options{}, func(board.Event) {})
	paths := [2]string{filepath.Join(dir, "bus-0"), filepath.Join(dir, "bus-1")}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- board.NewServer(live, paths, slog.New(slog.DiscardHandler)).Run(ctx) }()
	t.Cleanup(func() { cancel(); check(t, <-served) })
	live.Supply(0, true)
	eventually(t, "the socket is there", func() bool { _, err := os.Stat(paths[0]); return err == nil })

	d := &daemon{t: t, live: live, cmd: exec.Command(os.Args[0])}
	d.cmd.Env = append(os.Environ(), roleEnv+"=daemon", busEnv+"="+paths[0])
	d.cmd.Stderr = os.Stderr
	out, err := d.cmd.StdoutPipe()
	check(t, err)
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = d.cmd.Process.Kill() // may be over already
		_ = d.cmd.Wait()         // killed is what it was
		d.waitGuardGone()
	})
	line := bufio.NewScanner(out)
	if !line.Scan() {
		t.Fatal("the daemon named no guard")
	}
	d.guard, err = strconv.Atoi(line.Text())
	check(t, err)
	eventually(t, "EXTOUT is up", d.out)
	return d
}

func (d *daemon) out() bool { return d.live.Status()[0].Out }

func (d *daemon) signal(sig os.Signal) {
	d.t.Helper()
	check(d.t, d.cmd.Process.Signal(sig))
}

func (d *daemon) waitGuardGone() {
	d.t.Helper()
	if d.guard == 0 {
		return
	}
	eventually(d.t, "the guard is gone", func() bool {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", d.guard))
		return err != nil || state(stat) == 'Z'
	})
}

// state is the process state in /proc/PID/stat, after the name in brackets.
func state(stat []byte) byte {
	for i := len(stat) - 1; i > 0; i-- {
		if stat[i] == ')' && i+2 < len(stat) {
			return stat[i+2]
		}
	}
	return '?'
}

// eventually looks until it is so; the limit only bounds a failure.
func eventually(t *testing.T, what string, so func() bool) time.Duration {
	t.Helper()
	began := time.Now()
	for tick := time.NewTicker(2 * time.Millisecond); !so(); <-tick.C {
		if time.Since(began) > giveUpEnd {
			t.Fatalf("waited %s in vain: %s", giveUpEnd, what)
		}
	}
	return time.Since(began)
}

func TestGuardLowersWhenTheDaemonIsKilled(t *testing.T) {
	d := startDaemon(t)
	d.signal(syscall.SIGKILL)
	took := eventually(t, "EXTOUT is down", func() bool { return !d.out() })
	if took > time.Second {
		t.Errorf("the line was lowered %s after the kill, want at once", took)
	}
	d.waitGuardGone()
}

func TestGuardLowersWhenTheDaemonIsStopped(t *testing.T) {
	d := startDaemon(t)
	d.signal(syscall.SIGSTOP)
	took := eventually(t, "EXTOUT is down", func() bool { return !d.out() })
	if took > 2*time.Second {
		t.Errorf("the line was lowered %s after the stop, want about 1 s", took)
	}
	d.signal(syscall.SIGCONT)
	eventually(t, "EXTOUT is up again", d.out)
}

func TestGuardLowersWhenTheBusAnswersAgain(t *testing.T) {
	d := startDaemon(t)
	d.live.FailNext(0, board.Fault{Hang: 3 * time.Second})
	d.signal(syscall.SIGKILL)
	took := eventually(t, "EXTOUT is down", func() bool { return !d.out() })
	if took > 6*time.Second {
		t.Errorf("the line was lowered %s after the kill, want soon after the bus answers", took)
	}
}

func TestGuardIgnoresTermAndDaemonStopsCleanly(t *testing.T) {
	d := startDaemon(t)
	check(t, syscall.Kill(d.guard, syscall.SIGTERM))
	d.signal(syscall.SIGTERM)
	if err := d.cmd.Wait(); err != nil {
		t.Errorf("daemon: %v", err)
	}
	if d.out() {
		t.Error("EXTOUT is up after the daemon ended")
	}
}

func TestReleaseAfterBothDied(t *testing.T) {
	d := startDaemon(t)
	check(t, syscall.Kill(d.guard, syscall.SIGKILL))
	d.guard = 0
	d.signal(syscall.SIGKILL)
	eventually(t, "the daemon is over", func() bool { return d.cmd.Wait() != nil })
	// Both died at once: this is what Release is for.
	bus := board.LocalBus{Live: d.live, Node: 0}
	dev, err := sleepi3.New(bus, sleepi3.DefaultOpts)
	check(t, err)
	ctx, cancel := context.WithTimeout(context.Background(), giveUpEnd)
	defer cancel()
	check(t, fencing.Release(ctx, dev))
	if d.out() {
		t.Error("EXTOUT is up after Release")
	}
}
