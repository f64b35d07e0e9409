package nodeinit

import (
	"strings"
	"testing"
)

func TestTranslate(t *testing.T) {
	for _, c := range []struct{ in, want, err string }{
		{in: "reboot", want: "reboot"},
		{in: "reboot -f", want: "reboot -f"},
		{in: "poweroff --force", want: "poweroff -f"},
		{in: "halt", want: "poweroff"},
		{in: "shutdown -r now", want: "reboot"},
		{in: "shutdown -h now", want: "poweroff"},
		{in: "shutdown now", want: "poweroff"},
		{in: "systemctl --no-block reboot", want: "reboot"},
		{in: "systemctl reboot -i --force", want: "reboot -f"},
		{in: "systemctl poweroff", want: "poweroff"},
		{in: "systemctl stop futago.service", want: "stop futago"},
		{in: "systemctl restart docker", want: "restart docker"},
		{in: "systemctl is-active --quiet futago", want: "status futago"},
		{in: "systemctl list-jobs --no-legend --plain", want: "list-jobs"},
		{in: "systemctl kill -s STOP futago", want: "signal STOP futago"},
		{in: "systemctl", err: "a command is needed"},
		{in: "systemctl enable futago", err: "systemctl enable futago is not known"},
		{in: "systemctl kill futago", err: "not known"},
		{in: "journalctl -u futago", err: "journalctl is not known"},
	} {
		got, err := translate(strings.Fields(c.in))
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: got %v, want an error with %q", c.in, err, c.err)
			}
			continue
		}
		if err != nil || got != c.want {
			t.Errorf("%s: got %q, %v, want %q", c.in, got, err, c.want)
		}
	}
}

// TestObey covers what needs no running unit.
func TestObey(t *testing.T) {
	m := &manager{ending: make(chan ending, 1)}
	m.units = []*supervisor{newSupervisor(Unit{Name: "futago"}, func(Event) {})}
	for _, c := range []struct{ in, want, err string }{
		{in: "", err: "empty command"},
		{in: "dance", err: `"dance"`},
		{in: "stop", err: "want: stop UNIT"},
		{in: "stop nginx", err: "nginx is not known"},
		{in: "status futago", want: "active"},
		{in: "stop futago", want: "inactive"},
		{in: "start futago", want: "active"},
		{in: "signal", err: "want: signal SIG UNIT"},
		{in: "signal NONSENSE futago", err: `"NONSENSE"`},
		{in: "signal TERM futago", err: "does not run"},
		{in: "reboot -f", want: "reboot begun"},
		{in: "poweroff", err: "already ending"},
	} {
		got, err := m.obey(strings.Fields(c.in))
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%q: got %v, want an error with %q", c.in, err, c.err)
			}
			continue
		}
		if got.then != nil {
			got.then()
		}
		if err != nil || got.text != c.want {
			t.Errorf("%q: got %q, %v, want %q", c.in, got.text, err, c.want)
		}
	}
	if e := <-m.ending; e.code != exitReboot || !e.force {
		t.Errorf("the node ends by %+v, want a forced reboot", e)
	}
}

func TestReadSpec(t *testing.T) {
	s, err := ReadSpec(strings.NewReader(`{"Hostname":"raspberrypi-1","Units":[{"Name":"futago"}]}`))
	if err != nil || s.Hostname != "raspberrypi-1" || len(s.Units) != 1 {
		t.Errorf("got %+v, %v", s, err)
	}
	for _, bad := range []string{"", "{", `{"Hostnam":"x"}`} {
		if _, err := ReadSpec(strings.NewReader(bad)); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestShellQuote(t *testing.T) {
	if got := shellQuote([]string{"a b", "it's"}); got != `'a b' 'it'\''s'` {
		t.Errorf("got %s", got)
	}
}
