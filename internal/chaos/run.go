package chaos

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/internal/lab"
	"github.com/futago-ha/futago/internal/lab/image"
	"github.com/futago-ha/futago/internal/lab/measure"
)

// nodeNames are those of the configuration's nodes, in its order.
var nodeNames = [2]string{"raspberrypi-1", "raspberrypi-2"}

const (
	container = "httpd-test"
	bootDelay = 300 * time.Millisecond

	// The client asks at this pace and waits this long: where a busy machine's
	// web server drops a SYN, TCP asks again after 1 s and once more after 3 s.
	pace    = 40 * time.Millisecond
	patient = 5 * time.Second

	askEvery = 100 * time.Millisecond // the pair for its status
	askLimit = 2 * time.Second        // for an answer

	// bootLimit is for a new pair to be well, recoverLimit for a mended one: two
	// waits of a fenced node, a hold each, a boot, on a machine with much to do.
	bootLimit    = 2 * time.Minute
	recoverLimit = 4 * time.Minute
)

// run is one lab and what happens on it.
type run struct {
	seed  uint64
	plan  plan
	opts  lab.Options
	diary diary

	lab   *lab.Lab
	watch *measure.Watch
	work  *errgroup.Group // ends with the lab
	life  context.Context // of the lab

	mu         sync.Mutex
	phases     []phase
	step       int // from 1
	violations []Violation

	begun   time.Time
	handles [2]int      // open files of the daemons when first well
	known   [2][]string // files of the daemons then
	probes  int         // of the watch, judged so far
	count   struct {
		steps, faults, cuts int
		slowest             time.Duration
	}
}

// phase is a change of a node's.
type phase struct {
	at     time.Time
	node   int
	is     lab.Phase
	boots  int
	supply bool   // of the board, just after
	woken  string // wakeup_status of the board, just after
}

func newRun(base lab.Options, seed uint64, p plan) *run {
	r := &run{seed: seed, plan: p, opts: base}
	r.opts.Name = fmt.Sprintf("%s-%d", base.Name, seed%1_000_000_000)
	r.opts.Image, r.opts.BootDelay, r.opts.Boards, r.opts.Config = image.Busybox, bootDelay, p.boards, p.settings.configuration()
	r.diary.begin()
	return r
}

// play builds the lab, goes through the plan and takes the lab down. What
// audits find is no error; a violation ends the run.
func (r *run) play(ctx context.Context) error {
	var err error
	if r.lab, err = lab.New(r.opts); err != nil {
		return err
	}
	run, cancel := context.WithCancel(ctx)
	defer cancel()
	r.work, r.life = errgroup.WithContext(run)
	r.work.Go(func() error { return r.lab.Run(r.life) })
	select {
	case <-r.lab.Ready():
		err = r.inside(r.life)
	case <-r.life.Done():
	}
	cancel()
	return errors.Join(err, r.work.Wait())
}

func (r *run) inside(ctx context.Context) (err error) {
	for i := range 2 {
		r.work.Go(func() error { r.follow(ctx, i); return nil })
	}
	if !r.plan.settings.overlap {
		r.work.Go(func() error { r.auditExclusive(ctx); return nil })
	}
	if r.watch, err = r.lab.MeasureAt(pace, patient); err != nil {
		return err
	}
	defer func() {
		_, stopErr := r.watch.Stop()
		err = errors.Join(err, stopErr)
	}()
	r.diary.say("seed %d: boards %+v, %+v; %+v", r.seed, r.plan.boards[0], r.plan.boards[1], r.plan.settings)
	r.lab.PowerOn(0)
	r.lab.PowerOn(1)
	if _, ok := r.await(ctx, bootLimit, view.well); !ok {
		r.violate("the new pair was not well within %s", bootLimit)
		r.tell(ctx)
		return ctx.Err()
	}
	for i := range 2 {
		r.handles[i], r.known[i] = r.openFiles(i), r.files(ctx, i)
	}
	for i, s := range r.plan.steps {
		r.mu.Lock()
		r.step = i + 1
		r.mu.Unlock()
		if err := r.playStep(ctx, s); err != nil {
			r.tell(ctx)
			return err
		}
		r.count.steps++
		if r.violated() {
			r.tell(ctx)
			return nil
		}
	}
	return nil
}

func (r *run) playStep(ctx context.Context, s step) error {
	v, ok := r.await(ctx, recoverLimit, view.well)
	if !ok {
		r.violate("the pair was no longer well")
		return ctx.Err()
	}
	r.begun = time.Now()
	serves := v.serves()
	r.diary.say("step %d: %s serves; %s", r.step, r.name(serves), s)
	if err := r.breakThings(ctx, s, serves); err != nil {
		return err
	}
	if s.want.decided {
		r.auditDecided(ctx)
	}
	r.diary.say("mending all")
	if err := r.mend(ctx); err != nil {
		return err
	}
	mended := time.Now()
	if !r.recover(ctx) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		r.violate("the pair was not well %s after all was mended", recoverLimit)
		return nil
	}
	took := time.Since(mended)
	r.count.slowest = max(r.count.slowest, took)
	r.diary.say("well %.1f s after the mending", took.Seconds())
	r.audit(ctx, s, serves)
	return ctx.Err()
}

// breakThings lets the faults of a step fall at their times.
func (r *run) breakThings(ctx context.Context, s step, serves int) error {
	for _, f := range s.faults {
		if err := pause(ctx, time.Until(r.begun.Add(f.at))); err != nil {
			return err
		}
		node := f.who.node(serves)
		r.diary.say("%s on %s, %d", f.kind, r.name(node), f.arg)
		r.count.faults++
		if err := kinds[f.kind].apply(ctx, r, node, f.arg); err != nil {
			r.diary.say("  which said: %v", err)
		}
	}
	return pause(ctx, time.Until(r.begun.Add(s.stand)))
}

// follow notes what happens to a node until ctx ends.
func (r *run) follow(ctx context.Context, node int) {
	last := r.lab.Status().Nodes[node]
	for {
		now, err := r.lab.WaitNode(ctx, node, "another", func(n lab.NodeStatus) bool { return n.Phase != last.Phase || n.Boots != last.Boots })
		if err != nil {
			return
		}
		b := r.lab.Status().Boards[node]
		r.mu.Lock()
		r.phases = append(r.phases, phase{at: now.Since, node: node, is: now.Phase, boots: now.Boots, supply: b.Supply, woken: b.Wakeup})
		r.mu.Unlock()
		r.diary.say("%s is %s, boot %d, woken by %q", now.Name, now.Phase, now.Boots, b.Wakeup)
		last = now
	}
}

// cuts are the times since then at which a node's board took its power, not the
// supply.
func (r *run) cuts(node int, since time.Time) []time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []time.Time
	for _, p := range r.phases {
		if p.node == node && p.is == lab.Off && p.supply && p.at.After(since) {
			list = append(list, p.at)
		}
	}
	return list
}

// later does something after that many milliseconds, unless the lab ends.
func (r *run) later(millis int, do func()) {
	r.work.Go(func() error {
		if pause(r.life, time.Duration(millis)*time.Millisecond) == nil {
			do()
		}
		return nil
	})
}

// on runs a command on a node.
func (r *run) on(ctx context.Context, node int, argv ...string) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	_, err := r.lab.Exec(ctx, node, argv...)
	return err
}

// order gives an operator's command on a node; one that takes long goes on.
func (r *run) order(ctx context.Context, node int, c control.Command) error {
	client, err := r.lab.Client(node)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	_, err = client.Do(ctx, c)
	return err
}

// testWires has the lines tested from a node until the outcome is as wanted.
func (r *run) testWires(ctx context.Context, node int, wanted func(control.Status) bool) error {
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); {
		if client, err := r.lab.Client(node); err == nil {
			ask, cancel := context.WithTimeout(ctx, 15*time.Second)
			_, _ = client.Do(ask, control.Command{Verb: control.VerbFenceTest}) // refused while a line is in use
			cancel()
		}
		if v := r.look(ctx); v.nodes[node] != nil && wanted(*v.nodes[node]) {
			return nil
		}
		if err := pause(ctx, time.Second); err != nil {
			return err
		}
	}
	return fmt.Errorf("the lines of %s were not tested in 30 s", r.name(node))
}

func (r *run) name(node int) string { return nodeNames[node] }

// note takes down what went wrong with breaking or mending.
func (r *run) note(err error) {
	if err != nil {
		r.diary.say("the lab refused: %v", err)
	}
}

func (r *run) violate(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	v := Violation{Seed: r.seed, Step: r.step, What: fmt.Sprintf(format, args...)}
	if slices.Contains(r.violations, v) {
		return
	}
	r.diary.say("VIOLATION: %s", v.What)
	r.violations = append(r.violations, v)
}

func (r *run) violated() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.violations) > 0
}

// pause lets time pass.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
