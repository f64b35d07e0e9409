package chaos

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/internal/lab/measure"
	"github.com/futago-ha/futago/scheduler"
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
	for _, p := range record.Probes[r.probes:] {
		if len(p.MACs) > 1 {
			r.violate("two held the VIP at %s: %v", p.At.Format(clock), p.MACs)
		}
	}
	r.probes = len(record.Probes)
	if !slices.ContainsFunc(record.Probes, func(p measure.Probe) bool { return len(p.MACs) > 0 }) {
		r.violate("nobody ever answered for the VIP: the watcher saw nothing")
	}
}

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

// leaks are what a node should not have.
func (r *run) leaks(ctx context.Context, node int, serves bool) []string {
	var found []string
	say := func(format string, args ...any) {
		found = append(found, r.name(node)+" "+fmt.Sprintf(format, args...))
	}
	want := 1
	if serves {
		want = 2
	}
	if out, err := r.output(ctx, node, "ip", "-4", "-o", "addr", "show", "dev", "eth0"); err != nil || strings.Count(out, "\n") != want {
		say("has not %d addresses: %v %q", want, err, out)
	}
	list, err := r.output(ctx, node, "docker", "ps", "-a", "--format", "{{.Names}} {{.State}}")
	for line := range strings.Lines(list) {
		name, state, _ := strings.Cut(strings.TrimSpace(line), " ")
		if name != container || (state == "running") != serves {
			say("has a container %q that is %s", name, state)
		}
	}
	if err != nil {
		say("does not tell its containers: %v", err)
	}
	daemons, guards := 0, 0
	for _, p := range r.lab.Processes(node) {
		daemons += btoi(strings.Contains(p.Command, "futago daemon"))
		guards += btoi(strings.Contains(p.Command, "futago guard"))
	}
	if daemons != 1 || guards != 1 {
		say("runs %d daemons and %d guards", daemons, guards)
	}
	if n := r.openFiles(node); n > r.handles[node]+handlesMore {
		say("has %d files open, %d at first", n, r.handles[node])
	}
	cases := 0
	for _, f := range r.files(ctx, node) {
		switch {
		case strings.HasPrefix(f, decisions):
			cases++
		case !slices.Contains(r.known[node], f):
			say("has a new file %s", f)
		}
	}
	if cases > decisionsMost {
		say("keeps %d cases below %s", cases, decisions)
	}
	return found
}

// A node keeps the inputs of its newest decisions, and no more of them.
const (
	decisions     = "/var/lib/futago/decisions/"
	decisionsMost = 33
)

// handlesMore allows for connections to the engine, the peer and whoever asks.
const handlesMore = 15

func (r *run) openFiles(node int) int {
	list, _ := os.ReadDir(filepath.Join("/proc", fmt.Sprint(r.lab.DaemonPID(node)), "fd")) // none where none runs
	return len(list)
}

// files are those of the daemon, on disk and in memory.
func (r *run) files(ctx context.Context, node int) []string {
	out, err := r.output(ctx, node, "find", "/var/lib/futago", "/run/futago", "-type", "f")
	if err != nil {
		return nil // the next look tells
	}
	return strings.Fields(out)
}

func (r *run) output(ctx context.Context, node int, argv ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return r.lab.Exec(ctx, node, argv...)
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// auditFences compares the histories with what the boards did: a fence that is
// told as Confirmed was one, and its victim tells of it as well.
func (r *run) auditFences(ctx context.Context) {
	entries := [2][]control.Entry{r.history(ctx, 0), r.history(ctx, 1)}
	for i := range 2 {
		victim := 1 - i
		for _, e := range entries[i] {
			if e.Code != scheduler.CodeFenced || e.Time.Before(r.begun) {
				continue
			}
			if !r.darkAround(victim, e.Time) {
				r.violate("%s told at %s %q, and %s had power throughout", r.name(i), e.Time.Format(clock), e.Text, r.name(victim))
			}
			if !r.plan.boards[victim].StickyFlags && r.wokenByLine(victim, e.Time) && !tells(entries[victim], e.Time) {
				r.violate("%s told at %s %q, and %s tells nothing of it", r.name(i), e.Time.Format(clock), e.Text, r.name(victim))
			}
		}
	}
}

// fenceSpan is how long before the verdict a board may have cut.
const fenceSpan = 45 * time.Second

// darkAround says that a node was without power, or had been booted anew, in the
// time of a hold that ended then.
func (r *run) darkAround(node int, at time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	dark := false
	for _, p := range r.phases {
		if p.node != node || p.at.After(at) {
			continue
		}
		switch {
		case p.at.After(at.Add(-fenceSpan)):
			dark = dark || p.supply || p.boots > 0 // any change of power in the span
		default:
			dark = p.is == "off"
		}
	}
	return dark
}

// wokenByLine says that the first boot of a node after a time was EXTIN's doing:
// only then can it know.
func (r *run) wokenByLine(node int, after time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.phases {
		if p.node == node && p.at.After(after) && p.is == "booting" {
			return p.woken == "extin"
		}
	}
	return false
}

// tells says that a node wrote about a cut at about that time.
func tells(entries []control.Entry, at time.Time) bool {
	return slices.ContainsFunc(entries, func(e control.Entry) bool {
		return (e.Code == scheduler.CodeWasFenced || e.Code == scheduler.CodeVictim) && e.Time.After(at.Add(-fenceSpan))
	})
}

// auditCalm: the server kept its power, no request failed, and the other node
// was cut as often as it should.
func (r *run) auditCalm(s step, serves int) {
	if n := len(r.cuts(serves, r.begun)); n > 0 {
		r.violate("the server %s lost its power", r.name(serves))
	}
	if n := len(r.cuts(1-serves, r.begun)); n != s.want.reboots {
		r.violate("the silent node %s was cut %d times, not %d", r.name(1-serves), n, s.want.reboots)
	}
	record, _ := r.watch.Snapshot()
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
