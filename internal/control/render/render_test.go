package render

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/futago-ha/futago/internal/control"
)

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		in    string
		width int
		want  string
	}{
		{"", 10, ""},
		{"one two", 10, "one two"},
		{"one two three", 7, "one two|three"},
		{"abcdefghijkl", 5, "abcde|fghij|kl"},
		{"ab abcdefghijkl", 5, "ab|abcde|fghij|kl"},
		{"  many   blanks\n\tand lines ", 80, "many blanks and lines"},
		{"fine so far, but wraps here", 16, "fine so far,|but wraps here"},
		{"a, clause far away from the end here", 31, "a, clause far away from the end|here"},
		{"version 1.2.3 here", 14, "version 1.2.3|here"},
		{"caf\u00e9 \x1b[31mred", 80, "caf? ?[31mred"},
	} {
		if got := strings.Join(wrap(c.in, c.width), "|"); got != c.want {
			t.Errorf("wrap(%q, %d) = %q, want %q", c.in, c.width, got, c.want)
		}
	}
}

func TestSpans(t *testing.T) {
	for _, c := range []struct {
		d                 time.Duration
		span, ago, spoken string
	}{
		{-time.Second, "0s", "0s", "0 s"},
		{12*time.Second + 900*time.Millisecond, "12s", "12s", "12 s"},
		{3*time.Minute + 48*time.Second, "3m 48s", "3m", "3 min"},
		{9*time.Hour + time.Minute, "9h 1m", "9h", "9 h"},
		{30 * time.Hour, "1d 6h", "30h", "30 h"},
		{76 * time.Hour, "3d 4h", "3d", "3 days"},
	} {
		if s, a, w := span(c.d), ago(c.d), spoken(c.d); s != c.span || a != c.ago || w != c.spoken {
			t.Errorf("%s: %q %q %q, want %q %q %q", c.d, s, a, w, c.span, c.ago, c.spoken)
		}
	}
}

func TestStamps(t *testing.T) {
	now := at("14:03:20")
	for _, c := range []struct {
		t                        time.Time
		stamp, appointment, hour string
	}{
		{at("05:02:11"), "05:02:11", "05:02", "05:02"},
		{at("09:00:00").Add(day), "11-23 09:00", "11-23 09:00", "09:00"},
		{at("09:00:00").Add(-3 * day), "11-19 09:00", "11-19 09:00", "11-19 09:00"},
		{at("09:00:00").AddDate(-1, 0, 0), "2025-11-22", "2025-11-22", "2025-11-22"},
		// The zone of the one who looks, not that of the one who wrote.
		{at("23:30:00").UTC(), "23:30:00", "23:30", "23:30"},
	} {
		if s, a, h := stamp(c.t, now), appointment(c.t, now), hour(c.t, now); s != c.stamp || a != c.appointment || h != c.hour {
			t.Errorf("%s: %q %q %q, want %q %q %q", c.t, s, a, h, c.stamp, c.appointment, c.hour)
		}
	}
}

func TestNagios(t *testing.T) {
	for _, c := range []struct {
		name string
		st   control.Status
		now  time.Time
		want string
	}{
		{"ok", healthy(), at("14:03:20"), "FUTAGO OK - apache: raspberrypi-1 serves since 11-19 10:02, term 43 | term=43c age=0.0s\n"},
		{
			"degraded", degraded(), at("03:01:12"),
			"FUTAGO WARNING - DEGRADED apache: raspberrypi-2 serves; raspberrypi-1 is rebooting as planned; " +
				"waiting for raspberrypi-1 until 03:05:00 (3m 48s left); then it is woken [PEER_REBOOT] | term=44c age=0.0s\n",
		},
		{
			"blocked", blocked(), at("14:15:40"),
			"FUTAGO CRITICAL - BLOCKED apache: raspberrypi-2 may not take over [FENCE_WIRE_BROKEN]; " +
				"waiting for raspberrypi-1 or for you, no time limit [FENCE_WIRE_BROKEN] | term=44c age=0.0s\n",
		},
		{
			"stale", stalled(), at("14:03:20"),
			"FUTAGO UNKNOWN - the daemon hangs; 95 s ago: OK apache: raspberrypi-1 serves since 11-19 10:02, term 43 | term=43c age=95.0s\n",
		},
	} {
		if got := Nagios(c.st, c.now); got != c.want {
			t.Errorf("%s:\n got %q\nwant %q", c.name, got, c.want)
		}
	}
	bars := healthy()
	bars.Cluster = "a|b\nc"
	if got := Nagios(bars, at("14:03:20")); strings.Count(got, "|") != 1 || strings.Count(got, "\n") != 1 {
		t.Errorf("a bar or a line break in the text came through: %q", got)
	}
	if got, want := NagiosUnreachable("no | daemon"), "FUTAGO UNKNOWN - no / daemon\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestReasonWithoutTextIsLeftOut(t *testing.T) {
	st := healthy()
	st.Why = []control.Reason{{Time: at("14:00:00")}, {Text: "because"}}
	if got := Status(st, at("14:03:20"), Options{Width: 80}); !strings.Contains(got, "WAITING   nothing\nWHY       because\n") {
		t.Errorf("drawn as\n%s", got)
	}
}

func TestUnreachable(t *testing.T) {
	got := Unreachable("the futago daemon is not running on this machine", "sudo systemctl start futago", 80)
	want := "UNKNOWN   the futago daemon is not running on this machine\nDO        sudo systemctl start futago\n"
	if got != want {
		t.Errorf("got:\n%s", got)
	}
}

func TestHistory(t *testing.T) {
	got := History([]control.Entry{
		{Time: at("14:03:10"), Node: two, Code: "PEER_LOST", Level: control.EntryNotice, Text: two + " did not hear " + one + " for 1.0 s."},
		{
			Time: at("14:03:23"), Node: two, Code: "FENCED", Level: control.EntryWarning,
			Text: two + " fenced " + one + " because it was not heard for 1.0 s and its address did not answer after 11.5 of 12.0 s.",
			Do:   "sudo futago status",
		},
		{Time: at("14:04:00").UTC(), Node: two, Code: "STUCK", Level: control.EntryCritical, Text: "EXTIN of " + two + " stood for 45 s."},
	}, jst, 80)
	golden(t, "history", got)
	decent(t, got, 80)
}

// Any status draws: never a panic, never too wide, only ASCII.
func FuzzStatus(f *testing.F) {
	for _, p := range pictures {
		doc, err := json.Marshal(p.st())
		if err != nil {
			f.Fatal(err)
		}
		f.Add(doc, 80, true)
	}
	f.Fuzz(func(t *testing.T, doc []byte, width int, long bool) {
		var st control.Status
		if json.Unmarshal(doc, &st) != nil {
			return
		}
		width = min(width, 200)
		decent(t, Status(st, at("14:03:20"), Options{Width: width, Long: long}), max(width, WidthMin))
		if line := Nagios(st, at("14:03:20")); strings.Count(line, "\n") != 1 {
			t.Errorf("nagios line %q", line)
		}
	})
}
