package cli

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/futago-ha/futago/internal/control"
)

func TestStatusExitCodes(t *testing.T) {
	for _, c := range []struct {
		what   string
		change func(*control.Status)
		code   int
	}{
		{"healthy", func(*control.Status) {}, 0},
		{"degraded", func(st *control.Status) { st.Level = control.LevelDegraded }, 1},
		{"blocked", func(st *control.Status) { st.Level = control.LevelBlocked }, 2},
		{"nobody serves", func(st *control.Status) { st.Serving = "" }, 2},
		{"stale", func(st *control.Status) { st.Time = st.Time.Add(-time.Minute) }, 3},
	} {
		for _, form := range []string{"status", "status --json", "status --nagios", "status --long"} {
			d := &daemonStandIn{}
			st := serving()
			c.change(&st)
			d.Publish(st)
			code, out, stderr := withDaemon(t, d, form)
			if code != c.code || stderr != "" || !strings.Contains(out, "apache") {
				t.Errorf("%s, %s: code %d, want %d\n%s%s", c.what, form, code, c.code, out, stderr)
			}
		}
	}
}

func TestStatusForms(t *testing.T) {
	_, out, _ := withDaemon(t, &daemonStandIn{}, "status")
	if !strings.HasPrefix(out, "OK        apache: raspberrypi-1 serves, term 43\nWAITING   nothing\n") {
		t.Errorf("text:\n%s", out)
	}
	_, out, _ = withDaemon(t, &daemonStandIn{}, "status --json")
	var st control.Status
	if err := json.Unmarshal([]byte(out), &st); err != nil || st.Serving != one || len(st.Nodes) != 2 {
		t.Errorf("JSON: %v\n%s", err, out)
	}
	_, out, _ = withDaemon(t, &daemonStandIn{}, "status --nagios")
	if !strings.HasPrefix(out, "FUTAGO OK - apache: raspberrypi-1 serves, term 43 | term=43c") || strings.Count(out, "\n") != 1 {
		t.Errorf("nagios: %q", out)
	}
}

func TestStatusWithoutDaemon(t *testing.T) {
	for line, want := range map[string]string{
		"status":          "UNKNOWN   the futago daemon is not running on this machine\nDO        sudo systemctl start futago\n",
		"status --nagios": "FUTAGO UNKNOWN - the futago daemon is not running on this machine\n",
		"status --json":   `"code": "unreachable"`,
	} {
		s := newShell(t, "")
		if code := s.run(filepath.Join(shortDir(t), "s"), line); code != 3 || !strings.Contains(s.out.String(), want) {
			t.Errorf("%s: code %d\n%s", line, code, s.out.String())
		}
	}
}

// The picture follows the daemon: through a change, its end and its return.
func TestWatch(t *testing.T) {
	socket := filepath.Join(shortDir(t), "s")
	d := &daemonStandIn{}
	d.Publish(serving())
	stop := serve(t, d, socket)
	out := newSyncBuffer()
	s := newShell(t, "")
	s.app.out = out
	ctx, cancel := context.WithCancel(t.Context())
	code := make(chan int)
	go func() { code <- s.app.run(ctx, []string{"status", "--watch", "--socket", socket}) }()
	out.waitFor(t, "OK        apache")
	st := serving()
	st.Level, st.Headline = control.LevelFencing, []string{"NOBODY SERVES"}
	d.Publish(st)
	out.waitFor(t, "FENCING   apache: NOBODY SERVES")
	stop()
	out.waitFor(t, "UNKNOWN   ")
	st.Headline = []string{"back again"}
	d.Publish(st)
	serve(t, d, socket)
	out.waitFor(t, "FENCING   apache: back again")
	cancel()
	if got := <-code; got != exitOK {
		t.Errorf("code %d after the end of watching", got)
	}
	if strings.Contains(out.String(), "\x1b") {
		t.Error("a file got control sequences")
	}
}

// A terminal is cleared before each picture, and countdowns move without a word from the daemon.
func TestDrawAges(t *testing.T) {
	s := newShell(t, "")
	v := view{status: serving(), got: time.Now().Add(-time.Minute)}
	if got := s.app.draw(v, statusFlags{}); !strings.HasPrefix(got, "UNKNOWN   the daemon hangs: all below was so 1 min ago") {
		t.Errorf("a minute of silence is drawn as\n%s", got)
	}
	if got := s.app.draw(view{err: control.ErrPermission}, statusFlags{}); !strings.Contains(got, "DO        the same command again with sudo") {
		t.Errorf("no permission is drawn as\n%s", got)
	}
	s.app.redraw = true
	views := make(chan view)
	ctx, cancel := context.WithCancel(t.Context())
	out := newSyncBuffer()
	s.app.out = out
	ended := make(chan error)
	go func() { ended <- s.app.drawAll(ctx, views, statusFlags{}) }()
	views <- view{status: serving(), got: time.Now()}
	out.waitFor(t, clearScreen+"OK        apache")
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestHistory(t *testing.T) {
	when := time.Date(2026, 11, 22, 5, 2, 11, 0, time.UTC)
	d := &daemonStandIn{entries: []control.Entry{
		{Time: when, Node: one, Code: "A", Text: "first."}, {Time: when, Node: one, Code: "B", Text: "second."},
	}}
	code, out, _ := withDaemon(t, d, "history -n 1")
	if code != exitOK || strings.Contains(out, "first.") || !strings.Contains(out, "second. [B]") {
		t.Errorf("code %d\n%s", code, out)
	}
	code, out, _ = withDaemon(t, d, "history --json")
	var entries []control.Entry
	if err := json.Unmarshal([]byte(out), &entries); code != exitOK || err != nil || len(entries) != 2 {
		t.Errorf("code %d, %v\n%s", code, err, out)
	}
	if _, out, _ = withDaemon(t, &daemonStandIn{}, "history"); out != "nothing has happened yet\n" {
		t.Errorf("empty history: %q", out)
	}
}

func TestSchedule(t *testing.T) {
	st := serving()
	when := time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC)
	st.Schedule = []control.Planned{{Node: one, Cron: "0 3 * * *", Next: when}}
	d := &daemonStandIn{}
	d.Publish(st)
	if code, out, _ := withDaemon(t, d, "schedule"); code != 0 || !strings.Contains(out, "11-24 03:00  0 3 * * *") {
		t.Errorf("code %d\n%s", code, out)
	}
	if code, out, _ := withDaemon(t, d, "schedule --json"); code != 0 || !strings.Contains(out, `"next": "2026-11-24T03:00:00Z"`) {
		t.Errorf("code %d\n%s", code, out)
	}
	if code, _, _ := withDaemon(t, d, "schedule tomorrow"); code != 2 {
		t.Errorf("code %d for an argument", code)
	}
}
