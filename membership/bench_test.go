package membership

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// BenchmarkLossNoticed measures from the peer's end to Lost, in ms. Run it
// with -benchtime=12x or so: every round takes a few seconds.
func BenchmarkLossNoticed(b *testing.B) {
	b.Run("killed", func(b *testing.B) {
		measureLoss(b, func() (*child, func()) {
			one, two := loopbackPair()
			a, c := meetChildren(b, "", "", one, two)
			return a, func() { c.signal(b, syscall.SIGKILL) }
		})
	})
	b.Run("stopped", func(b *testing.B) {
		measureLoss(b, func() (*child, func()) {
			one, two := loopbackPair()
			a, c := meetChildren(b, "", "", one, two)
			return a, func() { c.signal(b, syscall.SIGSTOP) }
		})
	})
	b.Run("link-down", func(b *testing.B) {
		measureLoss(b, func() (*child, func()) {
			wire := layCable(b)
			one, two := pairConfig(addressA, addressB)
			a, _ := meetChildren(b, wire.a, wire.b, one, two)
			return a, func() { ip(b, "-n "+wire.b+" link set eth0 down") }
		})
	})
}

// measureLoss reports minimum, median and maximum over the rounds.
func measureLoss(b *testing.B, meet func() (survivor *child, end func())) {
	var took []float64
	for range b.N {
		survivor, end := meet()
		// Meeting sets the phase of the probes; the end must come at any.
		phase := time.NewTimer(rand.N(probeInterval))
		<-phase.C
		began := time.Now()
		end()
		await(b, survivor.events, anyOf[Lost])
		took = append(took, float64(time.Since(began))/float64(time.Millisecond))
		_ = survivor.process.Kill() // or the rounds would add up
	}
	slices.Sort(took)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(took[0], "min-ms")
	b.ReportMetric(took[len(took)/2], "median-ms")
	b.ReportMetric(took[len(took)-1], "max-ms")
}

// BenchmarkFalseLosses counts losses of a living peer in half a minute per
// round, with 5 % of the packets dropped each way and every core busy. The
// sleeps of this node are counted too, for they would hide losses.
func BenchmarkFalseLosses(b *testing.B) {
	wire := layCable(b)
	one, two := pairConfig(addressA, addressB)
	pair := [2]*child{}
	pair[0], pair[1] = meetChildren(b, wire.a, wire.b, one, two)
	for _, ns := range []string{wire.a, wire.b} {
		run(b, "ip netns exec "+ns+" nft add table inet lossy")
		run(b, "ip netns exec "+ns+" nft add chain inet lossy in { type filter hook input priority 0 ; }")
		run(b, "ip netns exec "+ns+" nft add rule inet lossy in numgen random mod 100 < 5 drop")
	}
	idle := keepBusy()
	defer idle()
	var losses, sleeps int
	for range b.N {
		for end := time.After(30 * time.Second); end != nil; {
			var e Event
			select {
			case e = <-pair[0].events:
			case e = <-pair[1].events:
			case <-end:
				end = nil
			}
			switch e.(type) {
			case Lost:
				losses++
			case Slept:
				sleeps++
			}
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(losses), "losses")
	b.ReportMetric(float64(sleeps), "sleeps")
}

// keepBusy loads every core until idle is called.
func keepBusy() (idle func()) {
	var stop atomic.Bool
	var group sync.WaitGroup
	for range runtime.NumCPU() {
		group.Go(func() {
			for !stop.Load() {
			}
		})
	}
	return func() { stop.Store(true); group.Wait() }
}

// BenchmarkIdle measures what one met member costs, in percent of one core.
func BenchmarkIdle(b *testing.B) {
	one, two := loopbackPair()
	a, _ := meetChildren(b, "", "", one, two)
	const span = 5 * time.Second
	before := cpuTime(b, a)
	for range b.N {
		timer := time.NewTimer(span)
		<-timer.C
	}
	used := cpuTime(b, a) - before
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(100*float64(used)/float64(span*time.Duration(b.N)), "%core")
}
