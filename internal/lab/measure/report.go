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
	var starts, failed []time.Time
	for _, q := range requests {
		starts = append(starts, q.Start)
		if !q.OK() {
			failed = append(failed, q.Start)
		}
	}
	slices.SortFunc(starts, time.Time.Compare)
	slices.SortFunc(failed, time.Time.Compare)
	rep.Failed = len(failed)
	last := starts[0] // of an answer; before the first one, of the first question
	for _, q := range requests {
		if !q.OK() {
			continue
		}
		rep.addGap(last, q.End, firstSince(starts, last), pace, beganIn(failed, last, q.End))
		last = q.End
		if n := len(rep.Servers); n == 0 || rep.Servers[n-1] != q.Server {
			rep.Servers = append(rep.Servers, q.Server)
		}
	}
	// At the end there is no answer any more.
	if end := requests[len(requests)-1].End; beganIn(failed, last, end) {
		rep.addGap(last, end, firstSince(starts, last), pace, true)
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

// beganIn says whether one of the sorted times lies from from to before to. A
// request that fails is of the gap it began in, however long it took to fail.
func beganIn(sorted []time.Time, from, to time.Time) bool {
	i, _ := slices.BinarySearchFunc(sorted, from, time.Time.Compare)
	return i < len(sorted) && sorted[i].Before(to)
}

// gapFloor is what is not counted as a time without an answer: on a busy
// machine requests that all succeed come a few paces apart.
const gapFloor = 5

// addGap counts a time without an answer; a short one only if a request that
// began in it failed.
func (rep *Report) addGap(from, to, asked time.Time, pace time.Duration, lost bool) {
	gap := min(to.Sub(from)-pace, to.Sub(asked))
	if gap <= 0 || !lost && gap < gapFloor*pace {
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
