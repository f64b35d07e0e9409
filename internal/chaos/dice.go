package chaos

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
	"time"

	"github.com/futago-ha/futago/internal/board"
)

// dice draw a plan from a seed.
type dice struct{ *rand.Rand }

// newDice gives each campaign its own plan for one seed.
func newDice(campaign string, seed uint64) dice {
	h := fnv.New64a()
	_, _ = h.Write([]byte(campaign)) // never fails
	return dice{rand.New(rand.NewPCG(seed, h.Sum64()))}
}

func (d dice) chance(p float64) bool { return d.Float64() < p }

// between draws evenly.
func (d dice) between(low, high time.Duration) time.Duration {
	return low + time.Duration(d.Int64N(int64(high-low)+1))
}

// spread draws so that each order of magnitude is as likely as the next.
func (d dice) spread(low, high time.Duration) time.Duration {
	return time.Duration(float64(low) * math.Pow(float64(high)/float64(low), d.Float64()))
}

func pick[T any](d dice, of ...T) T { return of[d.IntN(len(of))] }

// board draws every unknown of the power board within the assumptions.
func (d dice) board() board.Options {
	o := board.Options{
		Seed:              d.Uint64(),
		OutSurvivesCut:    d.chance(0.5),
		OutSurvivesPanic:  d.chance(0.5),
		OutSurvivesReboot: d.chance(0.5),
		OutIsDriven:       d.chance(0.5),
		Threshold:         d.between(board.MinThreshold, board.MaxThreshold),
		CountsWhileOff:    d.chance(0.5),
		ArmedLost:         d.chance(0.5),
		FallWakes:         d.chance(0.3),
		HoldEndWakes:      d.chance(0.5),
		StickyFlags:       d.chance(0.3),
		InLag:             pick(d, 0, 20*time.Millisecond, 200*time.Millisecond),
		CountLag:          pick(d, 0, 500*time.Millisecond),
		WatchdogLost:      d.chance(0.5),
		WatchdogWaits:     d.chance(0.5),
		NAKRate:           pick(d, 0, 0, 0.001, 0.01),
	}
	return o
}

// hanging adds transfers that hang, about one in a few minutes.
func (d dice) hanging(o board.Options) board.Options {
	if d.chance(0.3) {
		o.HangRate, o.HangFor = 0.0003, d.spread(100*time.Millisecond, 8*time.Second)
		o.HangActs = pick(d, board.ActsFirst, board.ActsLast, board.ActsNever)
	}
	return o
}

func (d dice) settings() settings {
	return settings{failback: pick(d, "auto", "never"), overlap: d.chance(0.5)}
}
