package chaos

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/futago-ha/futago/internal/lab/measure"
)

// restLimit is how long a pair that is well may take to come to rest: lines are
// tested, containers stopped, the peer pulsed.
const restLimit = 30 * time.Second

// cutsMost is how often one step may cost a node its power by its board. More is
// a fence loop.
const cutsMost = 4

// audit looks at a mended pair that is well.
func (r *run) audit(ctx context.Context, s step, serves int) {
	r.auditHolders()
	r.auditRest(ctx)
	r.auditFences(ctx)
	for i := range 2 {
		cuts := r.cuts(i, r.begun)
		r.count.cuts += len(cuts)
		if len(cuts) > cutsMost {
			r.violate("%s lost its power %d times in one step", r.name(i), len(cuts))
		}
	}
	if s.want.calm {
		r.auditCalm(s, serves)
	}
}

// auditHolders: never two, at any time since the last audit.
func (r *run) auditHolders() {
	record, _ := r.watch.Snapshot()
	r.auditProbes(record.Probes)
}

func (r *run) auditProbes(probes []measure.Probe) {
	for _, p := range probes[r.probes:] {
		if len(p.MACs) > 1 {
			r.violate("two held the VIP at %s: %v", p.At.Format(clock), p.MACs)
		}
	}
	r.probes = len(probes)
	if !slices.ContainsFunc(probes, func(p measure.Probe) bool { return len(p.MACs) > 0 }) {
		r.violate("nobody ever answered for the VIP: the watcher saw nothing")
	}
}

// auditExclusive looks, until ctx ends, whether a container that may run once
// runs on both nodes.
func (r *run) auditExclusive(ctx context.Context) {
	for pause(ctx, exclusiveLooks) == nil {
		a, b := r.lab.Contained(0), r.lab.Contained(1)
		if len(a) == 0 || len(b) == 0 {
			continue
		}
		// Only what is there before and after the look at the other ran beside it.
		again := r.lab.Contained(0)
		if slices.ContainsFunc(a, func(pid string) bool { return slices.Contains(again, pid) }) {
			r.violate("the exclusive container ran on both nodes")
		}
	}
}

const exclusiveLooks = 100 * time.Millisecond

// auditRest: lines low, addresses, containers, processes and files as they
// should be. The pair is given time to come to rest.
func (r *run) auditRest(ctx context.Context) {
	var found []string
	for end := time.Now().Add(restLimit); ; {
		found = r.restless(ctx)
		if len(found) == 0 || !time.Now().Before(end) || pause(ctx, 500*time.Millisecond) != nil {
			break
		}
	}
	for _, f := range found {
		r.violate("at rest: %s", f)
	}
}

func (r *run) restless(ctx context.Context) []string {
	v := r.look(ctx)
	if !v.well() {
		return []string{"the pair is no longer well: " + v.String()}
	}
	var found []string
	for i, b := range v.lab.Boards {
		if b.ExtOut {
			found = append(found, "EXTOUT of "+r.name(i)+" is high")
		}
		found = append(found, r.leaks(ctx, i, v.serves() == i)...)
	}
	return found
}

// auditCalm: the server kept its power, no request failed, and the other node
// was cut as often as it should.
func (r *run) auditCalm(s step, serves int) {
	r.auditPower(s, serves)
	record, _ := r.watch.Snapshot()
	r.auditClient(record)
}

func (r *run) auditPower(s step, serves int) {
	if n := len(r.cuts(serves, r.begun)); n > 0 {
		r.violate("the server %s lost its power", r.name(serves))
	}
	if n := len(r.cuts(1-serves, r.begun)); n != s.want.reboots {
		r.violate("the silent node %s was cut %d times, not %d", r.name(1-serves), n, s.want.reboots)
	}
}

func (r *run) auditClient(record measure.Record) {
	rep := measure.Judge(record, pace, r.begun, time.Time{})
	if rep.Longest > gapMost {
		r.violate("no answer for %s at %s", rep.Longest, rep.LongestAt.Format(clock))
	}
	if rep.Failed > 0 {
		r.violate("%d of %d requests failed: %s", rep.Failed, rep.Requests, failures(record.Requests, r.begun))
	}
}

// gapMost without an answer is what a busy machine does to a client alone.
const gapMost = 3 * time.Second

// failures lists the requests that failed since a time, the first few.
func failures(requests []measure.Request, since time.Time) string {
	var list []string
	for _, q := range requests {
		if !q.OK() && q.Start.After(since) && len(list) < 5 {
			list = append(list, fmt.Sprintf("at %s after %s: %s", q.Start.Format(clock), q.End.Sub(q.Start).Round(time.Millisecond), q.Err))
		}
	}
	return strings.Join(list, "; ")
}

// auditDecided: what stands broken has come to an end that an operator can read.
func (r *run) auditDecided(ctx context.Context) {
	begun := time.Now()
	calm := 0
	_, ok := r.await(ctx, decideLimit, func(v view) bool {
		if !v.decided() {
			calm = 0
			return false
		}
		calm++
		return calm >= decideLooks
	})
	if !ok && ctx.Err() == nil {
		r.violate("%s after the last fault there was neither one server nor a stated wait: %s", decideLimit, r.look(ctx))
	}
	r.diary.say("decided after %.1f s: %s", time.Since(begun).Seconds(), r.look(ctx))
}

const (
	// decideLimit is two holds of a fenced node after its wait, with boots.
	decideLimit = 2 * time.Minute
	// decideLooks in a row: a hold between two tries is not an end.
	decideLooks = 15
)
