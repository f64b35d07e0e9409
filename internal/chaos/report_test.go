package chaos

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/internal/lab/measure"
	"github.com/futago-ha/futago/scheduler"
)

// TestOutcomesAreTold: a good run is a line, a bad one its whole diary.
func TestOutcomesAreTold(t *testing.T) {
	var out strings.Builder
	sum := tally{out: &out}
	good, bad, broken := newRun(someLab, 1, plan{}), newRun(someLab, 2, plan{}), newRun(someLab, 3, plan{})
	for _, r := range []*run{good, bad, broken} {
		r.diary.say("the diary of seed %d", r.seed)
		r.count.steps, r.count.faults, r.count.cuts = 2, 3, 1
	}
	good.count.slowest = 1500 * time.Millisecond
	bad.step = 2
	bad.violate("two held the VIP")
	sum.add(good, nil)
	sum.add(bad, nil)
	sum.add(broken, errors.New("no bridge"))
	for text, want := range map[string]bool{
		"the diary of seed 1":                        false,
		"the diary of seed 2":                        true,
		"the diary of seed 3":                        true,
		"VIOLATION seed 2, step 2: two held the VIP": true,
		"seed 1: 2 steps, 3 faults, 1 cuts, slowest recovery 1.5 s, 0 violations\n": true,
		"came to no end: no bridge": true,
	} {
		if strings.Contains(out.String(), text) != want {
			t.Errorf("%q is there: %t\n%s", text, !want, out.String())
		}
	}
	r := sum.result
	if r.Runs != 3 || r.Steps != 6 || r.Faults != 9 || r.Cuts != 3 || r.Slowest != good.count.slowest || len(r.Violations) != 1 {
		t.Errorf("the sum is %+v", r)
	}
	out.Reset()
	sum.all = true
	if sum.add(good, nil); !strings.Contains(out.String(), "the diary of seed 1") {
		t.Errorf("asked for everything, it said %q", out.String())
	}
}

// TestLabsHaveNamesOfTheirOwn: runs go side by side.
func TestLabsHaveNamesOfTheirOwn(t *testing.T) {
	a, b := newRun(someLab, 1, plan{}), newRun(someLab, 2, plan{settings: settings{failback: "never"}})
	if a.opts.Name == b.opts.Name || !strings.HasPrefix(a.opts.Name, someLab.Name) {
		t.Errorf("names %q and %q", a.opts.Name, b.opts.Name)
	}
	if long := newRun(someLab, 1<<63, plan{}); len(long.opts.Name) > 24 {
		t.Errorf("the name %q is too long for a lab", long.opts.Name)
	}
	if !strings.Contains(b.opts.Config, `failback  = "never"`) || b.opts.BootDelay != bootDelay {
		t.Errorf("the lab of a run has %+v", b.opts)
	}
}

func TestFailuresAreListed(t *testing.T) {
	ask := func(s int, err string) measure.Request {
		return measure.Request{Start: at(s), End: at(s).Add(30 * time.Millisecond), Err: err}
	}
	requests := []measure.Request{ask(1, "too early"), ask(11, ""), ask(12, "refused")}
	for range 10 {
		requests = append(requests, ask(13, "reset"))
	}
	got := failures(requests, at(10))
	if strings.Contains(got, "too early") || !strings.Contains(got, "after 30ms: refused") || strings.Count(got, "reset") != 4 {
		t.Errorf("failures: %s", got)
	}
}

// TestCalm: each demand of a split is judged by itself.
func TestCalm(t *testing.T) {
	off := func(node int) phase { return phase{at: at(5), node: node, is: "off", supply: true} }
	for name, c := range map[string]struct {
		phases []phase
		want   demands
		found  string
	}{
		"nothing happened":      {nil, demands{}, ""},
		"the server was cut":    {[]phase{off(0)}, demands{}, "the server raspberrypi-1 lost its power"},
		"the other was cut":     {[]phase{off(1)}, demands{}, "the silent node raspberrypi-2 was cut 1 times, not 0"},
		"the other was, as due": {[]phase{off(1)}, demands{reboots: 1}, ""},
		"it was not, though":    {nil, demands{reboots: 1}, "the silent node raspberrypi-2 was cut 0 times, not 1"},
	} {
		r := newRun(someLab, 1, plan{})
		r.phases, r.begun = c.phases, at(0)
		r.auditPower(step{want: c.want}, 0)
		if got := whats(r.violations); got != c.found {
			t.Errorf("%s: %q, want %q", name, got, c.found)
		}
	}
}

// TestClientIsJudged: what it waits for is one thing, what fails another.
func TestClientIsJudged(t *testing.T) {
	fine := func(s float64) measure.Request {
		start := at(0).Add(time.Duration(s * float64(time.Second)))
		return measure.Request{Start: start, End: start.Add(time.Millisecond), Server: "raspberrypi-1"}
	}
	lost := fine(1)
	lost.Err, lost.End = "refused", lost.Start.Add(time.Millisecond)
	slow := fine(1)
	slow.End = slow.Start.Add(3500 * time.Millisecond)
	for name, c := range map[string]struct {
		middle measure.Request
		found  string
	}{
		"answered": {fine(1), ""},
		"refused":  {lost, "1 of 3 requests failed"},
		"slow":     {slow, "no answer for 3"},
	} {
		r := newRun(someLab, 1, plan{})
		r.begun = at(0)
		last := fine(1.02)
		if name == "slow" {
			last = fine(4.6)
		}
		r.auditClient(measure.Record{Requests: []measure.Request{fine(0.99), c.middle, last}})
		if got := whats(r.violations); (got == "") != (c.found == "") || !strings.HasPrefix(got, c.found) {
			t.Errorf("%s: %q, want %q", name, got, c.found)
		}
	}
}

// TestHolders: one question with two answers is a violation, told once.
func TestHolders(t *testing.T) {
	probe := func(s int, macs ...string) measure.Probe { return measure.Probe{At: at(s), MACs: macs} }
	for name, c := range map[string]struct {
		probes []measure.Probe
		found  string
	}{
		"one after the other": {[]measure.Probe{probe(1, "a"), probe(2), probe(3, "b")}, ""},
		"two at once":         {[]measure.Probe{probe(1, "a"), probe(2, "a", "b")}, "two held the VIP at "},
		"nobody ever":         {[]measure.Probe{probe(1), probe(2)}, "nobody ever answered"},
	} {
		r := newRun(someLab, 1, plan{})
		r.auditProbes(c.probes)
		if got := whats(r.violations); (got == "") != (c.found == "") || !strings.HasPrefix(got, c.found) {
			t.Errorf("%s: %q, want %q", name, got, c.found)
		}
		before := len(r.violations)
		if r.auditProbes(c.probes); len(r.violations) != before {
			t.Errorf("%s: told twice", name)
		}
	}
}

func whats(all []Violation) string {
	var list []string
	for _, v := range all {
		list = append(list, v.What)
	}
	return strings.Join(list, "; ")
}

// TestRepeatedCommandsAreCounted: an operator who looks on must not bury what
// the nodes did.
func TestRepeatedCommandsAreCounted(t *testing.T) {
	history := []control.Entry{{Time: at(1), Text: "before"}}
	for i := range 9 {
		history = append(history, control.Entry{Time: at(11 + i), Code: scheduler.CodeCommand, Text: "told: clear"})
	}
	history = append(history, control.Entry{Time: at(30), Text: "afterwards"})
	got := entries(history, at(10))
	if strings.Contains(got, "before") || strings.Count(got, "told: clear") != 1 || !strings.HasSuffix(got, "afterwards\nand 8 commands once more\n") {
		t.Errorf("the history is told as\n%s", got)
	}
}

// TestViewSaysWhy: a level worse than OK is never alone in a diary.
func TestViewSaysWhy(t *testing.T) {
	v := good()
	if got := v.String(); strings.Contains(got, "(apache") {
		t.Errorf("a good view: %s", got)
	}
	v.nodes[1].Level, v.nodes[1].Code, v.nodes[1].Headline = control.LevelDegraded, "WATCHDOG_NOT_FED", []string{"raspberrypi-1 serves", "the watchdog is off"}
	if got := v.String(); !strings.Contains(got, "the watchdog is off [WATCHDOG_NOT_FED]") {
		t.Errorf("a degraded view: %s", got)
	}
}
