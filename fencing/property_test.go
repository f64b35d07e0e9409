package fencing_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/futago-ha/futago/fencing"
	"github.com/futago-ha/futago/fencing/sleepi3"
	"github.com/futago-ha/futago/internal/board"
)

const storySeeds = 20

// TestStories lets a bad bus, a decision loop that falls silent and random
// commands loose on a Fencer, and holds its reports against what the boards
// did. The wire is sound and the other board armed: assumptions A1 to A3.
func TestStories(t *testing.T) {
	for seed := range uint64(storySeeds) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 1))
			mine, other := randomBoard(rng), board.Options{
				Threshold: board.MinThreshold + upTo(rng, board.MaxThreshold-board.MinThreshold),
			}
			inBubble(t, benchOptions{boards: [2]board.Options{{}, other}}, func(b *bench) {
				check(t, b.live.SetOptions(0, mine))
				s := &story{bench: b, rng: rng, begun: map[uint64]time.Time{}}
				for range 25 {
					s.act()
					s.judge()
				}
				s.settle()
			})
		})
	}
}

func randomBoard(rng *rand.Rand) board.Options {
	return board.Options{
		Seed:        rng.Uint64(),
		OutIsDriven: rng.IntN(2) == 0,
		InLag:       upTo(rng, 300*time.Millisecond),
		NAKRate:     []float64{0, 0.01, 0.3}[rng.IntN(3)],
		HangRate:    []float64{0, 0.002, 0.02}[rng.IntN(3)],
		HangFor:     time.Millisecond + upTo(rng, 6*time.Second),
		HangActs:    board.HangEffect(rng.IntN(3)),
	}
}

type story struct {
	*bench
	rng    *rand.Rand
	id     uint64
	begun  map[uint64]time.Time
	judged int
}

// act does one random thing and waits a random while.
func (s *story) act() {
	if !s.powered() { // as if it was woken and had booted
		s.live.Push(1)
		check(s.t, newDev(s.t, s.live, 1).Arm())
	}
	switch s.rng.IntN(10) {
	case 0, 1, 2, 3:
		check(s.t, s.f.Hold(s.next(), twelve))
	case 4:
		check(s.t, s.f.Contest(s.next()))
	case 5:
		check(s.t, s.f.Pulse(s.next(), time.Second))
	case 6, 7:
		s.f.Lower()
	case 8:
		s.f.GiveUp()
	case 9:
		s.silence()
	}
	s.wait(upTo(s.rng, 16*time.Second))
}

func (s *story) next() uint64 {
	s.id++
	s.begun[s.id] = time.Now()
	return s.id
}

// silence stops the decision loop for a while. On a sound bus the line must be
// down soon after 1 s.
func (s *story) silence() {
	s.setMute(true)
	s.wait(1500 * time.Millisecond)
	s.wait(upTo(s.rng, 5*time.Second))
	s.setMute(false)
}

// judge holds the new ends against the boards.
func (s *story) judge() {
	ends := each[fencing.End](s.bench)
	for _, e := range ends[s.judged:] {
		switch e.Result {
		case fencing.Held:
			if !s.cutBetween(e.At.Add(-e.Stood-time.Second), e.At) {
				s.t.Errorf("hold %d is Held, and the other node was not cut: %+v", e.ID, e)
			}
		case fencing.BrokenEarly:
			if s.cutBetween(s.begun[e.ID], e.At) {
				s.t.Errorf("hold %d is BrokenEarly, and the other node was cut: %+v", e.ID, e)
			}
		case fencing.Lowered:
			if e.Stood < fencing.CutOff && s.cutBetween(s.begun[e.ID], e.At) {
				s.t.Errorf("%d stood only %s, and the other node was cut", e.ID, e.Stood)
			}
		case fencing.Pulsed:
			if e.Stood > board.MinThreshold {
				s.t.Errorf("pulse %d stood %s", e.ID, e.Stood)
			}
		case fencing.Unknown, fencing.Superseded, fencing.Refused:
		}
	}
	s.judged = len(ends)
}

func (s *story) cutBetween(from, to time.Time) bool {
	for _, at := range s.cuts() {
		if cut := s.start.Add(at); !cut.Before(from) && !cut.After(to) {
			return true
		}
	}
	return false
}

// settle ends the faults: then all is answered, once, and the line is down.
func (s *story) settle() {
	check(s.t, s.live.SetOptions(0, board.Options{}))
	s.wait(7 * time.Second) // what still hangs comes back
	s.f.Lower()
	s.wait(3 * time.Second)
	s.judge()
	for id := uint64(1); id <= s.id; id++ {
		if n := len(s.ends(id)); n != 1 {
			s.t.Errorf("%d ends of %d", n, id)
		}
	}
	s.wantDown()
	dev, err := sleepi3.New(s.bus, sleepi3.DefaultOpts)
	check(s.t, err)
	if out, _, err := dev.ReadLines(); out || err != nil {
		s.t.Errorf("EXTOUT %t, %v", out, err)
	}
}

func upTo(rng *rand.Rand, d time.Duration) time.Duration {
	return time.Duration(rng.Int64N(int64(d)))
}
