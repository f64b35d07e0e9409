package explore

import (
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

// successors are the keys of all states that one step leads to, in the order of
// the scripts.
func successors(r *keyring, w *world) []uint64 {
	var keys []uint64
	var script []byte
	for more := true; more; {
		c := blank()
		w.copyTo(c)
		c.pick.begin(script)
		c.advance()
		keys = append(keys, r.key(c))
		script, more = c.pick.next(script)
	}
	return keys
}

// TestSameKeyGoesOnAlike: what the key leaves out must not matter. Whenever two
// ways lead to one key, one step further they must still lead to the same keys.
func TestSameKeyGoesOnAlike(t *testing.T) {
	var all atomic.Int64
	t.Run("scenarios", func(t *testing.T) {
		for _, p := range Scenarios() {
			t.Run(p.Name, func(t *testing.T) {
				t.Parallel()
				p.most = 1
				a := alike{t: t, ring: newKeyring(), kept: map[uint64]*world{}}
				a.walk(&p, 20*time.Second)
				all.Add(int64(a.met))
				if a.differ > 0 {
					t.Errorf("%d of %d states that were reached twice go on differently", a.differ, a.met)
				}
			})
		}
	})
	if all.Load() < 500 {
		t.Errorf("only %d states were reached twice: the test proved nothing", all.Load())
	}
}

// mostAlike bounds the states of a scenario that are kept and compared.
const mostAlike = 10_000

// alike compares the states that are reached more than once.
type alike struct {
	t           *testing.T
	ring        *keyring
	kept        map[uint64]*world
	met, differ int
}

func (a *alike) walk(p *Scenario, horizon time.Duration) {
	first := p.begin(nil)
	layer := []*world{first}
	for len(layer) > 0 && len(a.kept) < mostAlike && layer[0].now-first.now < horizon {
		var next []*world
		for _, w := range layer {
			next = append(next, a.step(w)...)
		}
		layer = next
	}
}

// step compares every next state of w with the one of the same key, and returns
// those that are new.
func (a *alike) step(w *world) (fresh []*world) {
	var script []byte
	for more := true; more; {
		c := blank()
		w.copyTo(c)
		c.pick.begin(script)
		c.advance()
		script, more = c.pick.next(script)
		key := a.ring.key(c)
		before, known := a.kept[key]
		if !known {
			a.kept[key] = c
			fresh = append(fresh, c)
			continue
		}
		a.met++
		c.spent = before.spent // how far they may go on is kept beside the key
		if x, y := successors(a.ring, before), successors(a.ring, c); !slices.Equal(x, y) {
			if a.differ++; a.differ == 1 {
				explain(a.t, a.ring, before, c)
			}
		}
	}
	return fresh
}

// explain shows in what the next states of two worlds with one key differ.
func explain(t *testing.T, ring *keyring, a, b *world) {
	for _, w := range []*world{a, b} {
		c := blank()
		w.copyTo(c)
		c.tell = &story{}
		c.pick.begin(nil)
		c.advance()
		t.Logf("at %s: %v\n%x", w.now, c.tell.lines, ring.write(c))
	}
}
