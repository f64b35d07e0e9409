package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/internal/lab"
	"github.com/futago-ha/futago/internal/lab/measure"
	"github.com/futago-ha/futago/internal/lab/nodefutago"
)

const (
	usualPace = 10 * time.Millisecond // of the client's requests
	bootDelay = time.Second
	slowBy    = 100 * time.Millisecond // a write syncs a file and its directory

	lookEvery = 50 * time.Millisecond // at the pair's status
	askLimit  = 2 * time.Second       // for a daemon's answer
	waitLimit = 90 * time.Second      // for anything that is waited for
)

// terms are what an experiment wants of its pair and its client.
type terms struct {
	pace    time.Duration // of the client's requests; 0: usualPace
	timeout time.Duration // of each of them; 0: measure's
	slow    bool          // the nodes' state is on slow disks

	exclusive bool // the container runs on one node at a time
}

// pair is a lab with both nodes up and a client that asks.
type pair struct {
	lab    *lab.Lab
	terms  terms
	watch  *measure.Watch
	cancel context.CancelFunc
	work   *errgroup.Group
}

// newPair builds a lab, boots both nodes and waits until they are well. end
// takes it down.
func newPair(ctx context.Context, o Options, t terms) (*pair, error) {
	setDefault(&t.pace, usualPace)
	full := o.Lab
	if t.slow {
		full.Futago = append(slices.Clone(full.Futago), nodefutago.SlowDisk(slowBy))
	}
	full.BootDelay, full.Config = bootDelay, configuration(string(full.Image), !t.exclusive)
	l, err := lab.New(full)
	if err != nil {
		return nil, err
	}
	run, cancel := context.WithCancel(ctx)
	work, run := errgroup.WithContext(run)
	p := &pair{lab: l, terms: t, cancel: cancel, work: work}
	work.Go(func() error { return l.Run(run) })
	select {
	case <-l.Ready():
	case <-run.Done():
		return nil, errors.Join(p.end(), ctx.Err())
	}
	if err := p.begin(ctx, o.Client); err != nil {
		return nil, errors.Join(err, p.end())
	}
	return p, nil
}

func (p *pair) begin(ctx context.Context, client []string) error {
	argv, err := p.lab.Status().Enter("client", client)
	if err != nil {
		return err
	}
	options := p.lab.Options()
	plan := measure.Plan{
		URL: fmt.Sprintf("http://%s/", options.VIP.Addr()), Interval: p.terms.pace, Timeout: p.terms.timeout,
		ARPTarget: options.VIP.Addr(), ARPSender: options.Prober,
	}
	if p.watch, err = measure.Start(plan, exec.Command(argv[0], argv[1:]...), (*exec.Cmd).Start); err != nil {
		return err
	}
	p.lab.PowerOn(0)
	p.lab.PowerOn(1)
	_, err = p.settle(ctx)
	return err
}

// end stops the client and removes the lab.
func (p *pair) end() error {
	err := p.quiet()
	p.cancel()
	return errors.Join(err, p.work.Wait())
}

// quiet stops the client for good.
func (p *pair) quiet() error {
	if p.watch == nil {
		return nil
	}
	_, err := p.watch.Stop()
	p.watch = nil
	return err
}

// judge says what the client saw since from. Two holders of the VIP make the
// measurement void.
func (p *pair) judge(from time.Time) (measure.Report, error) {
	record, _ := p.watch.Snapshot()
	rep := measure.Judge(record, p.terms.pace, from, time.Time{})
	if n := len(rep.TwoHolders); n > 0 {
		return rep, fmt.Errorf("both nodes answered %d ARP questions for the VIP, the first at %s", n, rep.TwoHolders[0].At.Format("15:04:05.000"))
	}
	return rep, nil
}

func (p *pair) name(node int) string { return p.lab.Options().Nodes[node].Name }

// status is the zero value while a daemon does not answer.
func (p *pair) status(ctx context.Context, node int) control.Status {
	c, err := p.lab.Client(node)
	if err != nil {
		return control.Status{}
	}
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	st, err := c.Status(ctx)
	if err != nil {
		return control.Status{}
	}
	return st
}

// entries are those of a node's history since a time, oldest first.
func (p *pair) entries(ctx context.Context, node int, since time.Time) ([]control.Entry, error) {
	c, err := p.lab.Client(node)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	all, err := c.History(ctx, 500)
	if err != nil {
		return nil, fmt.Errorf("history of %s: %w", p.name(node), err)
	}
	return slices.DeleteFunc(all, func(e control.Entry) bool { return e.Time.Before(since) }), nil
}

// tell prints what both nodes wrote since a time, to explain a value.
func (p *pair) tell(ctx context.Context, out io.Writer, since time.Time) {
	for i := range 2 {
		list, err := p.entries(ctx, i, since)
		if err != nil {
			say(out, "    %v", err)
		}
		for _, e := range list {
			say(out, "    %6.2f s %s [%s]", e.Time.Sub(since).Seconds(), e.Text, e.Code)
		}
	}
}

// order gives an operator's command on a node.
func (p *pair) order(ctx context.Context, node int, verb control.Verb, target string) error {
	c, err := p.lab.Client(node)
	if err != nil {
		return err
	}
	if _, err := c.Do(ctx, control.Command{Verb: verb, Node: target}); err != nil {
		return fmt.Errorf("%s %s: %w", verb, target, err)
	}
	return nil
}

// await looks until cond holds; what completes "until".
func (p *pair) await(ctx context.Context, what string, cond func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, waitLimit)
	defer cancel()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for !cond() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("wait until %s: %w; %s", what, ctx.Err(), p.says())
		}
	}
	return nil
}

// says is what both nodes call the pair, for an error.
func (p *pair) says() string {
	text := ""
	for i := range 2 {
		st := p.status(context.Background(), i)
		text += fmt.Sprintf("%s: %s, served by %q, %s %v; ", p.name(i), st.Level, st.Serving, st.Code, st.Headline)
	}
	return text
}

// settle waits until both call the pair well and agree who serves, and returns
// the server.
func (p *pair) settle(ctx context.Context) (int, error) {
	server := 0
	err := p.await(ctx, "the pair is well", func() bool {
		a, b := p.status(ctx, 0), p.status(ctx, 1)
		if b.Serving == p.name(1) {
			server = 1
		} else {
			server = 0
		}
		return a.Level == control.LevelOK && b.Level == control.LevelOK && a.Serving == b.Serving && a.Serving != ""
	})
	return server, err
}

// stand lets a situation last.
func stand(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// configuration is the article's. Two things differ so that runs repeat: the
// service stays where it went, and each kill of the container counts as the
// first, for the pause before a restart grows with their number.
func configuration(image string, overlap bool) string {
	return fmt.Sprintf(`cluster  = "apache"
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
name     = "httpd-test"
image    = %q
ports    = ["80:80"]
overlap  = %t
restarts = 100
restart_window = "1s"
health.http = "http://127.0.0.1:80/"

[service.vip]
address = "192.0.2.215/24"

[fence]
device = "sleepi3"
`, image, overlap)
}
