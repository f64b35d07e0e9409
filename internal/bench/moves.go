package bench

import (
	"context"
	"fmt"
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

// moves moves the service there and back, and says of each move how long there
// was no answer, and of all of them which requests failed or were slow.
func moves(gap, lost string) func(context.Context, *pair, Options, sheet) error {
	return func(ctx context.Context, p *pair, o Options, s sheet) error {
		begun := time.Now()
		one := func(ctx context.Context, p *pair, server int, s sheet) error { return move(ctx, p, server, gap, s) }
		if err := repeat(one)(ctx, p, o, s); err != nil {
			return err
		}
		if err := stand(ctx, patience+time.Second); err != nil { // until the last request has its answer
			return err
		}
		record, _ := p.watch.Snapshot()
		rep, err := p.judge(begun)
		if lost != "" {
			s.add(lost, float64(rep.Failed))
		}
		slow, slowest := late(record.Requests, begun)
		s.note(gap, fmt.Sprintf("Of %d requests %d took longer than %v, the slowest %.0f ms.", rep.Requests, slow, slowAnswer, ms(slowest)))
		return err
	}
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
	from := time.Now()
	if err := p.order(ctx, server, control.VerbMove, p.name(1-server)); err != nil {
		return err
	}
	now, err := p.settle(ctx)
	if err != nil {
		return err
	}
	if now == server {
		return fmt.Errorf("the service was to move from %s and did not", p.name(server))
	}
	if _, err := p.answered(ctx, time.Now()); err != nil {
		return err
	}
	rep, err := p.judge(from)
	s.add(gap, ms(rep.Longest))
	return err
}
