package systemd

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/internal/lab/measure"
	"github.com/futago-ha/futago/internal/lab/nodefutago"
)

// goingDown are the units by which systemd takes a machine down (systemd.special(7), and systemd-reboot.service(8)).
var goingDown = map[string]string{
	"reboot.target":          "[Unit]\nDefaultDependencies=no\nRequires=systemd-reboot.service\nAfter=systemd-reboot.service\nAllowIsolate=yes\n",
	"systemd-reboot.service": "[Unit]\nDefaultDependencies=no\nRequires=shutdown.target\nAfter=shutdown.target\nSuccessAction=reboot-force\n",
	"shutdown.target":        "[Unit]\nDefaultDependencies=no\nRefuseManualStart=yes\n",
}

// withLogind are a message bus on which everybody may own and call anything, and the machine's own logind, without what
// this small machine has not.
var withLogind = map[string]string{
	"dbus.socket": "[Unit]\nDefaultDependencies=no\n[Socket]\nListenStream=/run/dbus/system_bus_socket\n",
	"dbus.service": `[Unit]
DefaultDependencies=no
Requires=dbus.socket
[Service]
Type=notify
ExecStart=/usr/bin/dbus-daemon --config-file=/run/bus.conf --address=systemd: --nofork --nopidfile --systemd-activation --syslog-only
`,
	"systemd-logind.service": `[Unit]
DefaultDependencies=no
Requires=dbus.socket
After=dbus.service
[Service]
Type=dbus
BusName=org.freedesktop.login1
ExecStart=/lib/systemd/systemd-logind
RuntimeDirectory=systemd/sessions systemd/seats systemd/users systemd/inhibit systemd/shutdown
RuntimeDirectoryPreserve=yes
StateDirectory=systemd/linger
StandardOutput=append:/run/log
StandardError=append:/run/log
`,
}

const busConfig = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>systemd:</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
    <allow user="*"/>
  </policy>
</busconfig>
`

// letGoWithin is when a shutdown that was announced is let go at the latest, less what it takes to say so.
const letGoWithin = 4400 * time.Millisecond

// TestShutdown: a person says "shutdown -r now" on the server. The service is with the other node before the daemon
// ends, and nobody is cut while the machine is away.
func TestShutdown(t *testing.T) {
	for _, c := range []struct {
		name  string
		steps []string // of the way out, as the server writes them
		begin func(*twins, *testing.T)
	}{
		// All of the handoff is over before systemd stops anything.
		{"announced by logind", []string{"LEAVING shutdown", "RELEASED_TERM", "HANDED_OFF", "LEAVING reboot"}, (*twins).startLogind},
		{"without logind", []string{"LEAVING reboot", "RELEASED_TERM", "HANDED_OFF"}, func(*twins, *testing.T) {}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := startTwins(t)
			p.m[0].mayGoDown(t)
			c.begin(p, t)
			p.moveTo(t, 0)
			since := time.Now()
			switch steps, held := p.shutDown(t, since); {
			case slices.Equal(steps, c.steps):
			case held >= letGoWithin: // so busy is the machine that the handoff outlasted what logind waits
				t.Logf("the server wrote %q: it was not done within %s", steps, held)
			default:
				t.Errorf("the server wrote %q, want %q", steps, c.steps)
			}
			p.spared(t, since)
		})
	}
}

// mayGoDown gives the machine what it needs for that; its engine is stopped in order, after futago.
func (m *machine) mayGoDown(t *testing.T) {
	t.Helper()
	for name, text := range goingDown {
		m.write(t, "units/"+name, text)
	}
	m.write(t, "units/docker.service", strings.Replace(engineUnit, "DefaultDependencies=no\n", "", 1))
	m.run(t, "systemctl", "daemon-reload")
}

// startLogind starts the real one on the first machine, and futago anew, which then talks to it.
func (p *twins) startLogind(t *testing.T) {
	t.Helper()
	m := p.m[0]
	if _, err := exec.LookPath("dbus-daemon"); err != nil {
		lacking(t, "dbus-daemon (package dbus-daemon, by scripts/setup lab)")
	}
	for name, text := range withLogind {
		m.write(t, "units/"+name, text)
	}
	m.write(t, "bus.conf", busConfig)
	m.run(t, "cp", m.dir+"/bus.conf", "/run/bus.conf")
	m.run(t, "systemctl", "daemon-reload")
	m.run(t, "systemctl", "start", "dbus.socket", "dbus", "systemd-logind")
	m.wrap(t, nodefutago.Verb+" "+nodefutago.WithLogind)
	m.run(t, "systemctl", "restart", "futago")
	until(t, "logind has futago's delay lock", func() bool {
		return strings.Contains(m.run(t, "systemd-inhibit", "--list", "--no-pager"), "futago")
	})
}

// shutDown takes the server down, and returns what its daemon wrote of the way out when it is gone, and how long that
// was between its first word of leaving and its last.
func (p *twins) shutDown(t *testing.T, since time.Time) (steps []string, held time.Duration) {
	t.Helper()
	daemon := p.m[0].root + "/proc/" + p.m[0].show(t, "futago", "MainPID")
	p.m[0].run(t, "shutdown", "-r", "now")
	var wrote []control.Entry
	p.until(t, "the daemon ended", func() bool {
		if now := p.history(0, since); len(now) > 0 {
			wrote = now
		}
		_, err := os.Stat(daemon)
		return err != nil
	})
	ended := time.Now()
	p.until(t, "the machine is down", func() bool {
		stat, err := os.ReadFile("/proc/" + p.m[0].pid + "/stat")
		return err != nil || strings.Contains(string(stat), ") Z ") // not waited for yet
	})
	served := p.when(1, since, "SERVING")
	if served.IsZero() || served.After(ended) {
		t.Errorf("the other node began to serve at %s, the daemon ended at %s", served, ended)
	}
	t.Logf("the other node served %s before the daemon ended", ended.Sub(served).Round(time.Millisecond))
	var first time.Time
	for _, e := range wrote {
		t.Logf("%s %s %s", e.Time.Format("15:04:05.000"), e.Code, e.Text)
		if _, how, leaves := strings.Cut(e.Text, "begins to leave ("); leaves {
			steps = append(steps, e.Code+" "+strings.TrimSuffix(how, ")"))
			if first.IsZero() {
				first = e.Time
			}
			held = e.Time.Sub(first)
		} else if e.Code == "RELEASED_TERM" || e.Code == "HANDED_OFF" {
			steps = append(steps, e.Code)
		}
	}
	return steps, held
}

// spared looks at the other node while the machine is away: it waits for it, serves alone, and cuts nobody.
func (p *twins) spared(t *testing.T, since time.Time) {
	t.Helper()
	p.until(t, "the other node waits for it", func() bool {
		return slices.ContainsFunc(p.status(1).Waits, func(w control.Wait) bool { return w.Code == "PEER_REBOOT" })
	})
	over := time.NewTimer(patience + time.Second)
	defer over.Stop()
	<-over.C // a request that hangs is told of when it ends
	for code, want := range map[string]bool{"TOOK_TERM": true, "PEER_LEFT": true, "HOLD": false, "FENCED": false} {
		if p.wrote(1, since, code) != want {
			t.Errorf("the other node wrote %s: %t, want %t", code, !want, want)
		}
	}
	if boards := p.live.Status(); boards[1].Out || !boards[0].Powered {
		t.Errorf("the boards are at %+v", boards)
	}
	// Requests that were under way on the machine that goes may fail or be answered late, the more the busier this one is.
	record, _ := p.client.Snapshot()
	r := measure.Judge(record, 10*time.Millisecond, since, time.Time{})
	if len(r.Servers) == 0 || r.Servers[len(r.Servers)-1] != p.m[1].name || r.Longest > patience || len(r.TwoHolders) > 0 {
		t.Errorf("a client was served by %v, the longest time without an answer was %s; two held the VIP: %v", r.Servers, r.Longest, r.TwoHolders)
	}
	t.Logf("%d of %d requests failed, the longest time without an answer was %s", r.Failed, r.Requests, r.Longest)
}

// when is the time of the first such entry, zero if there is none.
func (p *twins) when(i int, since time.Time, code string) time.Time {
	for _, e := range p.history(i, since) {
		if e.Code == code {
			return e.Time
		}
	}
	return time.Time{}
}
