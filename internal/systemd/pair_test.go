package systemd

import (
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/futago-ha/futago/internal/control"
)

// TestPair takes two daemons under two systemds through what operators and bad luck do to one of them, while a client
// asks for the service. The last of it costs a node its power.
func TestPair(t *testing.T) {
	p := startTwins(t)
	begin := time.Now()
	for _, c := range []struct {
		name string
		do   func(*twins, *testing.T)
	}{
		{"systemctl restart on the server", func(p *twins, t *testing.T) { p.stays(t, 0, "systemctl", "restart", "futago") }},
		{"systemctl restart on the other", func(p *twins, t *testing.T) { p.stays(t, 1, "systemctl", "restart", "futago") }},
		{"kill -9 on the server", func(p *twins, t *testing.T) { p.stays(t, 0, "pkill", "-KILL", "-f", "futago daemon") }},
		{"kill -9 on the other", func(p *twins, t *testing.T) { p.stays(t, 1, "pkill", "-KILL", "-f", "futago daemon") }},
		{"kill -9 on the server, and two seconds without a daemon", (*twins).testLate},
		{"systemctl stop on the server", (*twins).testStop},
		{"systemctl stop on the other", (*twins).testStopReady},
		{"systemctl reload", (*twins).testReload},
		{"a configuration on one node only", (*twins).testConfigDiffers},
		{"another version on one node", (*twins).testVersions},
		{"in all that no request failed", func(p *twins, t *testing.T) { p.allCalm(t, begin) }},
		{"a daemon that stays down", (*twins).testStaysDown},
	} {
		t.Run(c.name, func(t *testing.T) {
			p.moveTo(t, 0)
			c.do(p, t)
		})
	}
}

// allCalm looks once more when each request has had its time: one that hangs is told of when it ends.
func (p *twins) allCalm(t *testing.T, since time.Time) {
	over := time.NewTimer(patience + time.Second)
	defer over.Stop()
	<-over.C
	p.calm(t, since)
}

// stays runs a command that replaces the daemon of a node: the service goes on where it is, and nobody notices.
func (p *twins) stays(t *testing.T, i int, args ...string) {
	since, before, container := time.Now(), p.m[i].began(t), p.container(t, 0)
	p.m[i].run(t, args...)
	p.until(t, "another daemon is ready", func() bool { return p.m[i].began(t) != before && p.m[i].active(t) })
	if server := p.well(t); server != 0 {
		t.Errorf("%s serves", p.m[server].name)
	}
	p.calm(t, since)
	p.neverMoved(t, since)
	if now := p.container(t, 0); now != container {
		t.Errorf("the container is another one: %s, was %s", now, container)
	}
}

// testLate: the other node's patience ends and it begins to cut; the new daemon comes in time and is heard.
func (p *twins) testLate(t *testing.T) {
	since := time.Now()
	p.m[0].write(t, "units/futago.service.d/late.conf", "[Service]\nRestartSec=2s\n")
	p.m[0].run(t, "systemctl", "daemon-reload")
	p.stays(t, 0, "pkill", "-KILL", "-f", "futago daemon")
	for _, code := range []string{"HOLD", "HOLD_GIVEN_UP"} {
		if !p.wrote(1, since, code) {
			t.Errorf("%s did not write %s", p.m[1].name, code)
		}
	}
	p.m[0].write(t, "units/futago.service.d/late.conf", "")
	p.m[0].run(t, "systemctl", "daemon-reload")
}

// neverMoved: no term was given or taken, and the address stayed.
func (p *twins) neverMoved(t *testing.T, since time.Time) {
	t.Helper()
	for i := range 2 {
		for _, code := range []string{"RELEASED_TERM", "TOOK_TERM", "HANDED_OFF"} {
			if p.wrote(i, since, code) {
				t.Errorf("%s wrote %s", p.m[i].name, code)
			}
		}
	}
	if !p.holdsVIP(t, 0) || p.holdsVIP(t, 1) {
		t.Error("the VIP is not where it was")
	}
}

// container is what tells one run of the container from another; empty while it does not run.
func (p *twins) container(t *testing.T, i int) string {
	t.Helper()
	out, err := p.m[i].try(t, "docker", "inspect", "--format", "{{if .State.Running}}{{.Id}} {{.State.StartedAt}}{{end}}", "httpd-test")
	if err != nil {
		t.Fatalf("look at the container: %v\n%s", err, out)
	}
	return out
}

// testStop: the service moves, nothing is left on the node that was stopped, and nobody cuts it.
func (p *twins) testStop(t *testing.T) {
	since := time.Now()
	p.m[0].run(t, "systemctl", "stop", "futago")
	if got := p.m[0].show(t, "futago", "ActiveState"); got != "inactive" {
		t.Errorf("the unit is %s", got)
	}
	p.until(t, "the other node serves", func() bool { return p.status(1).Serving == p.m[1].name })
	if p.holdsVIP(t, 0) || p.container(t, 0) != "" {
		t.Error("the node that was stopped has the VIP or a container")
	}
	p.untouched(t, 1)
	p.m[0].run(t, "systemctl", "start", "futago")
	if server := p.well(t); server != 1 {
		t.Errorf("%s serves: the other one has the service and keeps it", p.m[server].name)
	}
	p.calm(t, since)
}

func (p *twins) testStopReady(t *testing.T) {
	since := time.Now()
	p.m[1].run(t, "systemctl", "stop", "futago")
	p.untouched(t, 0)
	p.m[1].run(t, "systemctl", "start", "futago")
	p.well(t)
	p.calm(t, since)
	p.neverMoved(t, since)
}

// untouched: a node knows that the other one left, and for longer than it needs to miss one it raises no line.
func (p *twins) untouched(t *testing.T, i int) {
	t.Helper()
	p.until(t, "the other node is known to have been stopped", func() bool {
		return strings.Contains(strings.Join(p.status(i).Headline, " "), "was stopped on purpose")
	})
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for end := time.Now().Add(4 * time.Second); time.Now().Before(end); <-look.C {
		if p.live.Status()[i].Out {
			t.Fatalf("%s raised its line against a node that left", p.m[i].name)
		}
	}
}

// configure changes a node's configuration.
func (p *twins) configure(t *testing.T, i int, old, now string) {
	t.Helper()
	text := read(t, p.m[i].root+"/etc/futago/futago.toml")
	if !strings.Contains(text, old) {
		t.Fatalf("%q is not in the configuration", old)
	}
	p.m[i].write(t, "changed.toml", strings.Replace(text, old, now, 1))
	p.m[i].run(t, "cp", p.m[i].dir+"/changed.toml", "/etc/futago/futago.toml")
}

// testReload: what can be is taken over, the rest is named; a file with faults fails the reload.
func (p *twins) testReload(t *testing.T) {
	since := time.Now()
	before := p.m[0].began(t)
	p.configure(t, 0, "[fence]\n", "[fence]\nstart_wait = \"90s\"\n")
	p.m[0].run(t, "systemctl", "reload", "futago")
	for i := range 2 {
		p.until(t, p.m[i].name+" shows that the configurations differ", func() bool { return p.status(i).Code == "CONFIG_DIFFERS" })
	}
	if !p.wrote(0, since, "CONFIG_RELOADED") {
		t.Error("the history does not say what was taken over")
	}
	p.configure(t, 1, "[fence]\n", "[fence]\nstart_wait = \"90s\"\n")
	p.m[1].run(t, "systemctl", "reload", "futago")
	p.well(t)

	p.configure(t, 0, "start_wait = \"90s\"", "start_weight = \"90s\"")
	if out, err := p.m[0].try(t, "systemctl", "reload", "futago"); err == nil {
		t.Errorf("a reload of a file with faults succeeded: %s", out)
	}
	p.until(t, "the log names the fault", func() bool { return strings.Contains(p.m[0].log(), "start_weight") })
	p.configure(t, 0, "start_weight", "start_wait")

	p.configure(t, 0, "overlap = true", "overlap = true\nstop_timeout = \"9s\"")
	p.m[0].run(t, "systemctl", "reload", "futago")
	p.until(t, "the history says what needs a restart", func() bool { return p.wrote(0, since, "CONFIG_NEEDS_RESTART") })
	p.configure(t, 0, "\nstop_timeout = \"9s\"", "")
	p.m[0].run(t, "systemctl", "reload", "futago")
	p.well(t)
	if p.m[0].began(t) != before || !p.m[0].active(t) {
		t.Error("a reload replaced the daemon")
	}
	p.calm(t, since)
	p.neverMoved(t, since)
}

// testConfigDiffers: a node started with another configuration is shown on both, and the service goes on.
func (p *twins) testConfigDiffers(t *testing.T) {
	since := time.Now()
	p.configure(t, 1, "overlap = true", "overlap = true\nstop_timeout = \"9s\"")
	p.m[1].run(t, "systemctl", "restart", "futago")
	for i := range 2 {
		p.until(t, p.m[i].name+" shows that the configurations differ", func() bool {
			st := p.status(i)
			return st.Code == "CONFIG_DIFFERS" && st.Serving == p.m[0].name
		})
		if text := p.m[i].mustFail(t, "futago", "status"); !strings.Contains(text, "CONFIG    differs: ") {
			t.Errorf("%s shows\n%s", p.m[i].name, text)
		}
	}
	p.order(t, 0, control.VerbMove, p.m[1].name) // an operator may, all the same
	p.order(t, 1, control.VerbMove, p.m[0].name)
	p.configure(t, 1, "\nstop_timeout = \"9s\"", "")
	p.m[1].run(t, "systemctl", "restart", "futago")
	p.well(t)
	p.calm(t, since)
}

// mustFail is what a command says that must not succeed; status does not where anything is wrong.
func (m *machine) mustFail(t *testing.T, args ...string) string {
	t.Helper()
	out, err := m.try(t, args...)
	if err == nil {
		t.Errorf("%v succeeded", args)
	}
	return out
}

// testVersions upgrades one node, then the other, and goes back the same way. In between each version serves beside
// the other and the service moves both ways between them.
func (p *twins) testVersions(t *testing.T) {
	since := time.Now()
	this, other := filepath.Join(p.m[0].dir, "futago-lab"), otherVersion(t, p.m[0].dir)
	for _, step := range []struct {
		node    int
		program string
	}{{1, other}, {0, other}, {1, this}, {0, this}} {
		p.m[step.node].installProgram(t, step.program)
		p.m[step.node].run(t, "systemctl", "restart", "futago")
		if server := p.well(t); server != 0 {
			t.Fatalf("%s serves after an upgrade of %s", p.m[server].name, p.m[step.node].name)
		}
		if text := p.m[0].run(t, "futago", "status"); strings.Contains(text, "VERSION   differs: ") != (step.node == 1) {
			t.Errorf("after %s was changed status says\n%s", p.m[step.node].name, text)
		}
		p.order(t, 0, control.VerbMove, p.m[1].name)
		p.well(t)
		p.order(t, 0, control.VerbMove, p.m[0].name)
		p.well(t)
	}
	p.calm(t, since)
}

// otherVersion builds futago as it may be one day: a letter says something that this version has never heard of, does
// not say something that this one does, and the state on disk has one thing more.
func otherVersion(t *testing.T, dir string) string {
	t.Helper()
	path, err := filepath.Abs("../../scheduler/letter.go")
	if err != nil {
		t.Fatal(err)
	}
	changes := map[string]string{
		"type State struct {\n":  "type State struct {\n\tLater [2]int `json:\"zz\"`\n",
		"`json:\"pr,omitzero\"`": "`json:\"-\"`",
		"type Disk struct {\n":   "type Disk struct {\n\tLater string `json:\"later\"`\n",
	}
	text := read(t, path)
	for _, old := range slices.Sorted(maps.Keys(changes)) {
		if strings.Count(text, old) != 1 {
			t.Fatalf("%q is not once in %s", old, path)
		}
		text = strings.Replace(text, old, changes[old], 1)
	}
	m := machine{dir: dir}
	m.write(t, "letter.go", text)
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {path: filepath.Join(dir, "letter.go")}})
	if err != nil {
		t.Fatal(err)
	}
	m.write(t, "overlay.json", string(overlay))
	return buildLab(t, dir, "futago-lab-other", "-overlay", filepath.Join(dir, "overlay.json"), "-ldflags", "-X main.version=other")
}

// testStaysDown: systemd does not start the server's daemon again. The other node's patience ends, it cuts, and takes
// over; nobody else's container or address was in the way.
func (p *twins) testStaysDown(t *testing.T) {
	since := time.Now()
	p.m[0].write(t, "units/futago.service.d/late.conf", "[Service]\nRestartSec=1h\n")
	p.m[0].run(t, "systemctl", "daemon-reload")
	p.m[0].run(t, "pkill", "-KILL", "-f", "futago daemon")
	p.until(t, "the other node cuts", func() bool { return p.live.Status()[1].Out })
	if !p.holdsVIP(t, 0) {
		t.Error("the service did not go on without its daemon")
	}
	p.until(t, "the board took the power", func() bool { return !p.live.Status()[0].Powered })
	if err := p.m[0].kill(); err != nil {
		t.Fatal(err)
	}
	p.until(t, "the other node serves", func() bool { return p.status(1).Serving == p.m[1].name && p.holdsVIP(t, 1) })
	if !p.wrote(1, since, "FENCED") {
		t.Error("it took over without a fence")
	}
}
