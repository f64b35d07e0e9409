package cli

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

func commands(root *cobra.Command) []*cobra.Command {
	list := []*cobra.Command{root}
	for _, c := range root.Commands() {
		list = append(list, commands(c)...)
	}
	return list
}

func TestEveryHelp(t *testing.T) {
	a := newShell(t, "").app
	for _, c := range commands(a.root()) {
		text := helpText(c)
		for line := range strings.Lines(text) {
			if len(strings.TrimSuffix(line, "\n")) > pageWidth {
				t.Errorf("%s --help is wider than %d: %q", c.CommandPath(), pageWidth, line)
			}
		}
		if c.Example == "" || c.Short == "" {
			t.Errorf("%s has no example or no short description", c.CommandPath())
		}
		for example := range strings.Lines(c.Example) {
			checkExample(t, a.root(), example)
		}
	}
}

// checkExample has the command line judge an example as if it were typed.
func checkExample(t *testing.T, root *cobra.Command, example string) {
	t.Helper()
	line, _, _ := strings.Cut(strings.TrimSpace(example), " |")
	words := strings.Fields(strings.TrimPrefix(line, "sudo "))
	if words[0] == "systemctl" {
		return
	}
	if words[0] != "futago" {
		t.Errorf("example %q does not call futago", line)
		return
	}
	cmd, rest, err := root.Find(words[1:])
	if err != nil || cmd == root {
		t.Errorf("example %q: no such command, %v", line, err)
		return
	}
	if err := cmd.ParseFlags(rest); err != nil {
		t.Errorf("example %q: %v", line, err)
	}
	if err := cmd.ValidateArgs(cmd.Flags().Args()); err != nil {
		t.Errorf("example %q: %v", line, err)
	}
}

func TestHelpReachesTheOperator(t *testing.T) {
	for _, line := range []string{"", "--help", "help", "fence --help", "help fence"} {
		s := newShell(t, "")
		if code := s.run("/nonexistent/s", line); code != exitOK || !strings.Contains(s.out.String(), "Usage:") {
			t.Errorf("%q: code %d, %q", line, code, s.out.String())
		}
		if strings.Contains(s.out.String(), "guard") {
			t.Errorf("%q shows the hidden command", line)
		}
	}
}

func TestUsageErrors(t *testing.T) {
	for _, c := range []struct {
		line string
		code int
		want string // on standard error
	}{
		{"staus", exitUsage, "futago: there is no command \"staus\"\nDo: futago status --help\n"},
		{"abracadabra", exitUsage, "futago: there is no command \"abracadabra\"\nDo: futago --help\n"},
		{"status now", 3, "futago: status: takes no argument, and \"now\" is one\nDo: futago status --help\n"},
		{"status --bogus", 3, "futago: unknown flag: --bogus\nDo: futago status --help\n"},
		{"status --json --nagios", 3, "only one of"},
		{"move a b", exitUsage, "futago: move: one node at a time\nDo: futago move --help\n"},
		{"fence", exitUsage, "futago: fence: which node?\nDo: futago fence --help\n"},
		{"wake", exitUsage, "which node?"},
		{"confirm", exitUsage, "confirm what?"},
		{"confirm on raspberrypi-1", exitUsage, "confirm what?"},
		{"confirm off", exitUsage, "Do: futago confirm off --help"},
		{"maintenance", exitUsage, "say on or off"},
		{"maintenance maybe", exitUsage, "say on or off"},
		{"maintenance on --for 1s", exitUsage, "not within 1m and 168h"},
		{"maintenance off --for 2h", exitUsage, "off takes no argument"},
		{"maintenance on --for soon", exitUsage, "Do: futago maintenance --help"},
		{"history -n 0", exitUsage, "allowed are 1 to 10000"},
		{"check a b", exitUsage, "one file at a time"},
		{"version please", exitUsage, "takes no argument"},
	} {
		s := newShell(t, "")
		if code := s.run("/nonexistent/s", c.line); code != c.code || !strings.Contains(s.err.String(), c.want) {
			t.Errorf("%q: code %d, want %d; said %q, want %q", c.line, code, c.code, s.err.String(), c.want)
		}
		if s.out.Len() > 0 {
			t.Errorf("%q printed %q on standard output", c.line, s.out.String())
		}
	}
}

func TestVersion(t *testing.T) {
	s := newShell(t, "")
	s.app.machine.Version, s.app.machine.Commit = "0.1.0", "abc123"
	if code := s.run("", "version"); code != exitOK || !strings.HasPrefix(s.out.String(), "futago 0.1.0 commit abc123 go1.") {
		t.Errorf("code %d, %q", code, s.out.String())
	}
	if v, c := (Machine{}).version(); v == "" || c == "" {
		t.Errorf("without the linker's word: version %q, commit %q", v, c)
	}
}
