package cli

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"periph.io/x/conn/v3/i2c"

	"github.com/futago-ha/futago/internal/board"
	"github.com/futago-ha/futago/internal/control"
)

// onBoard is a shell without a daemon, on a simulated board of its own.
func onBoard(t *testing.T) (s *shell, paths [2]string) {
	t.Helper()
	paths = boards(t)
	dial(t, paths[0])
	s = newShell(t, "")
	s.app.machine.OpenBus = func(int) (i2c.BusCloser, error) { return board.DialBus(paths[0]) }
	return s, paths
}

const noFiles = " --config /nonexistent --defaults /nonexistent"

func TestBoardShowDirectly(t *testing.T) {
	s, _ := onBoard(t)
	if code := s.run("/nonexistent/s", "board show"+noFiles); code != exitOK {
		t.Fatalf("code %d: %s", code, s.err.String())
	}
	for _, want := range []string{
		"directly, because no daemon runs",
		"0x0C  input_control         0x00   EXTIN does not cut the power (not armed)\n" + strings.Repeat(" ", 35) + "wakes by an edge\n",
		"0x0D  io_status             0x00   EXTOUT low\n",
		"0x0F  version               3      firmware 3\n",
	} {
		if !strings.Contains(s.out.String(), want) {
			t.Errorf("%q is not in\n%s", want, s.out.String())
		}
	}
	for line := range strings.Lines(s.out.String()) {
		if len(line) > pageWidth+1 {
			t.Errorf("wider than %d: %q", pageWidth, line)
		}
	}
}

func TestBoardShowThroughTheDaemon(t *testing.T) {
	d := &daemonStandIn{board: control.Board{Node: one, Registers: []control.Register{{Addr: 14, Name: "wakeup_status", Value: "0x10", Words: "extin"}}}}
	code, out, stderr := withDaemon(t, d, "board show")
	if code != exitOK || !strings.Contains(out, "Power board of "+one) || !strings.Contains(out, "0x0E  wakeup_status         0x10   extin") {
		t.Errorf("code %d\n%s%s", code, out, stderr)
	}
	code, out, _ = withDaemon(t, d, "board show --json")
	var got control.Board
	if err := json.Unmarshal([]byte(out), &got); code != exitOK || err != nil || len(got.Registers) != 1 || got.Registers[0] != d.board.Registers[0] {
		t.Errorf("code %d, %v, %+v", code, err, got)
	}
}

// A daemon that cannot read its board says so; nobody goes past it to the bus.
func TestBoardShowRefused(t *testing.T) {
	d := &daemonStandIn{err: control.Refuse("The power board could not be read.", "sudo i2cdetect -y 1")}
	code, _, stderr := withDaemon(t, d, "board show")
	if code != exitFailure || !strings.Contains(stderr, "could not be read") || !strings.Contains(stderr, "Do: sudo i2cdetect") {
		t.Errorf("code %d: %s", code, stderr)
	}
}

func TestBoardWatchDirectly(t *testing.T) {
	s, paths := onBoard(t)
	out := newSyncBuffer()
	s.app.out = out
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	go func() {
		ended <- s.app.run(ctx, strings.Fields("board watch"+noFiles+" --socket /nonexistent/s"))
	}()
	out.waitFor(t, "EXTOUT low   EXTIN low")
	other := raise(t, paths[1])
	out.waitFor(t, "EXTOUT low   EXTIN HIGH\n")
	out.waitFor(t, "EXTIN HIGH for 1 s\n")
	if err := other.SetOut(false); err != nil {
		t.Fatal(err)
	}
	raise(t, paths[0])
	out.waitFor(t, "EXTOUT HIGH  EXTIN low")
	cancel()
	if code := <-ended; code != exitOK {
		t.Errorf("code %d: %s", code, s.err.String())
	}
}

func TestBoardWatchThroughTheDaemon(t *testing.T) {
	at := time.Now()
	d := &daemonStandIn{lines: []control.Lines{
		{Seq: 5, Time: at, In: true}, {Seq: 6, Time: at}, {Seq: 7, Time: at, Fault: "the power board could not be read: no answer"},
	}}
	_, out, stderr := withDaemon(t, d, "board watch --for 300ms")
	want := at.Format("15:04:05.000") + "  the power board could not be read: no answer\n"
	if out != want {
		t.Errorf("got %q, want only what holds now %q; %s", out, want, stderr)
	}
}
