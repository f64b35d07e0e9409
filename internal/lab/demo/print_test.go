package demo

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/futago-ha/futago/internal/lab/measure"
)

// at gives a request that started then and was answered 1 ms later, or failed.
func at(ms int, server string) measure.Request {
	q := measure.Request{Start: noon.Add(time.Duration(ms) * time.Millisecond), Server: server}
	q.End = q.Start.Add(time.Millisecond)
	if server == "" {
		q.Err = "refused"
	}
	return q
}

func probe(ms int, macs ...string) measure.Probe {
	return measure.Probe{At: noon.Add(time.Duration(ms) * time.Millisecond), MACs: macs}
}

func TestTimeline(t *testing.T) {
	r := measure.Record{
		Requests: []measure.Request{
			at(-10, two), // before the scenario
			at(0, one), at(10, one), at(20, ""), at(30, ""), at(500, two), at(510, two), at(600, two), at(610, one), at(620, ""), at(99999, one),
		},
		Probes: []measure.Probe{probe(-5, "a", "b"), probe(0, "a"), probe(100, "a", "b"), probe(200, "a", "b"), probe(300, "b"), probe(400, "a", "b")},
	}
	from, to := noon, noon.Add(time.Second)
	marks := merge(append(clientView(r, from, to), mark{noon.Add(15 * time.Millisecond), "lab: panic"}, mark{noon.Add(-time.Hour), "before"}), from, to)
	var b strings.Builder
	p := &printer{out: &b}
	p.timeline("crash", noon, marks)
	want := `
crash, from 12:00:00.000
   0.00 client: raspberrypi-1 answers
   0.01 lab: panic
   0.10 client: TWO NODES HOLD THE VIP
   0.40 client: TWO NODES HOLD THE VIP
   0.50 client: raspberrypi-2 answers after 0.49 s (2 failed)
   0.60 client: raspberrypi-2 answers again after 0.09 s (0 failed)
   0.61 client: raspberrypi-1 answers
   1.00 client: no answer for 0.39 s (1 failed)
`
	if b.String() != want {
		t.Errorf("got%s\nwant%s", b.String(), want)
	}
}

// The page holds on any terminal: ASCII, and no line over its width.
func TestPage(t *testing.T) {
	bad := judge(scenarios()[9], flawless())
	bad.Problems, bad.Remarks = []string{strings.Repeat("something long went wrong ", 12)}, []string{"slow"}
	good := judge(takeover, flawless())
	good.Cuts = []Cut{{Node: one}, {Node: two, WokenBy: "extin"}}
	var b strings.Builder
	p := &printer{out: &b}
	for i, sc := range scenarios() {
		p.heading(i+1, 11, sc)
	}
	p.outcome(bad)
	p.outcome(good)
	p.table([]Outcome{good, bad})
	if p.err != nil {
		t.Fatal(p.err)
	}
	for _, line := range strings.Split(b.String(), "\n") {
		if len(line) > pageWidth || strings.TrimRight(line, " ") != line || strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("line %q has %d bytes, or is not plain", line, len(line))
		}
	}
	for _, want := range []string{
		"FAILED  something long", "NOTE    slow", "OK      (30 s)", "Cut: raspberrypi-1 (not back yet), raspberrypi-2 (woken by extin).",
		"no answer for 13.10 s at most", "1310 of 3000 requests failed", "2 cuts", "cable          FAILED  13.10 s", "41.8 s",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is not on the page:\n%s", want, b.String())
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestPrinterKeepsTheFirstError(t *testing.T) {
	p := &printer{out: full{}}
	p.line("a")
	p.table(nil)
	if p.err == nil || !strings.Contains(p.err.Error(), "no space left") {
		t.Errorf("error %v", p.err)
	}
}
