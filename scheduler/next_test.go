package scheduler_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// said is what a machine ordered, and when.
type said struct {
	at      scheduler.Instant
	actions []scheduler.Action
}

// lazy drives a machine through the events of a dice and ticks it in between:
// at each tenth of a second, or only at those that Next does not excuse.
type lazy struct {
	ride  *ride
	skips bool
	tick  scheduler.Instant // the next one
	ticks int
	all   []said
}

func (l *lazy) step(at scheduler.Instant, e scheduler.Event) {
	if actions := l.ride.m.Step(at, e); len(actions) > 0 {
		l.ride.d.watch(actions)
		l.all = append(l.all, said{at, actions})
	}
}

func (l *lazy) wait(until scheduler.Instant) {
	for ; l.tick < until; l.tick = l.tick.Add(tickEvery) {
		if !l.skips || l.tick >= l.ride.m.Next() {
			l.ticks++
			l.step(l.tick, scheduler.Tick{Wall: wallOrigin.Add(time.Duration(l.tick - origin)), Synced: true})
		}
	}
}

// play goes through the dice with events far enough apart that there is
// something to skip.
func (l *lazy) play() {
	r := l.ride
	if l.skips {
		r.m.Spare()
	}
	for l.tick = r.now; r.d.left(); {
		r.now = r.now.Add(4 * r.d.pause())
		l.wait(r.now)
		l.step(r.now, r.d.event(r.now))
	}
	l.wait(r.now.Add(10 * time.Minute))
}

// TestNothingBeforeNext: a machine that gets only the ticks from Next on
// orders the same at the same instants as one that gets all of them and asks
// every rule each time.
func TestNothingBeforeNext(t *testing.T) {
	ticks, all := 0, 0
	for seed := range uint64(25) {
		every := &lazy{ride: newRide(randomBytes(seed)[:800])}
		some := &lazy{ride: newRide(randomBytes(seed)[:800]), skips: true}
		every.play()
		some.play()
		ticks, all = ticks+some.ticks, all+every.ticks
		for i := range every.all {
			if i >= len(some.all) || !reflect.DeepEqual(every.all[i], some.all[i]) {
				t.Fatalf("seed %d: order %d is %+v with every tick; without some it is not: %+v", seed, i, every.all[i], some.all[min(i, len(some.all)-1)])
			}
		}
		if len(some.all) != len(every.all) {
			t.Fatalf("seed %d: %d orders with every tick, %d without some", seed, len(every.all), len(some.all))
		}
	}
	if ticks*10 > 9*all {
		t.Errorf("%d of %d ticks were needed: Next excuses too few", ticks, all)
	}
	t.Logf("%d of %d ticks were needed", ticks, all)
}
