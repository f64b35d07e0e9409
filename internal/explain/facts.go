package explain

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/futago-ha/futago/internal/story"
	"github.com/futago-ha/futago/scheduler"
)

// scene is a decision with all that is known of it from the replay.
type scene struct {
	t     *tape
	truth *played
	v     scheduler.View // just before the decision
	self  string
	peer  string
}

func newScene(t *tape, truth *played) *scene {
	return &scene{t: t, truth: truth, v: truth.before, self: t.block.Head.Node, peer: t.block.Head.Peer}
}

func (s *scene) teller() *story.Teller { return &story.Teller{Self: s.self, Peer: s.peer} }

// when is the instant of the decision.
func (s *scene) when() scheduler.Instant { return s.t.at().At }

func (s *scene) input() string {
	tell := s.teller()
	clause := ""
	for i := range s.t.block.Steps[:s.t.index+1] {
		clause, _ = tell.Event(s.t.block.Steps[i].Event)
	}
	if _, tick := s.t.at().Event.(scheduler.Tick); tick {
		return "time passed; nothing else happened at that moment"
	}
	return clause
}

func (s *scene) ordered() []string {
	tell := s.teller()
	var list []string
	for _, a := range s.truth.ordered {
		if clause, news := tell.Action(a); news {
			list = append(list, clause)
		}
	}
	return list
}

func (s *scene) waited() []string {
	var list []string
	for _, w := range s.v.Waits {
		text := w.For + " [" + w.Code + "]"
		if w.Until != 0 {
			text += fmt.Sprintf(", for %s at most", span(time.Duration(w.Until-w.Since)))
		}
		if w.Since != 0 {
			text += ", since " + span(s.when().Since(w.Since))
		}
		list = append(list, text)
	}
	return list
}

// known is what the machine had in mind just before it decided.
func (s *scene) known() []string {
	v := &s.v
	list := []string{s.hearing()}
	if v.PeerAt != 0 {
		list = append(list, s.peer+" said last: "+strings.Join(story.Words(v.PeerState), ", "))
	}
	list = append(list,
		"own uplink "+either(v.State.Uplink, "good", "lost"),
		s.ownership(),
		s.lines(),
		wire(s.self, s.peer, v.Wire, s.wall()),
		wire(s.peer, s.self, v.PeerWire, s.wall()),
	)
	if h := v.Hold; h != nil {
		list = append(list, fmt.Sprintf("own hold: EXTOUT high %d of %d readings, %s of %s", h.Highs, h.Reads, tenths(s.when().Since(max(h.Begun, h.HighSince))), span(h.For)))
	}
	if v.State.NotReady != "" && v.State.NotReady != scheduler.CodeServing {
		list = append(list, s.self+" not able to serve ["+v.State.NotReady+"]")
	}
	return list
}

func (s *scene) hearing() string {
	v := &s.v
	switch {
	case v.PeerAt == 0:
		return s.peer + " not heard since the daemon of " + s.self + " started"
	case !v.PeerHeard:
		return s.peer + " not heard for " + tenths(s.when().Since(v.PeerAt))
	case v.PeerBoth:
		return s.peer + " heard " + tenths(s.when().Since(v.PeerAt)) + " before, both ways"
	}
	return s.peer + " heard " + tenths(s.when().Since(v.PeerAt)) + " before, and not known to hear " + s.self
}

func (s *scene) ownership() string {
	v := &s.v
	switch {
	case v.State.Own != 0:
		return fmt.Sprintf("%s owned term %d", s.self, v.State.Own) + either(v.State.Serving, " and served", " and did not serve yet")
	case v.PeerState.Own != 0:
		return fmt.Sprintf("%s owned term %d when it was heard last", s.peer, v.PeerState.Own)
	}
	return fmt.Sprintf("nobody was known to own a term; the highest was %d", v.State.Term)
}

func (s *scene) lines() string {
	l := s.v.Lines
	if !l.Read {
		return "own lines not read yet"
	}
	return "own lines: EXTOUT " + either(l.Out, "high", "low") + ", EXTIN " + either(l.In, "high", "low")
}

func wire(from, to string, w scheduler.Wire, now time.Time) string {
	line := "line " + from + " -> " + to + " "
	switch w.Result {
	case scheduler.WirePassed:
		return line + "passed its test " + span(now.Sub(w.At)) + " before"
	case scheduler.WireFailed:
		return line + "failed its test " + span(now.Sub(w.At)) + " before"
	case scheduler.WireUntested:
	}
	return line + "never tested"
}

func (s *scene) wall() time.Time { return s.t.walls[s.t.index] }

// lastBefore is the last step before the decision for which want holds, -1 for
// none.
func (s *scene) lastBefore(want func(scheduler.Event) bool) int {
	for i, step := range slices.Backward(s.t.block.Steps[:s.t.index]) {
		if want(step.Event) {
			return i
		}
	}
	return -1
}

func either(cond bool, yes, no string) string {
	if cond {
		return yes
	}
	return no
}

// tenths is a short time, where tenths of a second matter.
func tenths(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return span(d)
}

// span is a length of time in its greatest units.
func span(d time.Duration) string {
	switch {
	case d < 0:
		return "0 s"
	case d < time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d < 3*time.Hour:
		return fmt.Sprintf("%.0f min", d.Minutes())
	case d < 72*time.Hour:
		return fmt.Sprintf("%.0f h", d.Hours())
	}
	return fmt.Sprintf("%.0f days", d.Hours()/24)
}
