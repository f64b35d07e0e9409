package systemd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/futago-ha/futago/internal/board"
	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/internal/control/render"
	"github.com/futago-ha/futago/internal/lab/image"
	"github.com/futago-ha/futago/internal/lab/measure"
	"github.com/futago-ha/futago/internal/lab/nodefutago"
	"github.com/futago-ha/futago/internal/lab/nodeinit"
)

const (
	clientVerb = "client"
	twinVIP    = "198.51.100.215"

	// patience is a client's for one answer: one lost packet costs TCP 1 s.
	patience = 3 * time.Second
)

// engineUnit is Debian's docker.service, without what this small machine has not.
const engineUnit = `[Unit]
DefaultDependencies=no
[Service]
Type=notify
ExecStart=/usr/sbin/dockerd --data-root /var/lib/docker --exec-root /run/docker --host unix:///run/docker.sock --pidfile /run/docker.pid --exec-opt native.cgroupdriver=cgroupfs --log-level warn
KillMode=process
Delegate=yes
StandardOutput=append:/run/docker.log
StandardError=append:/run/docker.log
`

// twins are two machines, each with a systemd and an engine, on one switch with a client, and with two simulated
// boards that are wired to each other.
type twins struct {
	m      [2]*machine
	live   *board.Live
	client *measure.Watch
	moved  time.Time // when the last order to move was carried out
}

// startTwins starts a pair that is well.
func startTwins(t *testing.T) *twins {
	t.Helper()
	p := &twins{m: [2]*machine{boot(t), bootNamed(t, "raspberrypi-2")}}
	if _, err := os.Stat(p.m[0].root + "/sys/fs/cgroup/devices"); err != nil {
		lacking(t, "a control group of devices that can be mounted, for the engine")
	}
	program := buildLab(t, p.m[0].dir, "futago-lab")
	p.wire(t, p.network(t))
	for _, m := range p.m {
		m.installProgram(t, program)
		m.write(t, "futago.toml", read(t, "testdata/pair.toml"))
		m.write(t, "units/docker.service", engineUnit)
		m.run(t, "cp", m.dir+"/futago.toml", "/etc/futago/futago.toml")
		m.run(t, "systemctl", "daemon-reload")
		m.run(t, "systemctl", "start", "docker")
		m.load(t)
		m.run(t, "systemd-sysusers", m.dir+"/futago.sysusers")
	}
	p.m[0].run(t, "futago", "keygen")
	p.m[1].write(t, "key", read(t, p.m[0].root+"/etc/futago/key"))
	p.m[1].run(t, "install", "-m", "600", p.m[1].dir+"/key", "/etc/futago/key")
	for _, m := range p.m {
		m.run(t, "systemctl", "start", "futago")
	}
	p.well(t)
	return p
}

// buildLab builds the lab's program, which can be the shipped futago on another bus.
func buildLab(t *testing.T, dir, name string, flags ...string) string {
	t.Helper()
	program := filepath.Join(dir, name)
	build := exec.CommandContext(t.Context(), "go", append(append([]string{"build"}, flags...), "-o", program, "./cmd/futago-lab")...)
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return program
}

// installProgram makes the lab's program the machine's futago. The file is replaced, not written to: one that runs
// cannot be.
func (m *machine) installProgram(t *testing.T, program string) {
	t.Helper()
	m.run(t, "install", "-m", "755", program, "/usr/bin/futago-lab")
	m.wrap(t, nodefutago.Verb)
}

// wrap makes the lab's program with those arguments the machine's futago.
func (m *machine) wrap(t *testing.T, args string) {
	t.Helper()
	m.write(t, "wrapper", "#!/bin/sh\nexec /usr/bin/futago-lab "+args+" \"$@\"\n")
	m.run(t, "install", "-m", "755", m.dir+"/wrapper", "/usr/bin/futago")
}

// load gives the engine its image; futago pulls none.
func (m *machine) load(t *testing.T) {
	t.Helper()
	tar, err := os.Create(filepath.Join(m.dir, "image.tar"))
	if err != nil {
		t.Fatal(err)
	}
	if err := image.Write(tar, image.Busybox, m.name); err != nil {
		t.Fatal(err)
	}
	if err := tar.Close(); err != nil {
		t.Fatal(err)
	}
	argv := []string{"docker", "import"}
	for _, c := range image.Changes(image.Busybox) {
		argv = append(argv, "--change", c)
	}
	m.run(t, append(argv, tar.Name(), "busybox")...)
}

// network plugs both machines into a switch, which is also the client, and returns that one's process.
func (p *twins) network(t *testing.T) int {
	t.Helper()
	hub := exec.Command("sleep", "infinity")
	hub.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Cloneflags: syscall.CLONE_NEWNET}
	if err := hub.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = hub.Process.Kill()
		_ = hub.Wait() // killed
	})
	pid := fmt.Sprint(hub.Process.Pid)
	in := func(ns string, args ...string) {
		out, err := exec.Command("nsenter", append([]string{"-t", ns, "-n"}, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	in(pid, "ip", "link", "add", "br0", "type", "bridge")
	for i, m := range p.m {
		port := fmt.Sprintf("port%d", i)
		in(m.pid, "ip", "link", "set", "ve1", "netns", pid, "name", port)
		in(pid, "ip", "link", "set", port, "master", "br0", "up")
		in(m.pid, "ip", "address", "add", fmt.Sprintf("198.51.100.%d/24", i+1), "dev", "ve0")
		// An engine makes its host forward; an old holder of the VIP would hide a missing announcement.
		in(m.pid, "iptables", "-I", "FORWARD", "-i", "ve0", "-o", "ve0", "-j", "DROP")
	}
	in(pid, "ip", "address", "add", "198.51.100.50/24", "dev", "br0")
	in(pid, "ip", "link", "set", "br0", "up")
	return hub.Process.Pid
}

// wire puts the boards behind the machines and begins to measure what a client sees.
func (p *twins) wire(t *testing.T, hub int) {
	t.Helper()
	p.live = board.NewLive(board.Options{}, board.Options{}, func(board.Event) {})
	var sockets [2]string
	for i, m := range p.m {
		p.live.Supply(i, true)
		// The vendor's start-up service: HEARTBEAT_TIMEOUT=60 into watchdog_timeout.
		if err := p.live.Tx(i, 0x6e, []byte{0x09, 60}, nil); err != nil {
			t.Fatal(err)
		}
		sockets[i] = m.root + nodeinit.BusSocket
		m.run(t, "mkdir", "-p", filepath.Dir(nodeinit.BusSocket))
	}
	server := board.NewServer(p.live, sockets, slog.New(slog.DiscardHandler))
	ctx, end := context.WithCancel(context.Background())
	var group errgroup.Group
	group.Go(func() error { return server.Run(ctx) })
	t.Cleanup(func() {
		end()
		if err := group.Wait(); err != nil {
			t.Error(err)
		}
	})
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p.client, err = measure.Start(measure.Plan{
		URL: "http://" + twinVIP + "/", Timeout: patience, Interface: "br0",
		ARPTarget: netip.MustParseAddr(twinVIP), ARPSender: netip.MustParseAddr("198.51.100.60"),
	}, exec.Command("nsenter", "-t", fmt.Sprint(hub), "-n", self, clientVerb), (*exec.Cmd).Start)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := p.client.Stop(); err != nil {
			t.Errorf("stop the client: %v", err)
		}
	})
}

// control reaches a machine's daemon.
func (p *twins) control(i int) *control.Client {
	return control.NewClient(p.m[i].root + control.DefaultSocket)
}

// status is the zero value while the daemon does not answer.
func (p *twins) status(i int) control.Status {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	st, err := p.control(i).Status(ctx)
	if err != nil {
		return control.Status{}
	}
	return st
}

// well waits until one serves, the other is ready and both lines are tested, and returns the server.
func (p *twins) well(t *testing.T) int {
	t.Helper()
	for i := range 2 {
		p.until(t, p.m[i].name+" is well", func() bool {
			st := p.status(i)
			return st.Level == control.LevelOK && st.Serving != ""
		})
	}
	if p.status(0).Serving == p.m[0].name {
		return 0
	}
	return 1
}

// until is until, and shows both nodes where it fails.
func (p *twins) until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	over := time.After(2 * stepLimit)
	for !holds() {
		select {
		case <-look.C:
		case <-over:
			p.show(t)
			t.Fatalf("not within %s: %s", 2*stepLimit, what)
		}
	}
}

func (p *twins) show(t *testing.T) {
	t.Helper()
	for i, m := range p.m {
		var text strings.Builder
		for _, e := range p.history(i, time.Time{}) {
			fmt.Fprintf(&text, "%s %s %s\n", e.Time.Format("15:04:05.000"), e.Code, e.Text)
		}
		t.Logf("%s shows\n%s\nand remembers\n%s", m.name, render.Status(p.status(i), time.Now(), render.Options{Width: 80}), text.String())
	}
}

// history is what a machine's daemon wrote since then.
func (p *twins) history(i int, since time.Time) []control.Entry {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	entries, err := p.control(i).History(ctx, 500)
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(entries, func(e control.Entry) bool { return e.Time.Before(since) })
}

func (p *twins) wrote(i int, since time.Time, code string) bool {
	return slices.ContainsFunc(p.history(i, since), func(e control.Entry) bool { return e.Code == code })
}

// holdsVIP asks the kernel.
func (p *twins) holdsVIP(t *testing.T, i int) bool {
	t.Helper()
	return strings.Contains(p.m[i].run(t, "ip", "-brief", "address", "show", "dev", "ve0"), twinVIP+"/")
}

// calm fails if a client noticed anything since then, two nodes answered for the VIP, or a line was raised to cut.
func (p *twins) calm(t *testing.T, since time.Time) measure.Report {
	t.Helper()
	record, _ := p.client.Snapshot()
	r := measure.Judge(record, 10*time.Millisecond, since, time.Time{})
	if r.Failed > 0 || r.Requests == 0 {
		t.Errorf("%d of %d requests failed, the longest time without an answer was %s at %s", r.Failed, r.Requests, r.Longest, r.LongestAt.Format("15:04:05.000"))
		for _, q := range record.Requests {
			if !q.OK() && q.Start.After(since) {
				t.Logf("at %s after %s: %s", q.Start.Format("15:04:05.000"), q.End.Sub(q.Start).Round(time.Millisecond), q.Err)
			}
		}
	}
	for _, probe := range r.TwoHolders {
		t.Errorf("two held the VIP at %s: %v", probe.At.Format("15:04:05.000"), probe.MACs)
	}
	for i, s := range p.live.Status() {
		if !s.Powered {
			t.Errorf("%s lost its power", p.m[i].name)
		}
		if p.wrote(i, since, "FENCED") {
			t.Errorf("%s fenced", p.m[i].name)
		}
	}
	t.Logf("%d requests, longest time without an answer %s", r.Requests, r.Longest)
	return r
}

// order gives an operator's command, again while it is refused: a line is tested after each meeting.
func (p *twins) order(t *testing.T, i int, verb control.Verb, node string) {
	t.Helper()
	if verb == control.VerbMove {
		// A first packet that one move lost is sent again after 1 s, and then after 2 more: a move
		// that comes meanwhile may lose it again, until the client gives up.
		<-time.After(time.Until(p.moved.Add(4 * time.Second)))
		defer func() { p.moved = time.Now() }()
	}
	p.until(t, fmt.Sprintf("%s %s was accepted", verb, node), func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), stepLimit)
		defer cancel()
		_, err := p.control(i).Do(ctx, control.Command{Verb: verb, Node: node})
		var refused *control.Error
		if err != nil && !errors.As(err, &refused) {
			t.Fatalf("%s %s: %v", verb, node, err)
		}
		return err == nil
	})
}

// moveTo makes a node of a pair that is well the server.
func (p *twins) moveTo(t *testing.T, i int) {
	t.Helper()
	if p.well(t) != i {
		p.order(t, i, control.VerbMove, p.m[i].name)
		p.well(t)
	}
}
