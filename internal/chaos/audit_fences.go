package chaos

import (
	"context"
	"slices"
	"time"

	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/internal/lab"
	"github.com/futago-ha/futago/scheduler"
)

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
			dark = p.is == lab.Off
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
		if p.node == node && p.at.After(after) && p.is == lab.Booting {
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
