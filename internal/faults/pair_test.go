package faults

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/internal/control/render"
	"github.com/futago-ha/futago/internal/lab"
	"github.com/futago-ha/futago/internal/lab/image"
	"github.com/futago-ha/futago/internal/lab/measure"
	"github.com/futago-ha/futago/internal/lab/nodefutago"
)

const (
	one = "raspberrypi-1"
	two = "raspberrypi-2"

	vipPrefix = "192.0.2.215/24"
	container = "httpd-test"

	// stepLimit is when a test gives up waiting for one thing.
	stepLimit = 60 * time.Second
	// lookEvery is how often something outside the daemon is looked at, askEvery
	// how often a daemon is asked: that costs it work, and its answer changes ten
	// times a second at most.
	lookEvery = 2 * time.Millisecond
	askEvery  = 25 * time.Millisecond
)

// configuration is the article's, with waits short enough to test, and a probe
// that is patient with a machine that carries several pairs.
const configuration = `cluster  = "apache"
key_file = "/etc/futago/key"
[[node]]
name    = "raspberrypi-1"
address = "192.0.2.211"
[[node]]
name    = "raspberrypi-2"
address = "192.0.2.179"
[service]
preferred = "raspberrypi-1"
failback  = "never"
[[service.container]]
name    = "httpd-test"
image   = "busybox"
ports   = ["80:80"]
overlap = true
health.http = "http://127.0.0.1:80/"
health.timeout = "5s"
[service.vip]
address = "192.0.2.215/24"
[fence]
device     = "sleepi3"
start_wait = "5s"
`

var labCount atomic.Int32

// needRoot skips where the machine cannot carry a lab, but never in CI.
func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() == 0 {
		return
	}
	if os.Getenv("CI") != "" {
		t.Fatal("these tests need root, and CI is set")
	}
	t.Skip("SKIPPED: these tests need root")
}

// pair is a running lab with futago on both nodes.
type pair struct {
	*lab.Lab
	t     *testing.T // the test that runs now
	watch *measure.Watch
	dir   string
}

// startPair builds the lab; its nodes have no power yet.
func startPair(t *testing.T, o lab.Options) *pair {
	t.Helper()
	needRoot(t)
	dir, err := os.MkdirTemp("", "ftf")
	if err != nil {
		t.Fatal(err)
	}
	o.Name = fmt.Sprintf("f%d-%d", os.Getpid(), labCount.Add(1))
	o.RunDir, o.DiskDir = filepath.Join(dir, "r"), filepath.Join(dir, "d")
	o.Image = image.Busybox
	if o.BootDelay == 0 {
		o.BootDelay = 100 * time.Millisecond
	}
	o.Futago = nodefutago.Command()
	if o.Config == "" {
		o.Config = configuration
	}
	l, err := lab.New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- l.Run(ctx) }()
	p := &pair{Lab: l, t: t, dir: dir}
	t.Cleanup(func() {
		if t.Failed() {
			p.t = t
			p.tell()
		}
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the lab ended with: %v", err)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	select {
	case <-l.Ready():
	case err := <-ended:
		ended <- err
		t.Fatalf("the lab did not start: %v", err)
	}
	return p
}

// draw logs a node's status as an operator sees it.
func (p *pair) draw(node int) {
	p.t.Helper()
	p.t.Logf("status of node %d:\n%s", node+1, render.Status(p.status(node), time.Now(), render.Options{Width: 80}))
}

// tell logs what the nodes' consoles say.
func (p *pair) tell() {
	for _, node := range []string{one, two} {
		console, _ := os.ReadFile(filepath.Join(p.disk(node), "console.log"))
		lines := strings.Split(strings.Trim(string(console), "\x00"), "\n")
		p.t.Logf("console of %s:\n%s", node, strings.Join(lines[max(0, len(lines)-60):], "\n"))
	}
}

func (p *pair) disk(node string) string {
	return filepath.Join(p.dir, "d", p.Options().Name, node)
}

func (p *pair) limited() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), stepLimit)
	p.t.Cleanup(cancel)
	return ctx
}

// during makes p report to a subtest.
func (p *pair) during(t *testing.T) *pair {
	c := *p
	c.t = t
	return &c
}

// client talks to the daemon of a node that runs.
func (p *pair) client(node int) *control.Client {
	p.t.Helper()
	c, err := p.Client(node)
	if err != nil {
		p.t.Fatal(err)
	}
	return c
}

// status is the node's status; the zero value while its daemon does not answer.
func (p *pair) status(node int) control.Status {
	c, err := p.Client(node)
	if err != nil {
		return control.Status{}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	st, err := c.Status(ctx)
	if err != nil {
		return control.Status{}
	}
	return st
}

// await looks until cond holds. what completes "waited in vain until".
func (p *pair) await(what string, cond func() bool) {
	p.t.Helper()
	p.awaitEvery(lookEvery, what, cond)
}

// awaitAnswer is await where a daemon is asked.
func (p *pair) awaitAnswer(what string, cond func() bool) {
	p.t.Helper()
	p.awaitEvery(askEvery, what, cond)
}

func (p *pair) awaitEvery(pace time.Duration, what string, cond func() bool) {
	p.t.Helper()
	if !p.withinEvery(pace, stepLimit, cond) {
		p.tell()
		for i := range 2 {
			p.draw(i)
			p.t.Logf("history of node %d:\n%s", i+1, p.historyText(i))
		}
		p.t.Fatalf("waited in vain until %s", what)
	}
}

// within looks for at most limit.
func (p *pair) within(limit time.Duration, cond func() bool) bool {
	return p.withinEvery(lookEvery, limit, cond)
}

func (p *pair) withinEvery(pace, limit time.Duration, cond func() bool) bool {
	ticks := time.NewTicker(pace)
	defer ticks.Stop()
	for end := time.Now().Add(limit); time.Now().Before(end); <-ticks.C {
		if cond() {
			return true
		}
	}
	return cond()
}

// awaitStatus waits for a status of a node.
func (p *pair) awaitStatus(node int, what string, cond func(control.Status) bool) control.Status {
	p.t.Helper()
	var st control.Status
	p.awaitAnswer(fmt.Sprintf("node %d %s", node+1, what), func() bool {
		st = p.status(node)
		return st.This != "" && cond(st)
	})
	return st
}

// settled says that the pair is well: one serves, the other is ready, both
// lines are verified.
func settled(st control.Status) bool { return st.Level == control.LevelOK && st.Serving != "" }

// powerUp boots both nodes and waits until the pair is well.
func (p *pair) powerUp() {
	p.t.Helper()
	p.PowerOn(0)
	p.PowerOn(1)
	p.settle()
}

// settle waits until the pair is well, and returns the index of the server.
func (p *pair) settle() int {
	p.t.Helper()
	p.awaitStatus(0, "is well", settled)
	st := p.awaitStatus(1, "is well", settled)
	if st.Serving == one {
		return 0
	}
	return 1
}

// do gives an operator's command on a node.
func (p *pair) do(node int, verb control.Verb, target string) error {
	_, err := p.client(node).Do(p.limited(), control.Command{Verb: verb, Node: target})
	return err
}

// moveTo makes a node the server of a pair that is well.
func (p *pair) moveTo(node int) {
	p.t.Helper()
	if p.settle() != node {
		if err := p.do(node, control.VerbMove, p.Options().Nodes[node].Name); err != nil {
			p.t.Fatalf("move: %v", err)
		}
		p.settle()
	}
}

// history is what a node wrote.
func (p *pair) history(node int) []control.Entry {
	c, err := p.Client(node)
	if err != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	entries, err := c.History(ctx, 500)
	if err != nil {
		return nil
	}
	return entries
}

func (p *pair) historyText(node int) string {
	var b strings.Builder
	for _, e := range p.history(node) {
		fmt.Fprintf(&b, "%s %s %-8s %s  Do: %s\n", e.Time.Format("15:04:05.000"), e.Code, e.Level, e.Text, e.Do)
	}
	return b.String()
}

// awaitEntry waits for an entry of the history with one of the codes, not
// older than since, and checks that it is one an operator can use.
func (p *pair) awaitEntry(node int, since time.Time, codes ...string) control.Entry {
	p.t.Helper()
	var found control.Entry
	p.awaitAnswer(fmt.Sprintf("node %d wrote %v", node+1, codes), func() bool {
		for _, e := range p.history(node) {
			for _, code := range codes {
				if e.Code == code && !e.Time.Before(since) {
					found = e
					return true
				}
			}
		}
		return false
	})
	p.clear(found)
	return found
}

// clear checks the wording of an entry: it names a node and what to do.
func (p *pair) clear(e control.Entry) {
	p.t.Helper()
	if !strings.Contains(e.Text, one) && !strings.Contains(e.Text, two) && e.Code != "NAME_CONFLICT" {
		p.t.Errorf("%s names no node: %q", e.Code, e.Text)
	}
	if e.Level != control.EntryInfo && e.Do == "" {
		p.t.Errorf("%s says nothing to do: %q", e.Code, e.Text)
	}
}

// starts counts how often a node's daemon was started in this boot.
func (p *pair) starts(node int) int { return p.Status().Nodes[node].Units[lab.DaemonUnit].Count }
