package bench

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/internal/lab"
	"github.com/futago-ha/futago/internal/lab/measure"
	"github.com/futago-ha/futago/scheduler"
)

// experiment yields values for one or more figures, on a pair of its own.
type experiment struct {
	name    string
	figures []string
	runs    int // as often as its figures ask for, where it is repeated
	terms   terms
	play    func(ctx context.Context, p *pair, o Options, s sheet) error
}

// sheet takes what an experiment measured.
type sheet interface {
	add(figure string, value float64)
	over() bool // a value since the last call was over its goal
	note(figure, text string)
}

// tailRuns is how many values a 99th percentile needs: of fewer it is the largest.
const tailRuns = 100

func experiments() []experiment {
	return []experiment{
		{"split", []string{figNoticed, figSplit}, 20, terms{}, repeat(split)},
		{"crash", []string{figNoticed, figCrash, figWhole}, 20, terms{}, crashes},
		{"victim", []string{figVictim}, 20, terms{}, repeat(victim)},
		{"kill", []string{figKilled}, 8, terms{}, repeat(kill)},
		{"cold-boot", []string{figColdBoot}, 8, terms{}, repeat(coldBoot)},
		{"move", []string{figMove, figMoveLost}, tailRuns, terms{pace: finePace, timeout: patience}, moves(figMove, figMoveLost)},
		{"move-slow-disk", []string{figMoveSlow}, tailRuns, terms{pace: finePace, timeout: patience, slow: true}, moves(figMoveSlow, "")},
		{"move-exclusive", []string{figMoveExcl}, 20, terms{timeout: patience, exclusive: true}, repeat(moveExclusive)},
		{"idle", []string{figMemory, figCPU}, 0, terms{}, idle},
		{"false-losses", []string{figFalse}, 0, terms{}, falseLosses},
	}
}

// repeat plays what can be played again as often as the options say, each time
// on a pair that is well.
func repeat(play func(ctx context.Context, p *pair, server int, s sheet) error) func(context.Context, *pair, Options, sheet) error {
	return func(ctx context.Context, p *pair, o Options, s sheet) error {
		for range o.Runs {
			server, err := p.settle(ctx)
			if err != nil {
				return err
			}
			from := time.Now()
			if err := play(ctx, p, server, s); err != nil {
				return err
			}
			if s.over() {
				p.tell(ctx, o.Out, from)
			}
		}
		return nil
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// splitLasts is long enough for the ready node to try twice: its hold is
// contested and given up, and comes again after 4 to 16 s.
const splitLasts = 20 * time.Second

func split(ctx context.Context, p *pair, _ int, s sheet) error {
	from := time.Now()
	if err := p.lab.CutLink(); err != nil {
		return err
	}
	for i := range 2 {
		if err := p.noticed(ctx, i, from, s); err != nil {
			return err
		}
	}
	if err := stand(ctx, time.Until(from.Add(splitLasts))); err != nil {
		return err
	}
	if err := p.lab.HealLink(); err != nil {
		return err
	}
	if _, err := p.settle(ctx); err != nil {
		return err
	}
	rep, err := p.judge(from)
	s.add(figSplit, float64(rep.Failed))
	return err
}

// noticed waits until a node wrote down that it lost the other.
func (p *pair) noticed(ctx context.Context, node int, from time.Time, s sheet) error {
	var at time.Time
	err := p.await(ctx, p.name(node)+" noticed the loss", func() bool {
		list, _ := p.entries(ctx, node, from) // a daemon that does not answer is asked again
		i := slices.IndexFunc(list, func(e control.Entry) bool { return e.Code == scheduler.CodePeerLost })
		if i >= 0 {
			at = list[i].Time
		}
		return i >= 0
	})
	if err == nil {
		s.add(figNoticed, ms(at.Sub(from)))
	}
	return err
}

// hold is the configuration's.
const hold = 12 * time.Second

// crashes notes at their end how much of the time the hold was.
func crashes(ctx context.Context, p *pair, o Options, s sheet) error {
	var whole []float64
	err := repeat(func(ctx context.Context, p *pair, server int, s sheet) error {
		took, err := crash(ctx, p, server, s)
		if err == nil {
			whole = append(whole, ms(took))
		}
		return err
	})(ctx, p, o, s)
	if len(whole) > 0 {
		s.note(figWhole, fmt.Sprintf("The hold is %.0f %% of the median.", 100*ms(hold)/summarize(whole).median))
	}
	return err
}

// crash returns the longest time without an answer.
func crash(ctx context.Context, p *pair, server int, s sheet) (time.Duration, error) {
	if err := p.await(ctx, "the lines were tested", func() bool { return p.tested(ctx) }); err != nil {
		return 0, err
	}
	from, other := time.Now(), 1-server
	if err := p.lab.Panic(server); err != nil {
		return 0, err
	}
	if err := p.noticed(ctx, other, from, s); err != nil {
		return 0, err
	}
	if _, err := p.settle(ctx); err != nil {
		return 0, err
	}
	rep, err := p.judge(from)
	if err != nil {
		return 0, err
	}
	s.add(figCrash, ms(rep.Longest-hold))
	s.add(figWhole, ms(rep.Longest))
	// The third fence within half an hour would mean quarantine.
	return rep.Longest, p.order(ctx, other, control.VerbClear, "")
}

// tested says that both lines were tested since both nodes booted. A node that
// dies in the middle of a test is restarted by its own board, whose watchdog is
// short then: that is another experiment.
func (p *pair) tested(ctx context.Context) bool {
	st := p.status(ctx, 0)
	for _, w := range st.Wires {
		for _, n := range st.Nodes {
			if !w.Verified.After(n.UpSince) {
				return false
			}
		}
	}
	return len(st.Wires) == 2
}

func kill(ctx context.Context, p *pair, server int, s sheet) error {
	out, err := p.lab.Exec(ctx, server, "docker", "inspect", "--format", "{{.State.Pid}}", "httpd-test")
	if err != nil {
		return err
	}
	var pid int
	if _, err := fmt.Sscan(out, &pid); err != nil || pid <= 1 {
		return fmt.Errorf("read the container's pid %q: %w", out, err)
	}
	from := time.Now()
	if _, err := p.lab.Exec(ctx, server, "kill", "-KILL", fmt.Sprint(pid)); err != nil {
		return err
	}
	if _, err := p.answered(ctx, time.Now().Add(killLasts)); err != nil {
		return err
	}
	rep, err := p.judge(from)
	if rep.Failed == 0 && err == nil {
		return fmt.Errorf("the container was killed at %s and no request failed", from.Format("15:04:05.000"))
	}
	s.add(figKilled, ms(rep.Longest))
	return err
}

// killLasts is more than the engine takes to see that a container died.
const killLasts = 2 * time.Second

// answered waits for an answer to a request that began after a time.
func (p *pair) answered(ctx context.Context, after time.Time) (measure.Request, error) {
	var first measure.Request
	err := p.await(ctx, "the service answers", func() bool {
		record, _ := p.watch.Snapshot()
		first = firstAnswer(record.Requests, after)
		return !first.End.IsZero()
	})
	return first, err
}

// firstAnswer is the answered request that ended first of those that began
// after a time; the zero value: there is none.
func firstAnswer(requests []measure.Request, after time.Time) measure.Request {
	var first measure.Request
	for _, q := range slices.Backward(requests) {
		if q.Start.Before(after.Add(-time.Minute)) {
			break // requests come nearly in order; none takes a minute
		}
		if q.OK() && q.Start.After(after) && (first.End.IsZero() || q.End.Before(first.End)) {
			first = q
		}
	}
	return first
}

func coldBoot(ctx context.Context, p *pair, _ int, s sheet) error {
	for i := range 2 {
		p.lab.PowerOff(i)
	}
	for i := range 2 {
		if _, err := p.lab.WaitPhase(ctx, i, lab.Off); err != nil {
			return err
		}
	}
	from := time.Now()
	p.lab.PowerOn(0)
	p.lab.PowerOn(1)
	ctx, cancel := context.WithTimeout(ctx, waitLimit)
	defer cancel()
	for i := range 2 {
		started := func(n lab.NodeStatus) bool { return n.Phase == lab.Running && n.Units[lab.DaemonUnit].Count > 0 }
		if _, err := p.lab.WaitNode(ctx, i, "the daemon starts", started); err != nil {
			return err
		}
	}
	second := time.Now() // the waits return at once when a daemon was started
	first, err := p.answered(ctx, from)
	if err != nil {
		return err
	}
	s.add(figColdBoot, ms(first.End.Sub(second)))
	return nil
}
