package explain

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/futago-ha/futago/internal/inputs"
	"github.com/futago-ha/futago/scheduler"
)

// sameTime is how near two decisions are that count as the same: what is not
// decided upon one input is decided at the next tick.
const sameTime = tickPause + tickPause/2

// insteadMost is how many other decisions of a changed play are told.
const insteadMost = 2

// judge compares a changed play with the truth. from is the instant of the
// change: what differs before it is of no interest.
func (s *scene) judge(p *played, from scheduler.Instant) (then string, same bool) {
	code, when := s.t.decision.Code, s.when()
	var at scheduler.Instant
	var text string
	away := func(at scheduler.Instant, text string) time.Duration {
		if alike(text, s.t.decision.Text) {
			return time.Duration(at - when).Abs()
		}
		return time.Duration(at-when).Abs() + 1 // of two at the same time, the one that says the same
	}
	for _, n := range p.notes {
		if n.note.Code == code && n.at >= min(from, when) && (at == 0 || away(n.at, n.note.Text) < away(at, text)) {
			at, text = n.at, n.note.Text
		}
	}
	var parts []string
	switch late := time.Duration(at - when); {
	case at == 0:
		parts = append(parts, "no ["+code+"] within "+span(horizon))
	case late.Abs() <= sameTime:
		same = true
		parts = append(parts, "the same")
	case late > 0:
		parts = append(parts, "the same, "+tenths(late)+" later")
	default:
		parts = append(parts, "the same, "+tenths(-late)+" earlier")
	}
	if at != 0 && !alike(text, s.t.decision.Text) {
		parts[0] += ", but: " + text
	}
	others := s.instead(p, from)
	return strings.Join(append(parts, others...), "; "), same
}

// alike says that two texts differ in numbers only.
func alike(a, b string) bool {
	noNumbers := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' || r == '.' {
				return -1
			}
			return r
		}, s)
	}
	return noNumbers(a) == noNumbers(b)
}

// plainly are codes that only repeat what a what-if changed.
var plainly = map[string]bool{scheduler.CodeNoUplink: true, scheduler.CodeStandby: true, scheduler.CodeResource: true}

// truly says whether a decision was also taken in truth, at about that time.
func (s *scene) truly(n noted) bool {
	return slices.ContainsFunc(s.truth.notes, func(t noted) bool {
		return t.note.Code == n.note.Code && time.Duration(t.at-n.at).Abs() < time.Second
	})
}

// instead are the decisions that matter and were not taken in truth.
func (s *scene) instead(p *played, from scheduler.Instant) []string {
	told := map[string]bool{s.t.decision.Code: true}
	var list []string
	for _, n := range p.notes {
		if n.at < from || told[n.note.Code] || s.truly(n) || len(list) == insteadMost {
			continue
		}
		if !inputs.Notable(n.note.Code) && (n.note.Level == scheduler.Info || plainly[n.note.Code]) {
			continue
		}
		told[n.note.Code] = true
		list = append(list, fmt.Sprintf("%s %s [%s]", s.offset(n.at), n.note.Text, n.note.Code))
	}
	return list
}

// offset is a time relative to the decision.
func (s *scene) offset(at scheduler.Instant) string {
	d := time.Duration(at - s.when())
	if d < 0 {
		return tenths(-d) + " before,"
	}
	return tenths(d) + " after,"
}
