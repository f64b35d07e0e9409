package demo

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/futago-ha/futago/internal/lab/measure"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// flawless is the evidence of a takeover as it should be.
func flawless() evidence {
	return evidence{
		report:   measure.Report{Requests: 3000, Failed: 1310, Longest: 13100 * time.Millisecond, Total: 13100 * time.Millisecond, Servers: []string{one, two, one}},
		probes:   300,
		cuts:     []Cut{{Node: one, WokenBy: "extin"}},
		sentence: "One was cut.", began: noon, ended: noon.Add(30 * time.Second),
	}
}

var takeover = scenario{
	name: "crash", title: "a kernel dies", peer: "41.8 s",
	want: limits{longest: takeoverLimit, aim: takeoverAim, failed: anyNumber, cut: []string{one}},
}

func TestJudgeTellsTheFigures(t *testing.T) {
	o := judge(takeover, flawless())
	if len(o.Problems)+len(o.Remarks) > 0 {
		t.Errorf("a flawless takeover has problems %q and remarks %q", o.Problems, o.Remarks)
	}
	if o.LongestMS != 13100 || o.Seconds != 30 || o.Failed != 1310 || o.TwoVIPs != 0 || o.Sentence != "One was cut." || o.Pacemaker != "41.8 s" {
		t.Errorf("outcome %+v", o)
	}
}

// Whatever is wrong is a problem, named, and one alone.
func TestJudgeFindsWhatIsWrong(t *testing.T) {
	for want, spoil := range map[string]func(*scenario, *evidence){
		"no answer for 20.00 s, at most 15.50 s are allowed": func(_ *scenario, e *evidence) { e.report.Longest = 20 * time.Second },
		"two nodes held the VIP in 1 of 300 probes, first at 12:00:07.000": func(_ *scenario, e *evidence) {
			e.report.TwoHolders = []measure.Probe{{At: noon.Add(7 * time.Second), MACs: []string{"a", "b"}}}
		},
		"1310 requests failed, at most 0 may":                          func(sc *scenario, _ *evidence) { sc.want.failed = 0 },
		"cut was nobody, expected raspberrypi-1":                       func(_ *scenario, e *evidence) { e.cuts = nil },
		"cut was raspberrypi-1, expected nobody":                       func(sc *scenario, _ *evidence) { sc.want.cut = nil },
		"cut was raspberrypi-1, expected raspberrypi-2":                func(sc *scenario, _ *evidence) { sc.want.cut = []string{two} },
		"cut was raspberrypi-1, raspberrypi-2, expected raspberrypi-1": func(_ *scenario, e *evidence) { e.cuts = append(e.cuts, Cut{Node: two, WokenBy: "extin"}) },
		`raspberrypi-1 was not woken by EXTIN but by "poweron"`:        func(_ *scenario, e *evidence) { e.cuts = []Cut{{Node: one, WokenBy: "poweron"}} },
		`raspberrypi-1 was not woken by EXTIN but by "watchdog"`:       func(_ *scenario, e *evidence) { e.cuts = []Cut{{Node: one, WokenBy: "watchdog"}} },
		`raspberrypi-1 was not woken by EXTIN but by ""`:               func(_ *scenario, e *evidence) { e.cuts = []Cut{{Node: one}} },
		"waited in vain": func(_ *scenario, e *evidence) { e.err = errors.New("waited in vain") },
		"the client measured nothing: 0 requests, 300 ARP probes":  func(_ *scenario, e *evidence) { e.report = measure.Report{} },
		"the client measured nothing: 3000 requests, 0 ARP probes": func(_ *scenario, e *evidence) { e.probes = 0 },
	} {
		sc, e := takeover, flawless()
		spoil(&sc, &e)
		o := judge(sc, e)
		if len(o.Problems) != 1 || o.Problems[0] != want {
			t.Errorf("problems %q, want only %q", o.Problems, want)
		}
		if e.err != nil && o.Sentence != "" {
			t.Errorf("a play that broke off claims %q", o.Sentence)
		}
	}
}

// A node that nobody had to cut may be restarted by its own board.
func TestJudgeLetsTheWatchdogRestart(t *testing.T) {
	sc, e := takeover, flawless()
	sc.want.watchdog = true
	for _, by := range []string{"extin", "watchdog"} {
		e.cuts = []Cut{{Node: one, WokenBy: by}}
		if o := judge(sc, e); len(o.Problems) > 0 {
			t.Errorf("woken by %s: %q", by, o.Problems)
		}
	}
}

// Between the aim and the limit is said and passes; beyond the limit is a failure and not said twice.
func TestJudgeRemarksBetweenAimAndLimit(t *testing.T) {
	for _, c := range []struct {
		longest           time.Duration
		problems, remarks int
	}{
		{takeoverAim, 0, 0},
		{takeoverAim + time.Millisecond, 0, 1},
		{takeoverLimit, 0, 1},
		{takeoverLimit + time.Millisecond, 1, 0},
	} {
		e := flawless()
		e.report.Longest = c.longest
		if o := judge(takeover, e); len(o.Problems) != c.problems || len(o.Remarks) != c.remarks {
			t.Errorf("%s: problems %q, remarks %q", c.longest, o.Problems, o.Remarks)
		}
	}
}

// A client that could not ask saw less than there was to see.
func TestJudgeRemarksABusyMachine(t *testing.T) {
	e := flawless()
	e.report.Requests = 1500
	if o := judge(takeover, e); len(o.Problems) != 0 || len(o.Remarks) != 1 || !strings.Contains(o.Remarks[0], "asked 1500 times, not 3000") {
		t.Errorf("problems %q, remarks %q", o.Problems, o.Remarks)
	}
}

// No scenario may be without a limit on what a client loses, except where a
// person has to come; and each has Pacemaker beside it.
func TestScenariosAreJudged(t *testing.T) {
	seen := map[string]bool{}
	for _, sc := range scenarios() {
		if seen[sc.name] || sc.title == "" || sc.peer == "" || sc.play == nil {
			t.Errorf("scenario %q is incomplete or there twice", sc.name)
		}
		seen[sc.name] = true
		if sc.want.longest == 0 && sc.name != "harness" {
			t.Errorf("%s may take any time without an answer", sc.name)
		}
		if sc.want.aim > sc.want.longest {
			t.Errorf("%s aims at %s and allows %s", sc.name, sc.want.aim, sc.want.longest)
		}
	}
	if len(seen) != 12 {
		t.Errorf("%d scenarios, want 12", len(seen))
	}
}

func TestChosen(t *testing.T) {
	list, err := chosen([]string{"split", "move"})
	if err != nil || len(list) != 2 || list[0].name != "move" {
		t.Errorf("chose %+v, %v: want both, in the order of the article", list, err)
	}
	if _, err := chosen([]string{"split", "dance"}); err == nil || !strings.Contains(err.Error(), `"dance" is not known; there are first-start, move`) {
		t.Errorf("dance: %v", err)
	}
	if all, err := chosen(nil); err != nil || len(all) != len(Names()) {
		t.Errorf("without names: %d scenarios, %v", len(all), err)
	}
}
