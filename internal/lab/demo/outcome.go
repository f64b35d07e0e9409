package demo

import (
	"fmt"
	"strings"
	"time"

	"github.com/futago-ha/futago/internal/lab/measure"
)

// Outcome is what came of one scenario.
type Outcome struct {
	Name      string    `json:"name"`
	Title     string    `json:"title"`
	Sentence  string    `json:"sentence"` // what happened; empty where it did not come to its end
	Began     time.Time `json:"began"`
	Seconds   float64   `json:"seconds"`    // the scenario took
	LongestMS float64   `json:"longest_ms"` // longest time without an answer
	TotalMS   float64   `json:"total_ms"`   // all of them
	Requests  int       `json:"requests"`
	Failed    int       `json:"failed"`
	Servers   []string  `json:"servers"` // who answered, in order
	Cuts      []Cut     `json:"cuts"`
	Probes    int       `json:"probes"`      // asked by ARP who has the VIP
	TwoVIPs   int       `json:"two_holders"` // probes that both nodes answered
	Problems  []string  `json:"problems"`    // expectations that failed; none: passed
	Remarks   []string  `json:"remarks"`     // what was worse than it should be, and is no failure
	Pacemaker string    `json:"pacemaker"`   // at the same work
}

// Cut is a node whose power a board took away.
type Cut struct {
	Node    string `json:"node"`
	WokenBy string `json:"woken_by"` // by its board, at the scenario's end; empty: not back
}

// evidence is all that judging needs.
type evidence struct {
	report   measure.Report
	probes   int
	cuts     []Cut
	err      error // of the play: a state that did not come about
	sentence string
	began    time.Time
	ended    time.Time
}

// judge says what came of a scenario. It is pure.
func judge(sc scenario, e evidence) Outcome {
	o := Outcome{
		Name: sc.name, Title: sc.title, Sentence: e.sentence, Began: e.began, Seconds: e.ended.Sub(e.began).Seconds(),
		LongestMS: milliseconds(e.report.Longest), TotalMS: milliseconds(e.report.Total),
		Requests: e.report.Requests, Failed: e.report.Failed, Servers: e.report.Servers, Cuts: e.cuts,
		Probes: e.probes, TwoVIPs: len(e.report.TwoHolders), Pacemaker: sc.peer,
	}
	fail := func(format string, args ...any) { o.Problems = append(o.Problems, fmt.Sprintf(format, args...)) }
	if e.err != nil {
		o.Sentence = ""
		fail("%v", e.err)
	}
	if e.report.Requests == 0 || e.probes == 0 {
		fail("the client measured nothing: %d requests, %d ARP probes", e.report.Requests, e.probes)
	}
	if n := len(e.report.TwoHolders); n > 0 {
		fail("two nodes held the VIP in %d of %d probes, first at %s", n, e.probes, clock(e.report.TwoHolders[0].At))
	}
	judgeGap(sc.want, e.report, fail)
	judgeCuts(sc.want, e.cuts, fail)
	if due := int(o.Seconds / pace.Seconds()); o.Requests > 0 && o.Requests < due*9/10 {
		o.Remarks = append(o.Remarks, fmt.Sprintf("this machine was too busy: the client asked %d times, not %d; take the figures with care", o.Requests, due))
	}
	if sc.want.beyondAim(e.report) {
		o.Remarks = append(o.Remarks, fmt.Sprintf("no answer for %s, the aim is %s", seconds(e.report.Longest), seconds(sc.want.aim)))
	}
	return o
}

func (w limits) beyondAim(r measure.Report) bool {
	return w.aim > 0 && r.Longest > w.aim && (w.longest == 0 || r.Longest <= w.longest)
}

func judgeGap(w limits, r measure.Report, fail func(string, ...any)) {
	if w.longest > 0 && r.Longest > w.longest {
		fail("no answer for %s, at most %s are allowed", seconds(r.Longest), seconds(w.longest))
	}
	if w.failed != anyNumber && r.Failed > w.failed {
		fail("%d requests failed, at most %d may", r.Failed, w.failed)
	}
}

func judgeCuts(w limits, cuts []Cut, fail func(string, ...any)) {
	var names []string
	for _, c := range cuts {
		names = append(names, c.Node)
		if w.watchdog && strings.Contains(c.WokenBy, "watchdog") {
			continue
		}
		if !strings.Contains(c.WokenBy, "extin") {
			fail("%s was not woken by EXTIN but by %q", c.Node, c.WokenBy)
		}
	}
	if got, want := listOf(names), listOf(w.cut); got != want {
		fail("cut was %s, expected %s", got, want)
	}
}

// listOf names nodes, or says that there is none.
func listOf(names []string) string {
	if len(names) == 0 {
		return "nobody"
	}
	return strings.Join(names, ", ")
}

func milliseconds(d time.Duration) float64 { return float64(d.Round(100*time.Microsecond)) / 1e6 }

func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }

func clock(t time.Time) string { return t.Format("15:04:05.000") }
