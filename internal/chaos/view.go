package chaos

import (
	"context"
	"fmt"
	"time"

	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/internal/control/render"
	"github.com/futago-ha/futago/internal/lab"
)

// view is what both nodes and the lab say at one time.
type view struct {
	nodes [2]*control.Status // nil: does not answer
	holds [2]bool            // the VIP, says the kernel
	lab   lab.Status
}

func (r *run) look(ctx context.Context) view {
	v := view{lab: r.lab.Status()}
	for i := range v.nodes {
		v.holds[i] = r.lab.HoldsVIP(i)
		client, err := r.lab.Client(i)
		if err != nil {
			continue
		}
		ask, cancel := context.WithTimeout(ctx, askLimit)
		if st, err := client.Status(ask); err == nil {
			v.nodes[i] = &st
		}
		cancel()
	}
	return v
}

// await looks until cond holds; the last view and whether it did.
func (r *run) await(ctx context.Context, limit time.Duration, cond func(view) bool) (view, bool) {
	for end := time.Now().Add(limit); ; {
		v := r.look(ctx)
		if cond(v) {
			return v, true
		}
		if !time.Now().Before(end) || pause(ctx, askEvery) != nil {
			return v, false
		}
	}
}

// well says that both nodes call the pair well and agree in everything.
func (v view) well() bool {
	a, b := v.nodes[0], v.nodes[1]
	if a == nil || b == nil {
		return false
	}
	ok := func(s *control.Status) bool { return s.Level == control.LevelOK && s.Hold == nil && s.Serving != "" }
	return ok(a) && ok(b) && a.Serving == b.Serving && a.Term == b.Term && a.Owner == b.Owner && v.holds[v.serves()] && !v.holds[1-v.serves()]
}

// serves is the index of the node that both say serves.
func (v view) serves() int {
	if v.nodes[0] != nil && v.nodes[0].Serving == v.lab.Nodes[1].Name {
		return 1
	}
	return 0
}

// decided says that one node serves and says so, or that nobody does and each
// node that answers says what it waits for and what to do.
func (v view) decided() bool {
	for i, s := range v.nodes {
		if s != nil && v.holds[i] && s.Serving == v.lab.Nodes[i].Name {
			return !v.holds[1-i]
		}
	}
	if v.holds[0] || v.holds[1] {
		return false
	}
	if !v.lab.Boards[0].Supply && !v.lab.Boards[1].Supply {
		return true
	}
	answers := 0
	for _, s := range v.nodes {
		if s == nil {
			continue
		}
		if !stated(s) {
			return false
		}
		answers++
	}
	return answers > 0
}

// stated says that a node that does not serve tells why, since when, what ends
// that, and that monitoring is told.
func stated(s *control.Status) bool {
	if len(s.Waits) == 0 || s.Hold != nil {
		return false
	}
	w := s.Waits[0]
	return w.Code != "" && !w.Since.IsZero() && w.Command != "" && s.Severity() != control.SeverityOK
}

// allTested says that both lines passed their last test.
func allTested(s control.Status) bool {
	for _, w := range s.Wires {
		if w.Verified.IsZero() || !w.FailedAt.IsZero() {
			return false
		}
	}
	return len(s.Wires) == 2
}

// String is what both nodes say, in a line.
func (v view) String() string {
	text := ""
	for i, s := range v.nodes {
		if i > 0 {
			text += "; "
		}
		text += fmt.Sprintf("%s (%s)", v.lab.Nodes[i].Name, v.lab.Nodes[i].Phase)
		if s == nil {
			text += " does not answer"
			continue
		}
		text += fmt.Sprintf(" says %s, served by %q in term %d", s.Level, s.Serving, s.Term)
		if s.Level != control.LevelOK {
			text += fmt.Sprintf(" (%s)", render.Headline(*s, s.Time))
		}
		for _, w := range s.Waits {
			text += " [" + w.Code + "]"
		}
	}
	return text
}
