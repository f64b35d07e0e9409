package explore

import "time"

// Outcome is what came of one scenario.
type Outcome struct {
	Scenario string
	States   int           // different ones
	Steps    int           // ways tried, each one step of the world
	Depth    int           // surprises on one way at most, all of them tried
	Upto     time.Duration // model time that was walked with that depth
	Complete bool          // up to the scenario's horizon
	Healed   int           // leaves from which the pair was shown to heal
	Found    *Found
	Took     time.Duration
}

// Found is a violation and the shortest way to it.
type Found struct {
	Violation
	Surprises int
	Story     []string
}

// Options bound a search.
type Options struct {
	Depth  int // surprises (faults, mends, delays) on one way at most
	States int // of one scenario at most; 0 is no bound
	Leaves int // sampled for the question whether the pair heals
	Until  time.Time
}

// Explore walks a scenario with 0, 1, 2, ... surprises, so that the first
// violation found needs the fewest; within that it is the earliest.
func Explore(plan Scenario, o Options) Outcome {
	began := time.Now()
	out := Outcome{Scenario: plan.Name, Depth: -1}
	for depth := 0; depth <= o.Depth; depth++ {
		s := newSearch(plan, o, depth)
		s.run()
		out.Steps += s.steps
		if out.Depth < 0 || s.done || s.found != nil || len(s.trail) > out.States {
			out.States = len(s.trail)
		}
		if s.done || out.Depth < 0 {
			out.Depth, out.Upto, out.Complete = depth, s.upto, s.done
		} else {
			out.Complete = false
		}
		out.Healed = max(out.Healed, s.healed)
		out.Found = s.found
		if s.found != nil || !s.done {
			break
		}
	}
	out.Took = time.Since(began)
	return out
}

// search is one breadth-first walk with a given number of surprises.
type search struct {
	plan  *Scenario
	o     Options
	ring  *keyring
	seen  set
	trail []visit
	texts []byte // the scripts of the visits
	now   []reached
	next  []reached
	free  []*world
	start *world

	steps  int
	upto   time.Duration
	done   bool
	found  *Found
	leaves int
	healed int
}

// visit is a state that was reached: from which one, and by which answers.
type visit struct {
	from   int32
	script uint32 // where in texts; the first byte is the length
}

// reached is a state of the layer at hand.
type reached struct {
	w      *world
	number int32 // in trail
	key    uint64
}

func newSearch(plan Scenario, o Options, depth int) *search {
	plan.most = depth
	s := &search{plan: &plan, o: o, ring: newKeyring()}
	s.start = s.plan.begin(nil)
	return s
}

func (s *search) run() {
	first := s.take()
	s.start.copyTo(first)
	key := s.ring.key(first)
	s.seen.add(key, first.spent)
	s.trail = append(s.trail, visit{from: -1})
	s.texts = append(s.texts, 0)
	s.now = append(s.now, reached{first, 0, key})
	for len(s.now) > 0 && s.found == nil {
		s.upto = s.now[0].w.now - s.start.now
		if s.upto >= s.plan.Horizon {
			s.ends()
			break
		}
		if !s.layer() {
			return
		}
	}
	s.done = true
}

// layer takes every state of one layer one step further; false when a bound was
// hit.
func (s *search) layer() bool {
	for i, r := range s.now {
		if !s.seen.beaten(r.key, r.w.spent) {
			s.expand(r)
		}
		if s.found != nil {
			return true
		}
		s.free = append(s.free, r.w)
		if s.o.States > 0 && len(s.trail) > s.o.States || i%256 == 0 && !s.o.Until.IsZero() && time.Now().After(s.o.Until) {
			return false
		}
	}
	s.now, s.next = s.next, s.now[:0]
	return true
}

// expand tries every way through one step.
func (s *search) expand(r reached) {
	var script []byte
	for more := true; more; {
		child := s.take()
		r.w.copyTo(child)
		child.pick.begin(script)
		child.advance()
		s.steps++
		s.arrive(child, r.number)
		if s.found != nil {
			return
		}
		script, more = child.pick.next(script)
	}
}

// arrive looks whether a state is new.
func (s *search) arrive(w *world, from int32) {
	key := s.ring.key(w)
	if !s.seen.add(key, w.spent) {
		s.free = append(s.free, w)
		return
	}
	s.trail = append(s.trail, visit{from: from, script: uint32(len(s.texts))})
	s.texts = append(s.texts, byte(len(w.pick.asked)))
	for _, q := range w.pick.asked {
		s.texts = append(s.texts, q.took)
	}
	number := int32(len(s.trail) - 1)
	if w.bad != nil {
		s.report(*w.bad, w.spent.cost(), number, 0)
		return
	}
	s.next = append(s.next, reached{w, number, key})
}

func (s *search) take() *world {
	if n := len(s.free); n > 0 {
		w := s.free[n-1]
		s.free = s.free[:n-1]
		return w
	}
	return blank()
}

// report tells the way to a violation by going it again; healing is how long
// the pair was given to heal after it.
func (s *search) report(v Violation, surprises int, number int32, healing time.Duration) {
	s.found = &Found{Violation: v, Surprises: surprises, Story: s.retell(number, healing)}
}

// retell goes the way to a visit once more, with somebody who listens.
func (s *search) retell(number int32, healing time.Duration) []string {
	var scripts [][]byte
	for v := s.trail[number]; v.from >= 0; v = s.trail[v.from] {
		scripts = append(scripts, s.texts[v.script+1:v.script+1+uint32(s.texts[v.script])])
	}
	t := &story{}
	w := s.plan.begin(t)
	for i := len(scripts) - 1; i >= 0; i-- {
		w.pick.begin(scripts[i])
		w.advance()
	}
	if healing > 0 {
		w.heal(healing)
	}
	return t.lines
}

// ends asks a sample of the last states whether the pair heals.
func (s *search) ends() {
	if s.o.Leaves == 0 {
		return
	}
	every := max(1, len(s.now)/s.o.Leaves)
	for i := 0; i < len(s.now) && s.found == nil; i += every {
		w := s.take()
		s.now[i].w.copyTo(w)
		s.leaves++
		switch bad := w.heal(s.plan.HealWithin); {
		case w.bad != nil:
			s.report(*w.bad, w.spent.cost(), s.now[i].number, s.plan.HealWithin)
		case bad != nil:
			s.report(*bad, w.spent.cost(), s.now[i].number, s.plan.HealWithin)
		default:
			s.healed++
		}
		s.free = append(s.free, w)
	}
}
