package daemon

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/futago-ha/futago/internal/config"
	"github.com/futago-ha/futago/internal/control"
	"go.uber.org/goleak"
)

// parsed is the article's file with something in it replaced.
func parsed(t *testing.T, old, text string) (*config.Config, error) {
	t.Helper()
	if !strings.Contains(article, old) {
		t.Fatalf("the file has no %q", old)
	}
	return config.Parse("futago.toml", []byte(strings.Replace(article, old, text, 1)))
}

// TestReload goes through what can become of a file that is read again.
func TestReload(t *testing.T) {
	const device = `device = "sleepi3"`
	for name, c := range map[string]struct {
		old, text    string
		codes, text1 string
		calendar     string
	}{
		"nothing new": {device, device + " # mine", codeReloaded, "nothing has changed", ""},
		"a calendar":  {device, device + "\n[reboot]\nraspberrypi-1 = \"0 3 * * *\"\n[extra]", codeRefused, "extra: is not a key", ""},
		"taken over":  {"heartbeat = \"none\"", "heartbeat = \"none\"\n[reboot]\nraspberrypi-1 = \"0 3 * * *\"", codeReloaded, "took over from its configuration: reboot.raspberrypi-1", "0 3 * * *"},
		"needs a restart": {
			"192.0.2.215", "192.0.2.216", codeNeedsRestart, "goes on with the old service.vip.address", "",
		},
		"both": {
			"heartbeat = \"none\"", "heartbeat = \"none\"\nhold = \"13s\"\n[reboot]\nraspberrypi-1 = \"0 4 * * *\"",
			codeReloaded + " " + codeNeedsRestart, "goes on with the old fence.hold", "0 4 * * *",
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDaemon(t)
			before := d.opts.Config.Digest()
			d.reload(rereadOf(parsed(t, c.old, c.text)))
			entries, err := d.journal.read(10)
			if err != nil {
				t.Fatal(err)
			}
			var codes []string
			for _, e := range entries {
				codes = append(codes, e.Code)
			}
			if got := strings.Join(codes, " "); got != c.codes {
				t.Fatalf("noted %s, want %s", got, c.codes)
			}
			last := entries[len(entries)-1]
			if !strings.Contains(last.Text, c.text1) || (last.Level != control.EntryInfo) != (last.Do != "") {
				t.Errorf("noted %+v", last)
			}
			if got := d.opts.Config.Reboot.Calendars[0].Cron(); got != c.calendar {
				t.Errorf("the calendar is %q, want %q", got, c.calendar)
			}
			if changed := d.opts.Config.Digest() != before; changed != (c.calendar != "") {
				t.Errorf("the digest changed: %t", changed)
			}
			if d.machine.View().State.Digest != d.opts.Config.Digest() && c.calendar != "" {
				t.Error("the machine does not tell the digest of what is in force")
			}
		})
	}
}

func rereadOf(c *config.Config, err error) reread { return reread{c, err} }

func TestReloadOfNoFile(t *testing.T) {
	d := newDaemon(t)
	d.reload(reread{err: errors.New("read configuration: no such file")})
	if e := d.journal.last; e == nil || e.Code != codeRefused || !strings.Contains(e.Text, "no such file") {
		t.Errorf("noted %+v", e)
	}
}

// TestReloadTakesTheNewest: what was read last holds, also while an earlier one waits.
func TestReloadTakesTheNewest(t *testing.T) {
	d := newDaemon(t)
	d.Reload(nil, errors.New("the first"))
	d.Reload(nil, errors.New("the second"))
	if got := <-d.rereads; got.err.Error() != "the second" {
		t.Errorf("the loop is given %v", got.err)
	}
}

// TestReloadReachesTheLoop: a running daemon takes it over and says so.
func TestReloadReachesTheLoop(t *testing.T) {
	defer goleak.VerifyNone(t)
	d, cancel, done := running(t)
	c, err := parsed(t, "heartbeat = \"none\"", "heartbeat = \"none\"\n[reboot]\nraspberrypi-1 = \"0 3 * * *\"")
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithTimeout(context.Background(), stepLimit)
	defer end()
	for range 10 { // never blocks, however often
		d.Reload(c, nil)
	}
	found := errors.New("found")
	err = control.NewClient(d.opts.Socket).Watch(ctx, func(e control.Event) error {
		if e.Status != nil && e.Status.Next != nil && time.Until(e.Status.Next.Time) > 0 {
			return found
		}
		return nil
	})
	if !errors.Is(err, found) {
		t.Errorf("no planned reboot is shown: %v", err)
	}
	cancel()
	ended(t, done)
}
