package cli

import (
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/futago-ha/futago/internal/control"
)

// What is typed, and what the daemon is told.
func TestOrders(t *testing.T) {
	type want struct {
		verb control.Verb
		node string
		args map[string]string
	}
	for line, w := range map[string]want{
		"standby raspberrypi-2":              {control.VerbStandby, two, nil},
		"standby":                            {control.VerbStandby, one, nil},
		"unstandby":                          {control.VerbUnstandby, one, nil},
		"unstandby raspberrypi-2":            {control.VerbUnstandby, two, nil},
		"move --yes":                         {control.VerbMove, two, nil},
		"move raspberrypi-1 -y":              {control.VerbMove, one, nil},
		"maintenance on":                     {control.VerbMaintenance, "", map[string]string{"state": "on"}},
		"maintenance on --for 2h":            {control.VerbMaintenance, "", map[string]string{"state": "on", "for": "2h0m0s"}},
		"maintenance off":                    {control.VerbMaintenance, "", map[string]string{"state": "off"}},
		"fence raspberrypi-2 --yes":          {control.VerbFence, two, nil},
		"fence raspberrypi-2 --off --yes":    {control.VerbFence, two, map[string]string{"off": "true"}},
		"fence test":                         {control.VerbFenceTest, "", nil},
		"wake raspberrypi-2":                 {control.VerbWake, two, nil},
		"confirm off raspberrypi-2 --yes":    {control.VerbConfirmOff, two, nil},
		"reboot --yes":                       {control.VerbReboot, one, nil},
		"reboot raspberrypi-2 --now --yes":   {control.VerbReboot, two, map[string]string{"now": "true"}},
		"clear":                              {control.VerbClear, "", nil},
		"clear --socket-is-no-flag-of-clear": {},
	} {
		d := &daemonStandIn{plan: control.Answer{Basis: "43"}}
		code, out, stderr := withDaemon(t, d, line)
		given := d.real()
		if w.verb == "" {
			if code != exitUsage || len(given) != 0 {
				t.Errorf("%q: code %d, %d commands", line, code, len(given))
			}
			continue
		}
		if code != exitOK || len(given) != 1 || !strings.HasPrefix(out, "done: "+string(w.verb)) {
			t.Errorf("%q: code %d, %d commands\n%s%s", line, code, len(given), out, stderr)
			continue
		}
		c := given[0]
		if c.Verb != w.verb || c.Node != w.node || !maps.Equal(c.Args, w.args) || c.Basis != "43" {
			t.Errorf("%q became %+v, want %+v", line, c, w)
		}
	}
}

// Who is asked what, and what each answer leads to.
func TestAsking(t *testing.T) {
	for _, c := range []struct {
		what     string
		line     string
		terminal bool
		input    string
		plan     control.Answer
		code     int
		said     string
		done     bool
	}{
		{"agreed", "move", true, "yes\n", control.Answer{Text: "apache moves to raspberrypi-2."}, 0, "apache moves to raspberrypi-2.\nType yes to go on: ", true},
		{"agreed in capitals", "move", true, " YES \n", control.Answer{}, 0, "The service moves to raspberrypi-2.\n", true},
		{"not agreed", "move", true, "y\n", control.Answer{}, 1, "not confirmed; nothing was done", false},
		{"input ended", "fence raspberrypi-2", true, "", control.Answer{}, 1, "This cuts the power of raspberrypi-2 and wakes it again.", false},
		{"nobody to ask", "reboot", false, "yes\n", control.Answer{}, 1, "input is no terminal\nDo: the same command again with --yes", false},
		{"told not to ask", "confirm off raspberrypi-2 --yes", false, "", control.Answer{}, 0, "You state that raspberrypi-2 has no power.", true},
		{"the daemon wants agreement", "standby", false, "", control.Answer{Ask: true, Text: "apache moves."}, 1, "apache moves.\n", false},
		{"the daemon does not mind", "standby", false, "", control.Answer{}, 0, "", true},
	} {
		socket := filepath.Join(shortDir(t), "s")
		d := &daemonStandIn{plan: c.plan}
		d.Publish(serving())
		stop := serve(t, d, socket)
		s := newShell(t, c.input)
		s.app.terminal = c.terminal
		code := s.run(socket, c.line)
		stop()
		if code != c.code || !strings.Contains(s.err.String(), c.said) || len(d.real()) == 1 != c.done {
			t.Errorf("%s: code %d, %d commands, said %q", c.what, code, len(d.real()), s.err.String())
		}
	}
}

func TestUnknownNodeNeverReachesTheDaemon(t *testing.T) {
	for _, line := range []string{"fence raspberrypi-3 --yes", "standby raspberypi-1", "wake x", "confirm off x -y", "move x", "reboot x"} {
		d := &daemonStandIn{}
		code, _, stderr := withDaemon(t, d, line)
		if code != exitUsage || !strings.Contains(stderr, "the nodes are raspberrypi-1 and raspberrypi-2\nDo: futago") || len(d.commands) != 0 {
			t.Errorf("%q: code %d, %d commands, %q", line, code, len(d.commands), stderr)
		}
	}
}

// With nobody serving there is no "other" node to move to.
func TestMoveWithNobodyServing(t *testing.T) {
	d := &daemonStandIn{}
	st := serving()
	st.Serving = ""
	d.Publish(st)
	code, _, stderr := withDaemon(t, d, "move --yes")
	if code != exitUsage || !strings.Contains(stderr, "name one of raspberrypi-1 and raspberrypi-2") {
		t.Errorf("code %d, %q", code, stderr)
	}
}

func TestRefusalIsShownWithWhatHelps(t *testing.T) {
	d := &daemonStandIn{err: control.Refuse("raspberrypi-2 is in standby", "sudo futago unstandby raspberrypi-2")}
	code, _, stderr := withDaemon(t, d, "move --yes")
	if code != exitFailure || stderr != "futago: raspberrypi-2 is in standby\nDo: sudo futago unstandby raspberrypi-2\n" {
		t.Errorf("code %d, %q", code, stderr)
	}
}

func TestOrdersWithoutDaemon(t *testing.T) {
	for _, line := range []string{"move", "fence test", "clear", "history", "standby", "maintenance on"} {
		s := newShell(t, "")
		code := s.run(filepath.Join(shortDir(t), "s"), line)
		want := "futago: the futago daemon is not running on this machine\nDo: sudo systemctl start futago\n"
		if code != exitFailure || s.err.String() != want {
			t.Errorf("%q: code %d, %q", line, code, s.err.String())
		}
	}
}

func TestCompletion(t *testing.T) {
	_, out, _ := withDaemon(t, &daemonStandIn{}, "version")
	if out == "" {
		t.Fatal("version said nothing")
	}
	socket := filepath.Join(shortDir(t), "s")
	d := &daemonStandIn{}
	d.Publish(serving())
	serve(t, d, socket)
	s := newShell(t, "")
	if code := s.app.run(t.Context(), []string{"--socket", socket, "__complete", "fence", ""}); code != exitOK {
		t.Fatalf("code %d: %s", code, s.err.String())
	}
	for _, name := range []string{one, two, "test", "release"} {
		if !strings.Contains(s.out.String(), name) {
			t.Errorf("%q is not offered:\n%s", name, s.out.String())
		}
	}
}
