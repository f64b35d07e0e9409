package resources

import (
	"slices"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
)

// spread reports minimum, median and maximum in ms; run with -benchtime 20x or so.
func spread(b *testing.B, times []time.Duration) {
	b.Helper()
	slices.Sort(times)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(ms(times[0]), "ms-min")
	b.ReportMetric(ms(times[len(times)/2]), "ms-median")
	b.ReportMetric(ms(times[len(times)-1]), "ms-max")
}

// BenchmarkKilledToAnswering is from the kill to the first 200.
func BenchmarkKilledToAnswering(b *testing.B) {
	s := webSpec()
	s.Restarts, s.RestartWindow = 100, time.Second
	h := run(b, s)
	h.to(Running)
	var times []time.Duration
	for b.Loop() {
		began := time.Now()
		h.e.kill(b, s.Name)
		answers(b, s.Health.HTTP)
		times = append(times, time.Since(began))
		h.await("healthy", func(st State) bool { return st.Healthy })
		<-time.After(1100 * time.Millisecond) // an empty window, as after a long calm
	}
	spread(b, times)
}

// BenchmarkStartToAnswering is from Apply(Running) on a container made ahead to the first 200.
func BenchmarkStartToAnswering(b *testing.B) { benchmarkStart(b, false) }

// BenchmarkStartToDone is the same up to the Result, which the decider waits for.
func BenchmarkStartToDone(b *testing.B) { benchmarkStart(b, true) }

func benchmarkStart(b *testing.B, toResult bool) {
	s := webSpec()
	h := run(b, s)
	h.to(None)
	h.await("made", func(st State) bool { return st.Ready })
	var times []time.Duration
	for b.Loop() {
		began := time.Now()
		if toResult {
			h.to(Running)
		} else {
			h.apply(Running)
			answers(b, s.Health.HTTP)
		}
		times = append(times, time.Since(began))
		if !toResult {
			report[Result](h)
		}
		h.to(None)
		h.await("down", func(st State) bool { return st.Reached && st.Ready })
	}
	spread(b, times)
}

// BenchmarkRawStartToAnswering is the floor: the library's start call and the first 200, without this package.
func BenchmarkRawStartToAnswering(b *testing.B) {
	e, s := needEngine(b), webSpec()
	id, err := newEngine(e.host(), "raw").create(b.Context(), s.withDefaults())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { e.remove(s.Name) })
	zero := 1
	var times []time.Duration
	for b.Loop() {
		began := time.Now()
		if err := e.raw.ContainerStart(b.Context(), id, container.StartOptions{}); err != nil {
			b.Fatal(err)
		}
		answers(b, s.Health.HTTP)
		times = append(times, time.Since(began))
		if err := e.raw.ContainerStop(b.Context(), id, container.StopOptions{Timeout: &zero}); err != nil {
			b.Fatal(err)
		}
	}
	spread(b, times)
}

// BenchmarkPlan is one decision over four containers.
func BenchmarkPlan(b *testing.B) {
	views := []view{{run: Yes, healthy: true}, {run: No}, {overlap: true}, {run: Yes, overlap: true}}
	for b.Loop() {
		plan(Running, views)
	}
}
