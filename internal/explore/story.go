package explore

import (
	"fmt"
	"strings"
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// story is one way through the model in words, a line for each thing that
// mattered.
type story struct {
	from  time.Duration // the scenario's beginning
	lines []string
}

// say adds a line when somebody reads the story. who is a node, "-" for the
// world, and empty when the text names the node itself.
func (w *world) say(who, format string, args ...any) {
	s := w.tell
	if s == nil {
		return
	}
	text := fmt.Sprintf(format, args...)
	if who != "" {
		text = who + " " + text
	}
	s.lines = append(s.lines, fmt.Sprintf("%7.1f s  %s", (w.now-s.from).Seconds(), text))
}

// starts makes now the zero of the story, and drops what led there.
func (s *story) starts(now time.Duration) {
	s.from, s.lines = now, nil
}

// words is what a letter says that decides something.
func words(s *scheduler.State) string {
	var b strings.Builder
	add := func(is bool, format string, args ...any) {
		if is {
			fmt.Fprintf(&b, ", "+format, args...)
		}
	}
	fmt.Fprintf(&b, "knows term %d", s.Term)
	add(s.Own != 0, "owns %d", s.Own)
	add(s.Serving, "serves")
	add(!s.Known, "has not looked what runs")
	add(s.Released != 0, "released %d", s.Released)
	add(s.Returned != 0, "returned %d", s.Returned)
	add(s.Leading != 0, "is releasing %d", s.Leading)
	add(s.StopFail != 0, "could not stop for %d", s.StopFail)
	add(s.Holding, "holds its line")
	add(s.Offer != 0, "offers %d", s.Offer)
	add(s.Ask != 0, "asks for %d", s.Ask)
	add(s.Ready, "ready")
	add(s.NotReady != "", "not ready: %s", s.NotReady)
	add(!s.Uplink, "no uplink")
	add(s.Leaving != "", "leaves: %s", s.Leaving)
	add(s.AckLeft != 0, "acknowledges the other's leave")
	add(s.TestAsk != 0, "wants to test")
	add(s.TestOK != 0, "is ready for the test")
	return b.String()
}
