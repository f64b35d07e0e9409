package faults

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/internal/lab"
	"github.com/futago-ha/futago/internal/lab/measure"
)

// calendarLimit is how long a minute of the calendar and what follows from it may
// take: up to 75 s until it comes, one more for what stands in its way, a boot
// and a failback.
const calendarLimit = 4 * time.Minute

// TestCalendar has the calendar reboot nodes that serve a client: no operator
// says anything. The minute comes by a reload, so that the pair is well by then.
func TestCalendar(t *testing.T) {
	t.Parallel()
	whole := startPair(t, lab.Options{Config: withCalendar("", ""), BootDelay: 3 * time.Second})
	whole.powerUp()
	whole.measured()
	for _, c := range []struct {
		name string
		do   func(*pair)
	}{
		{"server_goes_and_gets_it_back", (*pair).testServerGoes},
		{"both_in_the_same_minute", (*pair).testSameMinute},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := whole.during(t)
			p.moveTo(0)
			since := time.Now()
			away := p.watchAway()
			c.do(p)
			if either, both := away(); both || !either {
				t.Errorf("a node was away: %t; both at the same time: %t", either, both)
			}
			p.oneServer()
			p.logClient(since)
			p.onlyOneHolder(since)
			for node := range 2 {
				if fenced := p.wrote(node, since, "HOLD", "FENCED", "FENCE_REFUSED", "FENCE_UNKNOWN", "WAKE_PULSE"); fenced != "" {
					t.Errorf("node %d wrote %s", node+1, fenced)
				}
				t.Logf("futago schedule on node %d:\n%s", node+1, p.exec(node, "futago", "schedule"))
			}
		})
	}
}

// withCalendar is the configuration with times for the nodes, in UTC. A node is
// up for a while before it may go: min_uptime is looked at, and does not decide.
func withCalendar(first, second string) string {
	text := strings.Replace(configuration, `failback  = "never"`, "failback  = \"auto\"\nfailback_delay = \"1h\"", 1)
	text += "[reboot]\ntime_zone = \"UTC\"\nmin_uptime = \"1s\"\nfailback_delay = \"2s\"\n"
	for name, cron := range map[string]string{one: first, two: second} {
		if cron != "" {
			text += fmt.Sprintf("%s = %q\n", name, cron)
		}
	}
	return text
}

// testServerGoes: the server hands over, reboots, comes back and gets the service back.
func (p *pair) testServerGoes() {
	boots := [2]int{p.boots(0), p.boots(1)}
	since := time.Now()
	at := p.plan("%d %d * * *", "")
	p.awaitEntry(0, since, "CONFIG_RELOADED")
	st := p.awaitStatus(1, "shows the time that comes", func(st control.Status) bool { return st.Schedule[0].Next.Equal(at) })
	if st.Next == nil || !strings.Contains(st.Next.Text, "planned reboot of "+one) {
		p.t.Errorf("what comes next is shown as %+v", st.Next)
	}
	p.awaitOutcome(0, at, "done")
	st = p.awaitStatus(1, "gave the service back", func(st control.Status) bool { return settled(st) && st.Serving == one })
	if last := st.Schedule[0].Last; last == nil || last.Result != "done" || !last.Time.Equal(at) {
		p.t.Errorf("the other node says that this became of it: %+v", last)
	}
	if text := p.exec(0, "futago", "schedule"); !strings.Contains(text, "done") {
		p.t.Errorf("futago schedule says\n%s", text)
	}
	if got := [2]int{p.boots(0), p.boots(1)}; got != [2]int{boots[0] + 1, boots[1]} {
		p.t.Errorf("the nodes have booted %v times, before %v", got, boots)
	}
	left := p.awaitEntry(0, since, "LEAVING")
	if left.Time.Before(at) || left.Time.After(at.Add(2*time.Second)) {
		p.t.Errorf("it began to go at %s, the time was %s", left.Time, at)
	}
	for _, what := range []struct {
		node int
		code string
	}{{0, "HANDED_OFF"}, {1, "TOOK_TERM"}, {1, "PEER_LEFT"}, {0, "REBOOTED"}, {0, "TOOK_TERM"}, {1, "HANDED_OFF"}} {
		p.say(p.awaitEntry(what.node, since, what.code))
	}
	// Single requests may time out, or be answered late, on a machine that is busy with other tests.
	record, _ := p.watch.Snapshot()
	r := measure.Judge(record, requestEvery, since, time.Now())
	if n := len(r.Servers); n < 3 || r.Servers[0] != one || !slices.Contains(r.Servers, two) || r.Servers[n-1] != one || r.Longest > patience {
		p.t.Errorf("a client was served by %v, want %s, %s, %s; the longest time without an answer was %s", r.Servers, one, two, one, r.Longest)
	}
}

// testSameMinute: both calendars name the same minute, as two that differ may.
// Who looks first goes; the other is skipped, or goes once that one is back.
func (p *pair) testSameMinute() {
	boots := p.boots(0) + p.boots(1)
	at := p.plan("%d %d * * *", "%d %d 1-31 * *")
	done := 0
	for node := range 2 {
		last := p.awaitOutcome(node, at, "done", "skipped")
		switch {
		case last.Result == "done":
			done++
		case last.Code != "PEER_REBOOT" && last.Code != "HANDOFF":
			p.t.Errorf("node %d was skipped because of %s: %s", node+1, last.Code, last.Why)
		}
	}
	if got := p.boots(0) + p.boots(1) - boots; got != done || done == 0 {
		p.t.Errorf("%d reboots were done, and the nodes booted %d times", done, got)
	}
}

// plan gives both nodes their times by a reload and returns the minute that they
// name: one that does not come before both daemons have read it.
func (p *pair) plan(first, second string) time.Time {
	p.t.Helper()
	at := time.Now().Add(15 * time.Second).UTC().Truncate(time.Minute).Add(time.Minute)
	inUTC := func(format string) string {
		if format == "" {
			return ""
		}
		return fmt.Sprintf(format, at.Minute(), at.Hour())
	}
	for node := range 2 {
		p.exec(node, "sh", "-c", `printf %s "$1" >/etc/futago/futago.toml`, "sh", withCalendar(inUTC(first), inUTC(second)))
		p.exec(node, "systemctl", "kill", "-s", "HUP", "futago")
	}
	return at
}

// awaitOutcome waits until one of the results became of the reboot that a node
// had planned for that time.
func (p *pair) awaitOutcome(node int, at time.Time, results ...string) control.Outcome {
	p.t.Helper()
	var last control.Outcome
	if !p.withinEvery(askEvery, calendarLimit, func() bool {
		st := p.status(node)
		if len(st.Schedule) != 2 || st.Schedule[node].Last == nil {
			return false
		}
		last = *st.Schedule[node].Last
		return last.Time.Equal(at) && slices.Contains(results, last.Result)
	}) {
		for i := range 2 {
			p.draw(i)
			p.t.Logf("history of node %d:\n%s", i+1, p.historyText(i))
		}
		p.t.Fatalf("node %d did not become %v by %s: %+v", node+1, results, at, last)
	}
	return last
}

// watchAway looks whether a node is ever down, and whether both are at the same
// time, until the function that it returns is called.
func (p *pair) watchAway() func() (either, both bool) {
	stop := make(chan struct{})
	var either, both bool
	var watch sync.WaitGroup
	watch.Go(func() {
		ticks := time.NewTicker(lookEvery)
		defer ticks.Stop()
		for {
			select {
			case <-stop:
				return
			case <-ticks.C:
			}
			nodes := p.Status().Nodes
			first, second := nodes[0].Phase != lab.Running, nodes[1].Phase != lab.Running
			either, both = either || first || second, both || first && second
		}
	})
	over := sync.OnceValues(func() (bool, bool) {
		close(stop)
		watch.Wait()
		return either, both
	})
	p.t.Cleanup(func() { over() })
	return over
}

// wrote is the first of the codes that a node wrote since then.
func (p *pair) wrote(node int, since time.Time, codes ...string) string {
	for _, e := range p.history(node) {
		for _, code := range codes {
			if e.Code == code && !e.Time.Before(since) {
				return code
			}
		}
	}
	return ""
}
