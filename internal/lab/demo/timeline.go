package demo

import (
	"fmt"
	"slices"
	"time"

	"github.com/futago-ha/futago/internal/lab/measure"
)

// gapShown is the shortest time without an answer that gets a line.
const gapShown = 50 * time.Millisecond

// clientView turns a record into what the client saw: who answers, and for how
// long nobody did. It is pure.
func clientView(r measure.Record, from, to time.Time) []mark {
	requests := make([]measure.Request, 0, len(r.Requests))
	for _, q := range r.Requests {
		if !q.Start.Before(from) && !q.Start.After(to) {
			requests = append(requests, q)
		}
	}
	slices.SortStableFunc(requests, func(a, b measure.Request) int { return a.End.Compare(b.End) })
	var marks []mark
	server, last := "", from
	for _, q := range requests {
		if !q.OK() {
			continue
		}
		gap := q.End.Sub(last)
		if q.Server != server || gap >= gapShown {
			marks = append(marks, mark{q.End, answerText(q.Server, server, gap, failedWithin(requests, last, q.End))})
		}
		server, last = q.Server, q.End
	}
	if failed := failedWithin(requests, last, to); failed > 0 {
		marks = append(marks, mark{to, fmt.Sprintf("client: no answer for %s (%d failed)", seconds(to.Sub(last)), failed)})
	}
	return append(marks, twoHolders(r, from, to)...)
}

// failedWithin counts by start: a request may wait for its failure long after
// others were answered again.
func failedWithin(requests []measure.Request, from, to time.Time) int {
	n := 0
	for _, q := range requests {
		if !q.OK() && !q.Start.Before(from) && q.Start.Before(to) {
			n++
		}
	}
	return n
}

func answerText(server, before string, gap time.Duration, failed int) string {
	text := "client: " + server + " answers"
	if server == before {
		text = "client: " + server + " answers again"
	}
	if gap >= gapShown {
		text += fmt.Sprintf(" after %s (%d failed)", seconds(gap), failed)
	}
	return text
}

// twoHolders is said once for each run of such probes.
func twoHolders(r measure.Record, from, to time.Time) []mark {
	var marks []mark
	before := false
	for _, p := range r.Probes {
		if p.At.Before(from) || p.At.After(to) {
			continue
		}
		two := len(p.MACs) > 1
		if two && !before {
			marks = append(marks, mark{p.At, "client: TWO NODES HOLD THE VIP"})
		}
		before = two
	}
	return marks
}

// merge puts marks within a time in order.
func merge(marks []mark, from, to time.Time) []mark {
	within := slices.DeleteFunc(slices.Clone(marks), func(m mark) bool { return m.at.Before(from) || m.at.After(to) })
	slices.SortStableFunc(within, func(a, b mark) int { return a.at.Compare(b.at) })
	return within
}
