package measure

import (
	"slices"
	"testing"
	"time"
)

// zero is the time the tests count from.
var zero = time.Date(2024, 6, 26, 9, 50, 0, 0, time.UTC)

func at(ms int) time.Time { return zero.Add(time.Duration(ms) * time.Millisecond) }

func ok(start, end int, server string) Request {
	return Request{Start: at(start), End: at(end), Server: server}
}

func failed(start, end int) Request { return Request{Start: at(start), End: at(end), Err: "refused"} }

const pace = 10 * time.Millisecond

func TestJudgeRequests(t *testing.T) {
	for _, c := range []struct {
		name           string
		in             []Request
		failed         int
		longest, total int // ms
		servers        []string
	}{
		{"nothing asked", nil, 0, 0, 0, nil},
		{"all answered", []Request{ok(0, 1, "a"), ok(10, 11, "a"), ok(20, 21, "a")}, 0, 0, 0, []string{"a"}},
		{"a slow machine is no outage", []Request{ok(0, 1, "a"), ok(10, 40, "a"), ok(20, 41, "a")}, 0, 0, 0, []string{"a"}},
		{"slow answers are one", []Request{ok(0, 1, "a"), ok(10, 411, "a")}, 0, 400, 400, []string{"a"}},
		{
			"a move with a refused request",
			[]Request{ok(0, 1, "a"), failed(10, 11), ok(20, 31, "b")},
			1, 20, 20,
			[]string{"a", "b"},
		},
		{
			"two outages",
			[]Request{ok(0, 1, "a"), failed(10, 11), ok(100, 101, "a"), failed(110, 111), ok(350, 351, "b"), ok(360, 361, "a")},
			2, 240, 330,
			[]string{"a", "b", "a"},
		},
		{
			"a request of the outage that gives up after it", // the outage is not longer for it
			[]Request{ok(0, 1, "a"), failed(10, 1010), failed(20, 1020), ok(300, 301, "b"), ok(1000, 1001, "b"), ok(1010, 1011, "b"), ok(1020, 1021, "b")},
			2, 290, 290,
			[]string{"a", "b"},
		},
		{
			"requests of a short gap that fail after the last answer",
			[]Request{ok(0, 1, "a"), failed(10, 1010), failed(20, 1020), ok(30, 32, "b"), ok(40, 41, "b")},
			2, 21, 21,
			[]string{"a", "b"},
		},
		{"a client that was late itself", []Request{ok(0, 1, "a"), ok(3000, 3001, "a"), ok(6000, 6070, "a")}, 0, 70, 70, []string{"a"}},
		{"answers out of order", []Request{ok(10, 11, "a"), ok(0, 12, "a"), ok(20, 21, "a")}, 0, 0, 0, []string{"a"}},
		{"no answer from the start", []Request{failed(0, 100), ok(200, 201, "a")}, 1, 191, 191, []string{"a"}},
		{"no answer to the end", []Request{ok(0, 1, "a"), failed(10, 1010), failed(20, 1020)}, 2, 1009, 1009, []string{"a"}},
	} {
		got := Judge(Record{Requests: c.in}, pace, time.Time{}, time.Time{})
		if got.Requests != len(c.in) || got.Failed != c.failed || !slices.Equal(got.Servers, c.servers) {
			t.Errorf("%s: got %+v", c.name, got)
		}
		if got.Longest.Milliseconds() != int64(c.longest) || got.Total.Milliseconds() != int64(c.total) {
			t.Errorf("%s: longest %s, total %s, want %d and %d ms", c.name, got.Longest, got.Total, c.longest, c.total)
		}
	}
}

func TestJudgeSaysWhenTheLongestBegan(t *testing.T) {
	got := Judge(Record{Requests: []Request{ok(0, 1, "a"), failed(10, 11), ok(500, 501, "b")}}, pace, time.Time{}, time.Time{})
	if !got.LongestAt.Equal(at(1)) {
		t.Errorf("the longest outage began at %s, want %s", got.LongestAt, at(1))
	}
}

func TestJudgeWithinBounds(t *testing.T) {
	r := Record{
		Requests: []Request{failed(0, 5), ok(10, 11, "a"), ok(20, 21, "a"), failed(30, 35)},
		Probes:   []Probe{{At: at(0), MACs: []string{"x", "y"}}, {At: at(15), MACs: []string{"x"}}, {At: at(40), MACs: []string{"z"}}},
	}
	got := Judge(r, pace, at(10), at(20))
	if got.Requests != 2 || got.Failed != 0 || len(got.TwoHolders) != 0 || !slices.Equal(got.Holders, []string{"x"}) {
		t.Errorf("within 10 to 20 ms: %+v", got)
	}
}

func TestJudgeProbes(t *testing.T) {
	two := Probe{At: at(100), MACs: []string{"x", "y"}}
	got := Judge(Record{Probes: []Probe{{At: at(0), MACs: []string{"y"}}, two, {At: at(200)}}}, pace, time.Time{}, time.Time{})
	if len(got.TwoHolders) != 1 || !got.TwoHolders[0].At.Equal(two.At) || !slices.Equal(got.Holders, []string{"x", "y"}) {
		t.Errorf("got %+v", got)
	}
}
