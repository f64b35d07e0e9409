package lab

import (
	"errors"
	"strings"
	"testing"
)

// TestControlSocket drives a lab from outside as the command line does.
func TestControlSocket(t *testing.T) {
	l := startLab(t, Options{Command: idle, NoEngine: true})
	remote := Connect(l.opts)
	s, err := remote.Do(limited(t), Command{Verb: "power", Args: []string{"raspberrypi-1", "on"}})
	if err != nil {
		t.Fatal(err)
	}
	if !s.Boards[0].Supply || s.Boards[1].Supply {
		t.Errorf("after power on of one node: %+v", s.Boards)
	}
	if _, err := l.WaitUp(limited(t), 0); err != nil {
		t.Fatal(err)
	}
	if s, err = remote.Do(limited(t), Command{Verb: "wire", Args: []string{"raspberrypi-2", "stick"}}); err != nil {
		t.Fatal(err)
	}
	if s.Boards[1].Wire != "high" || !s.Boards[0].ExtIn || s.Nodes[0].Phase != Running {
		t.Errorf("after wire stick: %+v %+v", s.Boards, s.Nodes)
	}
	for _, c := range []struct {
		words []string
		want  string
	}{
		{[]string{"dance"}, `"dance" is not known`},
		{[]string{"power", "raspberrypi-1"}, "usage: power NODE off|on"},
		{[]string{"power", "raspberrypi-1", "maybe"}, `"maybe": want on or off`},
		{[]string{"panic", "raspberrypi-3"}, "not in this lab: it has raspberrypi-1 and raspberrypi-2"},
		{[]string{"wire", "raspberrypi-1", "glue"}, `wire "glue": want ok, cut, stick, swap, low, looped or shorted`},
		{[]string{"loss", "raspberrypi-1", "101"}, "0 to 100"},
		{[]string{"loss", "raspberrypi-1", "few"}, "0 to 100"},
		{[]string{"hang", "raspberrypi-2"}, "does not run"},
	} {
		_, err := remote.Do(limited(t), Command{Verb: c.words[0], Args: c.words[1:]})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: got %v, want an error with %q", c.words, err, c.want)
		}
	}
}

func TestNoLabAnswers(t *testing.T) {
	_, err := Connect(Options{RunDir: t.TempDir()}).Status(t.Context())
	if !errors.Is(err, ErrNoLab) {
		t.Errorf("got %v, want ErrNoLab", err)
	}
}
