package daemon

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/internal/store"
	"github.com/futago-ha/futago/scheduler"
)

// stepLimit is when a test gives up waiting.
const stepLimit = 20 * time.Second

// TestFailedWriteIsTheNextStep: nothing of a batch is done whose state could not
// be written, and the machine hears of it before any other event.
func TestFailedWriteIsTheNextStep(t *testing.T) {
	d := newDaemon(t)
	written := 0
	d.save = func(scheduler.Disk) error { written++; return errors.New("save state: no space left") }
	// The first word of the board is written down: the machine must try.
	d.step(scheduler.Board{OK: true, Woken: []string{"extin"}})
	if written != 1 {
		t.Fatalf("%d writes, want 1", written)
	}
	entries, err := d.journal.read(10)
	if err != nil || len(entries) == 0 || entries[0].Code != scheduler.CodeStateDisk {
		t.Fatalf("the history is %+v, %v: want the failed write first", entries, err)
	}
	if text := entries[0].Text; text != one+" could not write its state, because save state: no space left" {
		t.Errorf("it is told as %q", text)
	}
	d.step(scheduler.Tick{Wall: time.Now()})
	if written != 1 {
		t.Errorf("a disk that refused was written %d times more within a moment", written-1)
	}
}

// TestInsistentMachineIsBounded: even a machine that asks for a write after each
// failure does not hold the loop.
func TestInsistentMachineIsBounded(t *testing.T) {
	d := newDaemon(t)
	d.save = func(scheduler.Disk) error { return fs.ErrPermission }
	for range 50 {
		d.step(scheduler.Board{OK: true, Armed: true, Woken: []string{"poweron"}})
	}
	d.save = d.state.Save
	d.step(scheduler.Tick{Wall: time.Now()})
}

func TestLatenessFades(t *testing.T) {
	d := &Daemon{}
	d.lateness(time.Now().Add(-tickEvery - time.Second))
	if d.late < time.Second || d.late > 2*time.Second {
		t.Fatalf("a tick 1 s late counts %s", d.late)
	}
	for range 100 {
		d.lateness(time.Now().Add(-tickEvery))
	}
	if d.late > 50*time.Millisecond {
		t.Errorf("after 100 good ticks it still counts %s", d.late)
	}
}

// running is a daemon with Run under way.
func running(t *testing.T) (*Daemon, context.CancelFunc, <-chan error) {
	t.Helper()
	return runningWith(t, func(*Options) {})
}

func runningWith(t *testing.T, change func(*Options)) (*Daemon, context.CancelFunc, <-chan error) {
	t.Helper()
	t.Cleanup(func() { goleak.VerifyNone(t, goleak.IgnoreCurrent()) })
	o := testOptions(t)
	change(&o)
	d, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	select {
	case <-d.Ready():
	case err := <-done:
		t.Fatalf("the daemon ended at once: %v", err)
	case <-time.After(stepLimit):
		t.Fatal("the daemon does not become ready")
	}
	return d, cancel, done
}

func ended(t *testing.T, done <-chan error) {
	t.Helper()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("the daemon ended with %v", err)
		}
	case <-time.After(stepLimit):
		t.Fatal("the daemon does not end")
	}
}

// TestRunUntilCancelled runs a whole daemon without engine and peer. It answers
// operators meanwhile and leaves no goroutine behind.
func TestRunUntilCancelled(t *testing.T) {
	defer goleak.VerifyNone(t)
	d, cancel, done := running(t)
	client := control.NewClient(d.opts.Socket)
	ctx, end := context.WithTimeout(context.Background(), stepLimit)
	defer end()
	st, err := client.Status(ctx)
	if err != nil || st.This != one || st.Cluster != "apache" {
		t.Errorf("the status is %+v, %v", st, err)
	}
	_, err = client.Do(ctx, control.Command{Verb: control.VerbMove, Node: two})
	var refused *control.Error
	if !errors.As(err, &refused) || refused.Code != control.CodeRefused {
		t.Errorf("a move without a peer: %v, want a refusal", err)
	}
	cancel()
	ended(t, done)
	if _, err := os.Stat(d.opts.Socket); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket is left: %v", err)
	}
}

// TestAnswerIsShownFirst: whoever looks after a command was answered sees what
// became of it, a script as well, which looks within a millisecond.
func TestAnswerIsShownFirst(t *testing.T) {
	d, cancel, done := running(t)
	client := control.NewClient(d.opts.Socket)
	ctx, end := context.WithTimeout(context.Background(), stepLimit)
	defer end()
	for _, state := range []string{"on", "off", "on", "off", "on", "off"} {
		c := control.Command{Verb: control.VerbMaintenance, Args: map[string]string{control.ArgState: state}}
		if _, err := client.Do(ctx, c); err != nil {
			t.Fatal(err)
		}
		if st, err := client.Status(ctx); err != nil || (st.Maintenance != nil) != (state == "on") {
			t.Errorf("maintenance was answered to be %s and is shown as %v, %v", state, st.Maintenance, err)
		}
	}
	cancel()
	ended(t, done)
}

// TestLeaveEndsRun: asked to restart, the machine says Exit and Run returns
// without an error.
func TestLeaveEndsRun(t *testing.T) {
	defer goleak.VerifyNone(t)
	d, _, done := running(t)
	d.Leave(scheduler.StopRequested{Restart: true})
	for range 10 { // never blocks, however often it is asked
		d.Leave(scheduler.StopRequested{Restart: true})
	}
	ended(t, done)
	if !d.exited {
		t.Error("the machine did not say Exit")
	}
}

// TestSecondDaemonIsRefused: one state directory has one daemon.
func TestSecondDaemonIsRefused(t *testing.T) {
	d := newDaemon(t)
	other, err := New(d.opts)
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Run(context.Background()); err == nil {
		t.Error("a second daemon ran on the same state")
	}
}

// TestFirstStartIsSaid: whoever emptied the directory must read that marks went
// with it.
func TestFirstStartIsSaid(t *testing.T) {
	d, err := New(testOptions(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.openState(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = errors.Join(d.journal.close(), d.state.Close()) }()
	if e := d.journal.last; e == nil || e.Code != "STATE_NEW" || e.Level != control.EntryInfo {
		t.Errorf("it is told as %+v", e)
	}
}

// TestDamagedStateIsSaid: the daemon starts as one that never met its peer.
func TestDamagedStateIsSaid(t *testing.T) {
	o := testOptions(t)
	if err := os.MkdirAll(o.StateDir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(o.StateDir+"/state", []byte("not a state"), 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.openState(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = errors.Join(d.journal.close(), d.state.Close()) }()
	e := d.journal.last
	if e == nil || e.Code != "STATE_CORRUPT" || e.Level != control.EntryCritical || e.Do == "" {
		t.Errorf("it is told as %+v", e)
	}
	if v := d.machine.View(); v.State.Term != 0 {
		t.Errorf("a damaged state gave term %d", v.State.Term)
	}
}

// TestStateOfAnotherVersionIsSaid: what this version does not know is passed
// over, and an operator is told.
func TestStateOfAnotherVersionIsSaid(t *testing.T) {
	o := testOptions(t)
	type later struct {
		scheduler.Disk
		Later string `json:"later"`
	}
	st, err := store.Open[later](o.StateDir)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(st.Save(later{Disk: scheduler.Disk{Term: 7, Standby: true}}), st.Close()); err != nil {
		t.Fatal(err)
	}
	d, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.openState(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = errors.Join(d.journal.close(), d.state.Close()) }()
	if v := d.machine.View(); v.State.Term != 7 || !v.State.Standby {
		t.Errorf("what this version does know was lost: %+v", v.State)
	}
	e := d.journal.last
	if e == nil || e.Code != "STATE_UNKNOWN_FIELD" || !strings.Contains(e.Text, "later") || e.Do == "" {
		t.Errorf("it is told as %+v", e)
	}
}
