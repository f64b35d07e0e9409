package faults

import (
	"slices"
	"syscall"
	"time"

	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/internal/lab/measure"
)

// This file is what a test sees of a node without asking its daemon.

// kill ends a node's daemon as kill -9 does and returns when that was. The
// process is looked up before, so that the moment is exact.
func (p *pair) kill(pid int) time.Time {
	p.t.Helper()
	at := time.Now()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		p.t.Fatalf("kill -9 %d: %v", pid, err)
	}
	return at
}

// raised reads the latch of a node's EXTOUT from its board.
func (p *pair) raised(node int) bool { return p.Boards().Status()[node].Out }

// awaitLow checks that a node's EXTOUT is low within 2 s of the death of its
// daemon (S5).
func (p *pair) awaitLow(node int, since time.Time) {
	p.t.Helper()
	if !p.within(2*time.Second, func() bool { return !p.raised(node) }) {
		p.t.Errorf("EXTOUT of node %d is high 2 s after its daemon was killed", node+1)
		return
	}
	p.t.Logf("EXTOUT of node %d read low %s after the kill", node+1, time.Since(since).Round(time.Millisecond))
}

// patience is what a client has for one answer: more than TCP needs after one
// lost packet (1 s), so that a request that fails says something of the service
// and not of a busy machine.
const patience = 3 * time.Second

// requestEvery is how often a client asks. Each answer costs the server a process, and
// what these tests want to know is who answers, not to the millisecond when.
const requestEvery = 25 * time.Millisecond

// measured begins what a client of a pair that is well sees until the test ends,
// and then checks that no two nodes ever answered for the VIP. It waits for the
// first answer: a watcher that was never seen to see proves nothing, and the pair
// may be taken apart in the next moment.
func (p *pair) measured() {
	p.t.Helper()
	watch, err := p.MeasureAt(requestEvery, patience)
	if err != nil {
		p.t.Fatal(err)
	}
	p.watch = watch
	p.awaitAnswer("the client's side saw who has the VIP", func() bool {
		record, _ := watch.Snapshot()
		return slices.ContainsFunc(record.Probes, func(probe measure.Probe) bool { return len(probe.MACs) > 0 })
	})
	p.t.Cleanup(func() {
		record, err := watch.Stop()
		if err != nil {
			p.t.Errorf("stop measuring: %v", err)
		}
		p.alone(measure.Judge(record, 10*time.Millisecond, time.Time{}, time.Time{}))
	})
}

// alone fails if two nodes ever answered at once. A report without any answer
// proves nothing and fails as well.
func (p *pair) alone(r measure.Report) {
	p.t.Helper()
	for _, probe := range r.TwoHolders {
		p.t.Errorf("two held the VIP at %s: %v", probe.At.Format("15:04:05.000"), probe.MACs)
	}
	if len(r.Holders) == 0 {
		p.t.Error("nobody ever answered for the VIP: the watcher saw nothing")
	}
	p.t.Logf("%d requests, %d failed, holders %v", r.Requests, r.Failed, r.Holders)
}

// logClient tells what a client saw since then.
func (p *pair) logClient(since time.Time) {
	record, _ := p.watch.Snapshot()
	r := measure.Judge(record, 10*time.Millisecond, since, time.Now())
	p.t.Logf("client: %d requests, %d failed, longest gap %s at %s", r.Requests, r.Failed,
		r.Longest.Round(time.Millisecond), r.LongestAt.Format("15:04:05.000"))
	errs := map[string]int{}
	for _, q := range record.Requests {
		if !q.OK() && q.Start.After(since) {
			errs[q.Err]++
		}
	}
	for text, n := range errs {
		p.t.Logf("client: %d times %s", n, text)
	}
}

// oneServer waits after a kill until one node serves and the other could, and
// returns the server. A wait that is left over then is told, not failed: the
// machine forgets to end a handoff whose other node was lost.
func (p *pair) oneServer() int {
	p.t.Helper()
	steady := func(st control.Status) bool {
		return st.Serving != "" && st.Hold == nil && slices.ContainsFunc(st.Nodes, func(n control.Node) bool {
			return n.Name != st.Serving && n.State == control.StateReady
		})
	}
	var server int
	p.awaitAnswer("one node serves and the other is ready", func() bool {
		a, b := p.status(0), p.status(1)
		server = 0
		if a.Serving == two {
			server = 1
		}
		return steady(a) && steady(b) && a.Serving == b.Serving && p.HoldsVIP(server) && !p.HoldsVIP(1-server)
	})
	for node := range 2 {
		if !p.withinEvery(askEvery, 5*time.Second, func() bool { return settled(p.status(node)) }) {
			p.draw(node)
			p.t.Errorf("node %d is not well though one serves and the other is ready", node+1)
		}
	}
	return server
}
