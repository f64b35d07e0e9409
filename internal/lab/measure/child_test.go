package measure

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

const childEnv = "FUTAGO_LAB_TEST_MEASURE"

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		if err := RunChild(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

func child() *exec.Cmd {
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), childEnv+"=1")
	return cmd
}

// TestWatchRecordsWhatTheServerDid asks a server that answers, then fails,
// then answers under another name, each on a new connection.
func TestWatchRecordsWhatTheServerDid(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !r.Close {
			t.Error("a request would keep its connection")
		}
		switch n := asked.Add(1); {
		case n <= 5:
			fmt.Fprintln(w, "first\nrest")
		case n <= 8:
			http.Error(w, "no", http.StatusServiceUnavailable)
		default:
			fmt.Fprintln(w, "second")
		}
	}))
	defer server.Close()
	w, err := Start(Plan{URL: server.URL}, child(), (*exec.Cmd).Start)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		r, changed := w.Snapshot()
		if len(r.Requests) >= 12 {
			break
		}
		select {
		case <-changed:
		case <-ctx.Done():
			t.Fatalf("only %d requests recorded", len(r.Requests))
		}
	}
	record, err := w.Stop()
	if err != nil {
		t.Fatal(err)
	}
	rep := Judge(record, pace, time.Time{}, time.Time{})
	// On a busy machine requests overlap, and answers come out of order.
	if rep.Failed != 3 || !slices.Contains(rep.Servers, "first") || !slices.Contains(rep.Servers, "second") {
		t.Errorf("got %+v", rep)
	}
	for _, q := range record.Requests {
		if !q.OK() && !strings.Contains(q.Err, "503") {
			t.Errorf("the reason of a failure is %q, want the status", q.Err)
		}
	}
}

func TestRefusedConnectionsAreFailures(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close() // nobody listens there now
	w, err := Start(Plan{URL: server.URL}, child(), (*exec.Cmd).Start)
	if err != nil {
		t.Fatal(err)
	}
	for r, changed := w.Snapshot(); len(r.Requests) < 3; r, changed = w.Snapshot() {
		<-changed
	}
	record, err := w.Stop()
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range record.Requests {
		if !strings.Contains(q.Err, "refused") {
			t.Errorf("got %+v, want a refused connection", q)
		}
	}
}

func TestBadPlans(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", "read plan"},
		{"what\n", "decode plan"},
		{`{"interval":1}` + "\n", "at least 1ms"},
		{`{"arp_target":"192.0.2.1","interface":"nosuch0"}` + "\n", "nosuch0"},
	} {
		var out strings.Builder
		err := RunChild(strings.NewReader(c.in), &out)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("plan %q: got %v, want an error with %q", c.in, err, c.want)
		}
	}
	if _, err := Start(Plan{Timeout: 1}, child(), (*exec.Cmd).Start); err == nil {
		t.Error("a plan with a time-out of 1 ns was taken")
	}
}
