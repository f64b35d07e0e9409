package lab

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/futago-ha/futago/internal/lab/measure"
)

// TestClientMeasuresAMoveOfTheVIP serves the real Apache from both nodes and
// moves the VIP by hand, first cleanly and then so that both hold it.
func TestClientMeasuresAMoveOfTheVIP(t *testing.T) {
	l := startLab(t, Options{Command: idle})
	powerUp(t, l)
	for i := range 2 {
		mustExec(t, l, i, "docker", "run", "-d", "--name", "web", "-p", "80:80", "httpd")
	}
	claim(t, l, 0)
	looksInside(t, l)
	w, err := l.Measure()
	if err != nil {
		t.Fatal(err)
	}
	waitRecord(t, w, "20 answers of the first node", func(r measure.Record) bool { return answersOf(r, "raspberrypi-1") >= 20 })
	begin := time.Now()
	mustExec(t, l, 0, "ip", "addr", "del", "192.0.2.215/24", "dev", "eth0")
	claim(t, l, 1)
	waitRecord(t, w, "20 answers of the second node", func(r measure.Record) bool { return answersOf(r, "raspberrypi-2") >= 20 })
	moved := time.Now()
	claim(t, l, 0)
	waitRecord(t, w, "two holders", func(r measure.Record) bool {
		return len(measure.Judge(r, 10*time.Millisecond, moved, time.Time{}).TwoHolders) > 0
	})
	record, err := w.Stop()
	if err != nil {
		t.Fatal(err)
	}
	rep := measure.Judge(record, 10*time.Millisecond, begin, moved)
	if len(rep.TwoHolders) > 0 {
		t.Errorf("two holders during the clean move: %v", rep.TwoHolders)
	}
	if fmt.Sprint(rep.Servers) != "[raspberrypi-1 raspberrypi-2]" && fmt.Sprint(rep.Servers) != "[raspberrypi-2]" {
		t.Errorf("answers came from %q", rep.Servers)
	}
	if rep.Longest > 5*time.Second {
		t.Errorf("the move: %+v", rep)
	}
	all := measure.Judge(record, 10*time.Millisecond, time.Time{}, time.Time{})
	if len(all.Holders) != 2 {
		t.Fatalf("holders of the VIP: %q, want two", all.Holders)
	}
	for i, mac := range all.Holders {
		if name, ok := l.NodeOf(mac); !ok || name != l.opts.Nodes[i].Name {
			t.Errorf("%s belongs to %q", mac, name)
		}
	}
}

func claim(t *testing.T, l *Lab, node int) {
	t.Helper()
	mustExec(t, l, node, "ip", "addr", "add", "192.0.2.215/24", "dev", "eth0")
	// An announcement has no answer, so arping calls it a failure.
	mustExec(t, l, node, "sh", "-c", "arping -q -U -c 1 -S 192.0.2.215 -i eth0 192.0.2.215 || true")
}

func answersOf(r measure.Record, node string) int {
	n := 0
	for _, q := range r.Requests {
		if q.OK() && q.Server == node {
			n++
		}
	}
	return n
}

func waitRecord(t *testing.T, w *measure.Watch, what string, cond func(measure.Record) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), stepLimit)
	defer cancel()
	for {
		r, changed := w.Snapshot()
		if cond(r) {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			rep := measure.Judge(r, 10*time.Millisecond, time.Time{}, time.Time{})
			t.Fatalf("no %s: %+v, last request %+v", what, rep, r.Requests[len(r.Requests)-1])
		}
	}
}

// looksInside asks past the node whose first has the VIP; both run a container.
func looksInside(t *testing.T, l *Lab) {
	t.Helper()
	if !l.HoldsVIP(0) || l.HoldsVIP(1) {
		t.Errorf("the VIP is on the nodes: %t, %t", l.HoldsVIP(0), l.HoldsVIP(1))
	}
	for i := range 2 {
		inside, own := l.Contained(i), l.Commands(i)
		if len(inside) == 0 || !slices.ContainsFunc(own, func(c string) bool { return strings.Contains(c, "dockerd") }) {
			t.Errorf("node %d runs %q, and in containers %q", i+1, own, inside)
		}
		daemon := fmt.Sprint(l.DaemonPID(i))
		if daemon == "0" || slices.Contains(inside, daemon) {
			t.Errorf("node %d's daemon is %s, and in containers is %q", i+1, daemon, inside)
		}
		if _, err := l.Client(i); err != nil {
			t.Errorf("the daemon of node %d that runs: %v", i+1, err)
		}
	}
	if slices.ContainsFunc(l.Contained(0), func(pid string) bool { return slices.Contains(l.Contained(1), pid) }) {
		t.Error("a process is on both nodes")
	}
}

// TestLooksAtADarkNode: what has no power has nothing, and is no reason to fail.
func TestLooksAtADarkNode(t *testing.T) {
	l := startLab(t, Options{Command: idle, NoEngine: true})
	if l.HoldsVIP(0) || l.DaemonPID(0) != 0 || len(l.Commands(0)) > 0 || len(l.Contained(0)) > 0 {
		t.Errorf("a dark node has the VIP (%t), daemon %d, runs %q and %q", l.HoldsVIP(0), l.DaemonPID(0), l.Commands(0), l.Contained(0))
	}
	if _, err := l.Client(0); err == nil || !strings.Contains(err.Error(), "raspberrypi-1 does not run: it is off") {
		t.Errorf("its daemon: %v", err)
	}
}
