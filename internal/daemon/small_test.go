package daemon

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/scheduler"
	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
)

func TestInstants(t *testing.T) {
	now := bootClock()
	if now <= 0 || bootClock() < now {
		t.Errorf("the clock went from %d back", now)
	}
	if instantOf(time.Time{}) != 0 {
		t.Error("never became a time")
	}
	if got := bootClock().Since(instantOf(time.Now().Add(-time.Minute))); got < time.Minute-time.Millisecond || got > time.Minute+stepLimit {
		t.Errorf("a minute ago became %s ago", got)
	}
}

// TestClockStepped: a wall clock that jumps moves what is shown, and nothing
// that the machine waits for.
func TestClockStepped(t *testing.T) {
	now := scheduler.Instant(time.Hour)
	past := now.Add(-10 * time.Minute)
	for _, wall := range []time.Time{time.Unix(0, 0), clock("14:03:20.0"), clock("14:03:20.0").AddDate(10, 0, 0)} {
		if got := wall.Sub(wallOf(now, wall, past)); got != 10*time.Minute {
			t.Errorf("at %s ten minutes are shown as %s", wall, got)
		}
	}
	if !wallOf(now, time.Now(), 0).IsZero() {
		t.Error("never is shown as a time")
	}
	d := newDaemon(t)
	d.step(scheduler.Board{OK: true, Armed: true})
	waits := func(wall time.Time) string {
		d.step(scheduler.Tick{Wall: wall})
		var b strings.Builder
		for _, w := range d.machine.View().Waits {
			fmt.Fprintln(&b, w.Code, w.Since, w.Until)
		}
		return b.String()
	}
	first := waits(clock("14:03:20.0"))
	for _, wall := range []time.Time{clock("14:03:20.0").AddDate(5, 0, 0), time.Unix(1, 0)} {
		if got := waits(wall); got != first {
			t.Errorf("the clock went to %s, and the waits from\n%sto\n%s", wall, first, got)
		}
	}
}

// TestClockStepIsSaid: the times of a history that was written across a step
// make no sense without it.
func TestClockStepIsSaid(t *testing.T) {
	d := newDaemon(t)
	now, wall := scheduler.Instant(time.Hour), clock("14:03:20.0")
	ticks := func(n int) {
		for range n {
			now, wall = now.Add(tickEvery), wall.Add(tickEvery)
			d.watchClock(now, wall)
		}
	}
	said := func() string {
		entries, err := d.journal.read(100)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, e := range entries {
			fmt.Fprintln(&b, e.Code, e.Text)
		}
		return b.String()
	}
	ticks(10)
	now, wall = now.Add(time.Hour), wall.Add(time.Hour) // a suspend is no step
	ticks(10)
	for range 50 { // nor is what a time daemon does slowly
		wall = wall.Add(40 * time.Millisecond)
		ticks(1)
	}
	if got := said(); got != "" {
		t.Fatalf("without a step it said:\n%s", got)
	}
	wall = wall.Add(72*time.Hour + 5*time.Minute)
	ticks(1)
	first := "CLOCK_STEPPED " + one + " saw its clock go forward by 72h5m0s, because something set it; no wait is longer or shorter for it\n"
	if got := said(); got != first {
		t.Fatalf("it said:\n%swant:\n%s", got, first)
	}
	for range 20 { // a clock that two programs set by turns does not fill the disk
		wall = wall.Add(-time.Hour)
		ticks(1)
		wall = wall.Add(58 * time.Minute)
		ticks(1)
	}
	if got := said(); got != first {
		t.Errorf("within a minute it said more:\n%s", got)
	}
	ticks(700)
	want := first + "CLOCK_STEPPED " + one + " saw its clock go back by 40m0s, because something set it; no wait is longer or shorter for it\n"
	if got := said(); got != want {
		t.Errorf("it said:\n%swant:\n%s", got, want)
	}
}

// flakyBus is a bus that is not there at first.
type flakyBus struct{ closed *int }

func (flakyBus) String() string                  { return "flaky" }
func (flakyBus) Tx(uint16, []byte, []byte) error { return nil }
func (flakyBus) SetSpeed(physic.Frequency) error { return nil }
func (b flakyBus) Close() error                  { *b.closed++; return nil }
func (flakyBus) Beat() error                     { return nil }

func TestBusAppearsLater(t *testing.T) {
	opens, closed, missing := 0, 0, true
	b := &bus{open: func() (i2c.BusCloser, error) {
		opens++
		if missing {
			return nil, errors.New("open /dev/i2c-1: no such file")
		}
		return flakyBus{&closed}, nil
	}}
	if err := b.close(); err != nil {
		t.Errorf("close of a bus never opened: %v", err)
	}
	if err := b.Tx(0x6e, nil, nil); err == nil {
		t.Error("a transfer on no bus succeeded")
	}
	if _, ok := b.beat(); ok {
		t.Error("no bus carries a heartbeat")
	}
	missing = false
	for range 3 {
		if err := b.Tx(0x6e, nil, nil); err != nil {
			t.Errorf("the bus is there and fails: %v", err)
		}
	}
	if beat, ok := b.beat(); !ok || beat(true) != nil {
		t.Error("the bus does not carry the heartbeat")
	}
	if opens != 3 {
		t.Errorf("opened %d times, want twice in vain and once", opens)
	}
	if err := b.close(); err != nil || closed != 1 {
		t.Errorf("closed %d times: %v", closed, err)
	}
}

func TestJournal(t *testing.T) {
	dir := t.TempDir()
	feed := &control.Feed{}
	j, err := openJournal(dir, one, slog.New(slog.DiscardHandler), feed)
	if err != nil {
		t.Fatal(err)
	}
	for i, level := range []scheduler.NoteLevel{scheduler.Info, scheduler.Warning, scheduler.Critical} {
		j.write(scheduler.Note{Level: level, Code: "C", Text: fmt.Sprint(one, " did ", i), Do: "futago status"})
	}
	if err := j.close(); err != nil {
		t.Fatal(err)
	}
	again, err := openJournal(dir, one, slog.New(slog.DiscardHandler), feed)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = again.close() }()
	if again.last == nil || again.last.Text != one+" did 2" {
		t.Errorf("the last entry is %+v", again.last)
	}
	got, err := again.read(2)
	if err != nil || len(got) != 2 || got[0].Level != control.EntryWarning || got[1].Level != control.EntryCritical || got[1].Node != one {
		t.Errorf("read %+v, %v", got, err)
	}
}

// TestPlans: what moves the service or cuts power says so and asks.
func TestPlans(t *testing.T) {
	st := control.Status{
		Cluster: "apache", This: one, Serving: one, Term: 43,
		Nodes: []control.Node{{Name: one}, {Name: two}},
	}
	for _, c := range []struct {
		cmd  control.Command
		text string
		ask  bool
	}{
		{control.Command{Verb: control.VerbStandby, Node: one}, "raspberrypi-1 is marked as standby; apache moves to raspberrypi-2 if that is ready, and stops if not.", true},
		{control.Command{Verb: control.VerbStandby, Node: two}, "raspberrypi-2 is marked as standby; the service stays where it is.", false},
		{control.Command{Verb: control.VerbMove, Node: one}, "raspberrypi-1 has the service already; nothing is moved.", true},
		{control.Command{Verb: control.VerbMove}, "apache moves from raspberrypi-1 to raspberrypi-2.", true},
		{control.Command{Verb: control.VerbFence, Node: two}, "raspberrypi-1 cuts the power of raspberrypi-2 by its fence line (12 s). It is woken afterwards.", true},
		{control.Command{Verb: control.VerbFence, Node: one, Args: map[string]string{control.ArgOff: "true"}}, "raspberrypi-1 cuts the power of raspberrypi-1 by its fence line (12 s); apache is down until raspberrypi-1 took over. It is not woken afterwards.", true},
		{control.Command{Verb: control.VerbReboot, Node: one}, "apache moves to raspberrypi-2, then raspberrypi-1 reboots.", true},
		{control.Command{Verb: control.VerbReboot, Node: two}, "raspberrypi-2 reboots; the service stays where it is.", true},
		{control.Command{Verb: control.VerbConfirmOff, Node: two}, "raspberrypi-1 takes over WITHOUT cutting raspberrypi-2. If raspberrypi-2 still has power, two nodes hold the VIP.", true},
		{control.Command{Verb: control.VerbClear}, "", false},
	} {
		if text, ask := planOf(st, c.cmd); text != c.text || ask != c.ask {
			t.Errorf("%s %s: %v, %q", c.cmd.Verb, c.cmd.Node, ask, text)
		}
	}
}

// TestPlanOvertaken: what an operator agreed to is not done to another pair.
func TestPlanOvertaken(t *testing.T) {
	d := newDaemon(t)
	d.publish(true)
	b := backend{d}
	a, err := b.Do(t.Context(), control.Command{Verb: control.VerbMove, Plan: true})
	if err != nil || !a.Ask || a.Basis == "" {
		t.Fatalf("the plan is %+v, %v", a, err)
	}
	var refused *control.Error
	if _, err := b.Do(t.Context(), control.Command{Verb: control.VerbMove, Basis: "term 9 served by nobody"}); !errors.As(err, &refused) {
		t.Errorf("an overtaken plan: %v", err)
	}
}

func TestCommandsReachTheMachine(t *testing.T) {
	got := commandOf(control.Command{
		Verb: control.VerbMaintenance, Node: two, By: "uid 0",
		Args: map[string]string{control.ArgState: "on", control.ArgFor: "2h", control.ArgOff: "true"},
	})
	want := scheduler.Command{Verb: scheduler.VerbMaintenance, Node: two, By: "uid 0", For: 2 * time.Hour, On: true, Off: true}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	// Every verb of the socket is one the machine knows by the same word.
	for _, verb := range control.Verbs() {
		switch scheduler.Verb(verb) {
		case scheduler.VerbStandby, scheduler.VerbUnstandby, scheduler.VerbMove, scheduler.VerbMaintenance, scheduler.VerbFence,
			scheduler.VerbFenceTest, scheduler.VerbWake, scheduler.VerbConfirmOff, scheduler.VerbReboot, scheduler.VerbClear:
		default:
			t.Errorf("the machine does not know %q", verb)
		}
	}
}

func TestActionsReachTheSystem(t *testing.T) {
	d := newDaemon(t)
	asked := d.opts.System.(testSystem).asked
	for action, want := range map[scheduler.Action]string{
		scheduler.Reboot{}: "reboot", scheduler.Reboot{Off: true}: "power off",
		scheduler.ResetSelf{Why: "a test"}: "reset", scheduler.SyncDisks{}: "sync",
	} {
		d.do(action)
		select {
		case got := <-asked:
			if got != want {
				t.Errorf("%T became %q, want %q", action, got, want)
			}
		case <-time.After(stepLimit):
			t.Errorf("%T asked nothing of the system", action)
		}
	}
}

func TestAsciiIsSafeForTerminals(t *testing.T) {
	if got := ascii("a\x1b[2Jb\n\u00e9"); got != "a?[2Jb??" {
		t.Errorf("got %q", got)
	}
}
