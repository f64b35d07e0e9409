package sim

import (
	"testing"
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// TestPauseAfterALateLetter: the node that is not preferred waits a hold between two
// of its own, unless a letter came in between that it cannot know to be too late.
func TestPauseAfterALateLetter(t *testing.T) {
	const at = 40 * time.Second
	cases := []struct {
		name   string
		change func(l *scheduler.Letter, f *facts)
		fair   bool
	}{
		{name: "in time for all that it knows", change: func(*scheduler.Letter, *facts) {}, fair: true},
		{name: "its echo is fresh", change: func(l *scheduler.Letter, f *facts) {
			f.echoed, l.Echo = at-3*time.Second, 7
			f.sent[7] = sent{seq: 7, at: at - 2*time.Second}
		}, fair: true},
		{name: "heard one way", change: func(_ *scheduler.Letter, f *facts) { f.echoed = at - 3*time.Second }},
		{name: "played again", change: func(l *scheduler.Letter, _ *facts) { l.Seq = 4 }},
		{name: "of a session before", change: func(l *scheduler.Letter, _ *facts) { l.Session = 32 }},
		{name: "a newer session was heard", change: func(_ *scheduler.Letter, f *facts) { f.word.session = 34 }},
		{name: "to a session before", change: func(l *scheduler.Letter, _ *facts) { l.To++ }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := plainWorld(idleBrain, idleBrain)
			w.run(at)
			n := w.nodes[0]
			n.cfg.Preferred = false
			f := &w.check.node[n.id]
			f.word, f.knows, f.echoed = word{session: 33, seq: 4, at: at - 6*time.Second}, 33, at-2*time.Second
			f.pulls.over, f.pulls.begun[5] = at-3*time.Second, at-5*time.Second
			l := scheduler.Letter{Session: 33, To: n.d.session, Seq: 5}
			c.change(&l, f)
			w.check.hearsLate(n, &l)
			w.check.pullsInTime(n)
			if found := w.check.found; (len(found) == 0) != c.fair {
				t.Errorf("found %v, fair %t", found, c.fair)
			}
		})
	}
}
