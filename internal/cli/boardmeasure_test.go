package cli

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"periph.io/x/conn/v3/i2c"

	"github.com/futago-ha/futago/internal/board"
	"github.com/futago-ha/futago/internal/survey"
)

func TestMeasureNeedsToKnowTheOtherNode(t *testing.T) {
	s := newShell(t, "")
	if code := s.run("", "board measure --file "+t.TempDir()+"/f"); code != exitUsage || !strings.Contains(s.err.String(), "--ssh is missing") {
		t.Errorf("code %d: %s", code, s.err.String())
	}
	s = newShell(t, "")
	if code := s.run("", "board measure --report --file "+t.TempDir()+"/f"); code != exitFailure || !strings.Contains(s.err.String(), "there is no survey") {
		t.Errorf("code %d: %s", code, s.err.String())
	}
}

func TestThereIsTheCallersSSH(t *testing.T) {
	t.Setenv("SUDO_USER", "")
	if got := (measureFlags{ssh: "pi@" + two}).there(); got[0] != "ssh" || !slices.Contains(got, "pi@"+two) {
		t.Errorf("got %q", got)
	}
	t.Setenv("SUDO_USER", "pi")
	if got := (measureFlags{ssh: "pi@" + two}).there(); strings.Join(got[:4], " ") != "sudo -u pi ssh" {
		t.Errorf("got %q", got)
	}
	if got := (measureFlags{ssh: "x", other: "a b"}).there(); strings.Join(got, " ") != "a b" {
		t.Errorf("got %q", got)
	}
}

// The real hands, as processes of their own on two simulated boards, up to the first question: the person stops there.
func TestMeasureWithRealHands(t *testing.T) {
	paths := boards(t)
	dial(t, paths[0])
	again := filepath.Join(shortDir(t), "futago")
	// A script, because the hand on the other node needs another board and another kernel.
	script := "#!/bin/sh\nexec env GORACE=atexit_sleep_ms=0 " + childBus + "=\"$1\" " + childBoot + "=\"$1\" " + self(t) + " \"$2\" \"$3\"" + noFiles + "\n"
	if err := os.WriteFile(again, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "survey")
	for _, typed := range []string{"nonsense\nye\nstop\n", ""} {
		s := newShell(t, typed)
		s.app.machine.OpenBus = func(int) (i2c.BusCloser, error) { return board.DialBus(paths[0]) }
		s.app.machine.Again = []string{again, paths[0]}
		s.app.socket = "/nonexistent/s"
		code := s.app.run(t.Context(), []string{"board", "measure", "--other", again + " " + paths[1], "--file", file, "--socket", "/nonexistent/s"})
		if code != exitFailure || !strings.Contains(s.err.String(), "the survey was stopped; what was found is kept\nDo: the same command again") {
			t.Fatalf("typed %q: code %d\n%s%s", typed, code, s.out.String(), s.err.String())
		}
		if typed != "" && strings.Count(s.out.String(), "Type yes, skip or stop: ") != 3 {
			t.Errorf("it should ask three times:\n%s", s.out.String())
		}
	}
	s := newShell(t, "")
	if code := s.run("", "board measure --report --file "+file); code != exitOK || !strings.Contains(s.out.String(), "both wires work                    yes") ||
		!strings.Contains(s.out.String(), "not done: reboot, cut") {
		t.Errorf("code %d\n%s", code, s.out.String())
	}
}

// self is this test binary by a path that another process understands.
func self(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestProcessEndsWithItsInput(t *testing.T) {
	rw, err := program([]string{"cat"}, false)(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(rw, "hello\n"); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 6)
	if _, err := io.ReadFull(rw, b); err != nil || string(b) != "hello\n" {
		t.Errorf("read %q, %v", b, err)
	}
	if err := errors.Join(rw.Close(), rw.Close()); err != nil {
		t.Error(err)
	}
	if _, err := program([]string{"/nonexistent/futago"}, true)(t.Context()); err == nil {
		t.Error("a program that is not there was started")
	}
}

func TestChoice(t *testing.T) {
	choices := []string{survey.AtOnce, survey.Later, survey.StayOn, "stop"}
	for typed, want := range map[string]string{
		"a": survey.AtOnce, "LATER ": survey.Later, "st": "", "sto": "stop", "sta": survey.StayOn, "": "", "no": "",
	} {
		if got := choice(choices, typed); got != want {
			t.Errorf("%q is %q, want %q", typed, got, want)
		}
	}
	if got := choice([]string{survey.Yes, survey.Skip}, "y"); got != "" {
		t.Errorf("power is cut on %q", got)
	}
}
