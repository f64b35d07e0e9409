package measure

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Report is what a record says.
type Report struct {
	Requests int
	Failed   int
	// Longest and Total are times without an answer. Such a time runs from
	// the end of the last answered request to the end of the next answered
	// one, less the pace: at the usual 10 ms and no failure both are 0. It
	// does not begin before a client that was late itself asked again.
	Longest, Total time.Duration
	LongestAt      time.Time // when Longest began
	Servers        []string  // who answered, in the order of first answer, without repetition in a row
	TwoHolders     []Probe   // probes that two or more hardware addresses answered
	Holders        []string  // hardware addresses that ever claimed the VIP, sorted
}

// Judge computes the report. pace is the plan's interval; from and to bound
// the requests (by start) and probes that count, zero values bound nothing.
func Judge(r Record, pace time.Duration, from, to time.Time) Report {
	requests := within(r.Requests, from, to, func(q Request) time.Time { return q.Start })
	probes := within(r.Probes, from, to, func(p Probe) time.Time { return p.At })
	// Requests end out of order; what counts for a client is when answers came.
	slices.SortStableFunc(requests, func(a, b Request) int { return a.End.Compare(b.End) })
	rep := Report{Requests: len(requests)}
	rep.judgeRequests(requests, pace)
	rep.judgeProbes(probes)
	return rep
}

func within[T any](all []T, from, to time.Time, at func(T) time.Time) []T {
	var in []T
	for _, x := range all {
		if t := at(x); (from.IsZero() || !t.Before(from)) && (to.IsZero() || !t.After(to)) {
			in = append(in, x)
		}
	}
	return in
}

func (rep *Report) judgeRequests(requests []Request, pace time.Duration) {
	if len(requests) == 0 {
		return
	}
	starts := make([]time.Time, 0, len(requests))
	for _, q := range requests {
		starts = append(starts, q.Start)
	}
	slices.SortFunc(starts, time.Time.Compare)
	last := starts[0]      // of an answer; before the first one, of the first question
	var failed []time.Time // since then, by start
	for _, q := range requests {
		if !q.OK() {
			rep.Failed++
			failed = append(failed, q.Start)
			continue
		}
		rep.addGap(last, q.End, firstSince(starts, last), pace, failed)
		last, failed = q.End, nil
		if n := len(rep.Servers); n == 0 || rep.Servers[n-1] != q.Server {
			rep.Servers = append(rep.Servers, q.Server)
		}
	}
	if len(failed) > 0 {
		rep.addGap(last, requests[len(requests)-1].End, firstSince(starts, last), pace, failed)
	}
}

// firstSince is the first of the sorted times that is not before from, or from.
func firstSince(sorted []time.Time, from time.Time) time.Time {
	i, _ := slices.BinarySearchFunc(sorted, from, time.Time.Compare)
	if i == len(sorted) {
		return from
	}
	return sorted[i]
}

// gapFloor is what is not counted as a time without an answer: on a busy
// machine requests that all succeed come a few paces apart.
const gapFloor = 5

// A short one counts if a request that began in it failed; one that began
// earlier and only now ran out of time belongs to the gap it began in.
func (rep *Report) addGap(from, to, asked time.Time, pace time.Duration, failed []time.Time) {
	gap := min(to.Sub(from)-pace, to.Sub(asked))
	within := slices.ContainsFunc(failed, func(start time.Time) bool { return !start.Before(from) })
	if !within && gap < gapFloor*pace {
		return
	}
	if gap <= 0 {
		return
	}
	rep.Total += gap
	if gap > rep.Longest {
		rep.Longest, rep.LongestAt = gap, from
	}
}

func (rep *Report) judgeProbes(probes []Probe) {
	seen := map[string]bool{}
	for _, p := range probes {
		for _, mac := range p.MACs {
			seen[mac] = true
		}
		if len(p.MACs) > 1 {
			rep.TwoHolders = append(rep.TwoHolders, p)
		}
	}
	rep.Holders = slices.SortedFunc(maps.Keys(seen), cmp.Compare[string])
}
