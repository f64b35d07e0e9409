package daemon

import (
	"strings"
	"testing"
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// The first reading of a hold may still be low; that is no gap.
func TestHoldIsBegunAnewOnlyAfterAGap(t *testing.T) {
	for late, want := range map[time.Duration]string{200 * time.Millisecond: "confirmed so far", 3 * time.Second: "begun anew after a gap"} {
		s := cutting(t)
		s.v.Hold.Highs = s.v.Hold.Reads - 1
		s.v.Hold.HighSince = s.v.Hold.Begun.Add(late)
		if got := s.status().Waits[0].Note; got != want {
			t.Errorf("high %s after the begin: %q, want %q", late, got, want)
		}
	}
}

func TestReasonsNameTheRightNode(t *testing.T) {
	s := starting(t)
	s.v.Waits = []scheduler.Wait{{Code: scheduler.CodeStarting, For: one, Since: s.v.At, Why: "it has not looked at everything yet"}}
	if text := (scene{d: s.d, v: s.v, wall: s.wall}).named(s.v.Waits[0]); !strings.HasPrefix(text, one+" has not looked") {
		t.Errorf("of this node: %q", text)
	}
	s.v.Waits[0].For = two
	if text := (scene{d: s.d, v: s.v, wall: s.wall}).named(s.v.Waits[0]); !strings.HasPrefix(text, two+" has not looked") {
		t.Errorf("of the other node: %q", text)
	}
}

func TestLatenessOfNothingIsSaid(t *testing.T) {
	s := cutting(t)
	s.d.late = 0
	if why := s.status().Why; len(why) == 0 || !strings.HasSuffix(why[0].Text, "own lateness 0 ms") {
		t.Errorf("why %+v", why)
	}
}
