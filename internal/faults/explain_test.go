package faults

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/futago-ha/futago/internal/explain"
	"github.com/futago-ha/futago/internal/inputs"
	"github.com/futago-ha/futago/internal/lab"
)

// TestPowerCutInHoldIsExplained takes the power of a server, and in the middle
// of the hold against it that of the other node as well. What that node kept on
// its disk explains its decision to cut, without the daemon and without the
// ring, which the power took along. Back again and alone it cuts and takes over,
// and the daemon explains that.
func TestPowerCutInHoldIsExplained(t *testing.T) {
	t.Parallel()
	p := startPair(t, lab.Options{})
	p.powerUp()
	server := p.settle()
	holder := 1 - server
	names := [2]string{one, two}
	since := time.Now()
	p.PowerOff(server)
	p.await("EXTOUT rose", func() bool { return p.raised(holder) })
	raised := time.Now()
	p.await("the hold was at 4 s", func() bool { return time.Since(raised) >= 4*time.Second })
	p.PowerOff(holder)
	p.await("the node was off", func() bool { return p.Status().Nodes[holder].PID == 0 })

	past, err := inputs.ReadPath(filepath.Join(p.disk(names[holder]), "var-lib-futago", "decisions"))
	if err != nil {
		t.Fatal(err)
	}
	e := p.explained(past, "HOLD")
	for name, want := range map[string]string{"heard-on": "no [HOLD]", "uplink-lost": "no [HOLD]", "standby": "no [HOLD]", "said-goodbye": "TOOK_TERM"} {
		p.otherwise(e, name, want)
	}
	if e.Node != names[holder] || e.Peer != names[server] || e.Time.Sub(raised).Abs() > 2*time.Second {
		t.Errorf("explained is a decision of %s about %s at %s, the line rose at %s", e.Node, e.Peer, e.Time, raised)
	}

	p.PowerOn(holder)
	fenced := p.awaitEntry(holder, since, "FENCED")
	record, err := p.client(holder).Inputs(p.limited(), fenced.Time)
	if err != nil {
		t.Fatal(err)
	}
	e = p.explained(inputs.Read(record.Record), "FENCED")
	for name, want := range map[string]string{"address-answered": "FENCE_REFUSED", "hold-broken": "FENCE_UNKNOWN", "extin-answered": "HOLD_GIVEN_UP"} {
		p.otherwise(e, name, want)
	}
	text := p.exec(holder, "futago", "explain", "FENCED")
	t.Logf("futago explain FENCED:\n%s", text)
	if !strings.Contains(text, "DECIDED") || !strings.Contains(text, "all as recorded") {
		t.Error("the command does not explain it")
	}
}

// explained explains the last decision of that code in a record.
func (p *pair) explained(past inputs.Past, code string) explain.Explanation {
	p.t.Helper()
	var last explain.Decision
	for _, d := range explain.Decisions(past) {
		if d.Code == code {
			last = d
		}
	}
	e, err := explain.Explain(past, last)
	if err != nil || !e.Faithful() {
		p.t.Fatalf("%s is explained by %+v, %v", code, e, err)
	}
	return e
}

// otherwise checks what came of a what-if.
func (p *pair) otherwise(e explain.Explanation, name, want string) {
	p.t.Helper()
	for _, r := range e.Otherwise {
		if r.Name == name {
			if !strings.Contains(r.Then, want) {
				p.t.Errorf("%s: %s: %s; want %s", e.Code, r.If, r.Then, want)
			}
			return
		}
	}
	p.t.Errorf("%s: nothing is said about %s: %+v", e.Code, name, e.Otherwise)
}
