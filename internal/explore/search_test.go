package explore

import (
	"math/rand/v2"
	"testing"
	"time"
)

// TestChooserTriesAll: of a tree of questions that depend on each other's
// answers every way is gone, and none twice.
func TestChooserTriesAll(t *testing.T) {
	for seed := range uint64(50) {
		leaves := 0
		var count func(depth int, path uint64)
		of := func(depth int, path uint64) int {
			return 1 + rand.New(rand.NewPCG(seed, path*7+uint64(depth))).IntN(4)
		}
		count = func(depth int, path uint64) {
			if depth == 5 {
				leaves++
				return
			}
			for i := range of(depth, path) {
				count(depth+1, path*5+uint64(i))
			}
		}
		count(0, 1)
		seen := map[uint64]bool{}
		c := &chooser{}
		var script []byte
		for more := true; more; {
			c.begin(script)
			path := uint64(1)
			for depth := range 5 {
				path = path*5 + uint64(c.choose(of(depth, path)))
			}
			if seen[path] {
				t.Fatalf("seed %d: way %d gone twice", seed, path)
			}
			seen[path] = true
			script, more = c.next(script)
		}
		if len(seen) != leaves {
			t.Fatalf("seed %d: %d of %d ways", seed, len(seen), leaves)
		}
	}
}

// TestSetAgainstANaiveOne: a state is new as long as nobody came with at most as
// many surprises of each kind.
func TestSetAgainstANaiveOne(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var s set
	came := map[uint64][]spent{}
	less := func(a, b spent) bool { return a.faults <= b.faults && a.mends <= b.mends && a.delays <= b.delays }
	for range 50_000 {
		key := 2 + uint64(rng.IntN(3000))
		by := spent{faults: uint8(rng.IntN(4)), mends: uint8(rng.IntN(4)), delays: uint8(rng.IntN(4))}
		want := true
		for _, b := range came[key] {
			want = want && !less(b, by)
		}
		if got := s.add(key, by); got != want {
			t.Fatalf("key %d by %+v: new is %t, want %t", key, by, got, want)
		}
		came[key] = append(came[key], by)
		beaten := false
		for _, b := range came[key] {
			beaten = beaten || less(b, by) && b != by
		}
		if s.beaten(key, by) != beaten {
			t.Fatalf("key %d by %+v: beaten is %t", key, by, !beaten)
		}
	}
	if s.used != 3000 {
		t.Errorf("%d keys, want 3000", s.used)
	}
}

// TestLettersMayBeLostOrLate: all that may become of a letter that says
// something new is tried, and what says nothing new just arrives.
func TestLettersMayBeLostOrLate(t *testing.T) {
	p := find(t, "release lost one way")
	p.most = 1
	w := p.begin(nil)
	fates := map[string]bool{}
	for range 20 {
		var script []byte
		for more := true; more; {
			c := blank()
			w.copyTo(c)
			c.tell = &story{}
			c.pick.begin(script)
			c.advance()
			if c.spent.delays > 0 {
				fates[c.tell.lines[0][13:17]] = true
			}
			script, more = c.pick.next(script)
		}
		w.pick.begin(nil)
		w.advance()
	}
	for _, want := range []string{"LOST", "LATE", "ORDE"} {
		if !fates[want] {
			t.Errorf("no letter met the fate %q: %v", want, fates)
		}
	}
	before := w.spent
	w.plan = w.plan.quiet()
	w.wait(10 * time.Second)
	if len(w.pick.asked) != 0 && w.spent != before {
		t.Error("a quiet world asked for surprises")
	}
}

// TestCopyGoesItsOwnWay: what happens to a copied world does not happen to the
// one it was copied from.
func TestCopyGoesItsOwnWay(t *testing.T) {
	for _, p := range Scenarios() {
		p.most = 2
		w := p.begin(nil)
		ring := newKeyring()
		before := ring.key(w)
		c := blank()
		w.copyTo(c)
		for range 30 {
			c.pick.begin([]byte{1, 1})
			c.advance()
		}
		if ring.key(w) != before {
			t.Errorf("%s: the copy's way shows in the original", p.Name)
		}
	}
}

// TestHealDemandsAServer: with everything mended the pair serves again from
// whatever was broken, and within nearly no time it does not.
func TestHealDemandsAServer(t *testing.T) {
	broken := func() *world {
		w, a, b := serving(t)
		w.setSupply(a, false)
		w.setSupply(b, false)
		return w
	}
	if v := broken().heal(5 * time.Minute); v != nil {
		t.Errorf("the pair did not heal: %v", v)
	}
	if v := broken().heal(3 * time.Second); v == nil || v.Rule != "L1" {
		t.Errorf("a pair without power healed within 3 s: %v", v)
	}
	w, a, b := serving(t)
	w.setSupply(a, false)
	w.setSupply(b, false)
	a.board.supply, b.board.supply = true, true // dark, with their supply
	if v := w.heal(5 * time.Minute); v != nil {
		t.Errorf("nobody switched the dark nodes on: %v", v)
	}
}

// TestEveryFaultCanStrike: a fault that never can, or an undo that leaves it in
// force, would make a scenario smaller than it says.
func TestEveryFaultCanStrike(t *testing.T) {
	for _, p := range Scenarios() {
		for i, f := range p.faults {
			if i < p.Begun {
				continue
			}
			w := p.begin(nil)
			w.plan = p.quiet()
			for j := range 200 {
				if f.can == nil || f.can(w) {
					break
				}
				if j == 100 {
					w.mendAll() // what is in force from the beginning may be in its way
				}
				w.advance()
			}
			if f.can != nil && !f.can(w) {
				t.Errorf("%s: %s cannot strike", p.Name, f.name)
				continue
			}
			w.strike(byte(i))
			if f.undo != nil {
				w.strike(byte(i) + 128)
			}
			if w.spent.struck&(1<<i) != 0 {
				t.Errorf("%s: %s is in force after it was mended", p.Name, f.name)
			}
		}
	}
}
