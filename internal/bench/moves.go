package bench

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/internal/lab/measure"
)

const (
	finePace = time.Millisecond // 1000 new connections a second
	patience = 3 * time.Second  // of such a client, for one answer

	// slowAnswer is a request that lost a packet: TCP sends it again after 1 s
	// (RFC 6298 section 2).
	slowAnswer = 900 * time.Millisecond
)

// moveFigures are those of a move by agreement.
func moveFigures() []Figure {
	return []Figure{
		{
			Name: figMove, Title: "move with overlap", Unit: Milliseconds, Goal: 10, Tail: 50,
			Floor: "2.4 (one switch of the VIP)", Peer: "2670",
			How: "`futago move` there and back. Longest time without an answer for a client that asks every 1 ms, each time on a new connection. Between two moves are at least 4 s, so that no request meets both.",
		},
		{
			Name: figMoveLost, Title: "failed requests in all these moves", Unit: Count, Goal: 0, Worst: true,
			Floor: "0", Peer: "not measured",
			How: "The same client: 1000 new connections a second, each with 3 s for its answer.",
		},
		{
			Name: figMoveSlow, Title: "move with overlap on slow disks", Unit: Milliseconds, Goal: 10, Tail: 50,
			Floor: "2.4 (one switch of the VIP)", Peer: "not measured",
			How: "The same, while each write of the daemons' state takes 100 ms longer: two syncs of 50 ms.",
		},
		{
			Name: figMoveExcl, Title: "move without overlap, less what the engines took", Unit: Milliseconds, Goal: 50,
			Floor: "2.4 (one switch of the VIP)", Peer: "not measured",
			How: "Longest time without an answer, less the engines' own time by their events: from kill to die on one node, from the network's connect to start on the other. What the started program needs until it answers is not taken off.",
		},
	}
}

// moves moves the service there and back, and says of each move how long there
// was no answer, and of all of them which requests failed or were slow.
func moves(gap, lost string) func(context.Context, *pair, Options, sheet) error {
	return func(ctx context.Context, p *pair, o Options, s sheet) error {
		if err := calm(ctx, p, o.Runs, gap, s); err != nil {
			return err
		}
		begun := time.Now()
		one := func(ctx context.Context, p *pair, server int, s sheet) error {
			if err := move(ctx, p, server, gap, s); err != nil {
				return err
			}
			// A first packet that this move lost is sent again after 1 s. In the
			// next move it would be lost for good: that client gives up after 3 s.
			return stand(ctx, patience+time.Second)
		}
		if err := repeat(one)(ctx, p, o, s); err != nil {
			return err
		}
		record, _ := p.watch.Snapshot()
		rep, err := p.judge(begun)
		if lost != "" {
			s.add(lost, float64(rep.Failed))
			for text, n := range failures(record.Requests, begun) {
				s.note(lost, fmt.Sprintf("%d of them: %s.", n, text))
			}
		}
		slow, slowest := late(record.Requests, begun)
		s.note(gap, fmt.Sprintf("Of %d requests %d took longer than %v, the slowest %.0f ms.", rep.Requests, slow, slowAnswer, ms(slowest)))
		return err
	}
}

// calmFor is about as long as a move is looked at.
const calmFor = 500 * time.Millisecond

// calm says what the same client sees of as many looks without any move: how
// much of a gap is the machine's.
func calm(ctx context.Context, p *pair, looks int, gap string, s sheet) error {
	var gaps []float64
	begun := time.Now()
	for range looks {
		from := time.Now()
		if err := stand(ctx, calmFor); err != nil {
			return err
		}
		rep, err := p.judge(from)
		if err != nil {
			return err
		}
		gaps = append(gaps, ms(rep.Longest))
	}
	rep, err := p.judge(begun)
	sum := summarize(gaps)
	s.note(gap, fmt.Sprintf("The same client on the same machine in %d times of %s without a move: median %.1f ms, 99th percentile %.1f ms, longest %.1f ms; %d of %d requests failed.",
		sum.n, calmFor, sum.median, sum.tail, sum.top, rep.Failed, rep.Requests))
	return err
}

// failures counts the failed requests by what they met, without addresses.
func failures(requests []measure.Request, from time.Time) map[string]int {
	count := map[string]int{}
	for _, q := range requests {
		if !q.OK() && !q.Start.Before(from) {
			count[strings.TrimSpace(q.Err[strings.LastIndex(q.Err, ":")+1:])]++
		}
	}
	return count
}

// late counts the answered requests that took longer than slowAnswer.
func late(requests []measure.Request, from time.Time) (n int, slowest time.Duration) {
	for _, q := range requests {
		took := q.End.Sub(q.Start)
		if !q.OK() || q.Start.Before(from) {
			continue
		}
		slowest = max(slowest, took)
		if took > slowAnswer {
			n++
		}
	}
	return n, slowest
}

func move(ctx context.Context, p *pair, server int, gap string, s sheet) error {
	rep, err := moved(ctx, p, server)
	s.add(gap, ms(rep.Longest))
	return err
}

// moved moves the service and tells what the client saw of it.
func moved(ctx context.Context, p *pair, server int) (measure.Report, error) {
	var none measure.Report
	from := time.Now()
	if err := p.order(ctx, server, control.VerbMove, p.name(1-server)); err != nil {
		return none, err
	}
	now, err := p.settle(ctx)
	if err != nil {
		return none, err
	}
	if now == server {
		return none, fmt.Errorf("the service was to move from %s and did not", p.name(server))
	}
	if _, err := p.answered(ctx, time.Now()); err != nil {
		return none, err
	}
	return p.judge(from)
}

// moveExclusive takes off what the two engines needed by themselves.
func moveExclusive(ctx context.Context, p *pair, server int, s sheet) error {
	from := time.Now()
	rep, err := moved(ctx, p, server)
	if err != nil {
		return err
	}
	stop, err := p.between(ctx, server, from, "kill", "die")
	if err != nil {
		return err
	}
	start, err := p.between(ctx, 1-server, from, "connect", "start")
	if err != nil {
		return err
	}
	s.add(figMoveExcl, ms(rep.Longest-stop-start))
	return nil
}

// between is the time from the first event of one kind that a node's engine
// told since then to the next of another kind.
func (p *pair) between(ctx context.Context, node int, since time.Time, first, second string) (time.Duration, error) {
	out, err := p.lab.Exec(ctx, node, "docker", "events", "--format", "{{.TimeNano}} {{.Action}}",
		"--since", fmt.Sprint(since.Unix()), "--until", fmt.Sprint(time.Now().Unix()+1))
	if err != nil {
		return 0, err
	}
	var begun int64
	for line := range strings.Lines(out) {
		var at int64
		var action string
		if _, err := fmt.Sscan(line, &at, &action); err != nil || at < since.UnixNano() {
			continue
		}
		switch {
		case begun == 0 && action == first:
			begun = at
		case begun != 0 && action == second:
			return time.Duration(at - begun), nil
		}
	}
	return 0, fmt.Errorf("the engine of %s told no %s and %s: %q", p.name(node), first, second, out)
}
