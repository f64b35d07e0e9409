package membership

import (
	"bytes"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// listener collects troubles under a clock of its own.
type listener struct {
	*reporter
	now  time.Duration
	said []Trouble
}

func newListener() *listener {
	l := &listener{}
	c, _ := pairConfig(netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2"))
	l.reporter = newReporter(c, func() time.Duration { return l.now }, func(e Event) { l.said = append(l.said, e.(Trouble)) })
	return l
}

// The words of real refusals are tested with real ones in trouble_test.go;
// here are the lines that must not be misread.
func TestLogLinesThatAreNoTrouble(t *testing.T) {
	for _, line := range []string{
		"",
		"from=",
		"[DEBUG] memberlist: Stream connection from=192.0.2.2:40000",
		"[ERR] memberlist: Decrypt packet failed: no installed keys could decrypt the message from=<unknown address>",
		"[DEBUG] memberlist: failed to join 192.0.2.2:7946: no installed keys could decrypt the message",
		"[ERR] memberlist: failed to receive: read tcp: i/o timeout from=192.0.2.2:40000",
		"[WARN] memberlist: Got ping for unexpected node 'no installed keys could decrypt the message'",
	} {
		l := newListener()
		b := &logBridge{slog.New(slog.DiscardHandler), l.reporter, "apache"}
		if n, err := b.Write([]byte(line + "\n")); n != len(line)+1 || err != nil {
			t.Errorf("Write returned %d, %v", n, err)
		}
		if len(l.said) != 0 {
			t.Errorf("%q was read as %v", line, l.said)
		}
	}
}

func TestLabelCannotImitateAnotherTrouble(t *testing.T) {
	l := newListener()
	b := &logBridge{slog.New(slog.DiscardHandler), l.reporter, "apache"}
	b.read(`[ERR] memberlist: discarding packet with unacceptable label "no installed keys could decrypt the message\n\" from=192.0.2.9:1": from=192.0.2.2:7946`)
	if len(l.said) != 1 || l.said[0].Code != OtherCluster {
		t.Fatalf("got %v, want OtherCluster", l.said)
	}
	if text := l.said[0].Text; strings.Contains(text, "\n") || !strings.HasPrefix(text, "node-2 (192.0.2.2)") {
		t.Errorf("got %q", text)
	}
}

func TestLogGoesToSlogAtDebug(t *testing.T) {
	for level, want := range map[slog.Level]bool{slog.LevelDebug: true, slog.LevelInfo: false} {
		var out bytes.Buffer
		logger := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: level}))
		b := &logBridge{logger, newListener().reporter, "apache"}
		b.read("") // not enough to be logged
		if _, err := b.Write([]byte("[INFO] memberlist: hello\n")); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(out.String(), `line="[INFO] memberlist: hello"`); got != want {
			t.Errorf("at level %v logged %q", level, out.String())
		}
	}
}

func TestTroubleIsRepeatedOncePerMinute(t *testing.T) {
	l := newListener()
	peer := netip.MustParseAddr("192.0.2.2")
	for _, step := range []struct {
		after time.Duration
		want  int
	}{{0, 1}, {time.Second, 1}, {troubleEvery - 2*time.Second, 1}, {time.Second, 2}} {
		l.now += step.after
		l.keyMismatch(peer)
		if len(l.said) != step.want {
			t.Errorf("at %v: %d troubles, want %d", l.now, len(l.said), step.want)
		}
	}
}

func TestStrangersDoNotSilenceThePeer(t *testing.T) {
	l := newListener()
	stranger := netip.MustParseAddr("198.51.100.1")
	for range 1000 {
		stranger = stranger.Next()
		l.keyMismatch(stranger)
	}
	l.keyMismatch(l.peer)
	l.notEncrypted(l.peer)
	want := []Trouble{
		{KeyMismatch, "An unknown node (198.51.100.2) was refused because it used a key that node-1 does not have."},
		{KeyMismatch, "node-2 (192.0.2.2) was refused because it used a key that node-1 does not have."},
		{NotEncrypted, "node-2 (192.0.2.2) was refused because it talked without encryption."},
	}
	if len(l.said) != len(want) {
		t.Fatalf("got %v", l.said)
	}
	for i := range want {
		if l.said[i] != want[i] {
			t.Errorf("got  %q\nwant %q", l.said[i], want[i])
		}
	}
	if len(l.reporter.said) > 3 {
		t.Errorf("the table has grown to %d", len(l.reporter.said))
	}
}
