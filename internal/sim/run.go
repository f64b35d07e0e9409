package sim

import "time"

// Result is what came of one run.
type Result struct {
	Seed       uint64
	Violations []Violation
	Simulated  time.Duration
	Waits      []string // what the pair waited for when it did not serve at the end
	Story      []string // when asked for
}

// Options choose a run.
type Options struct {
	Seed  uint64
	Mode  Mode
	Maker Maker
	Only  []string // the faults by name that may fall, close together; empty is as the seed says
	Tell  bool     // write the story
	All   bool     // go through every tick and reading, also those that change nothing
}

// Run does one run from its seed.
func Run(o Options) Result {
	w := newWorld(o)
	w.all = o.All
	if o.Tell {
		w.story = &story{}
		w.tellProfile()
	}
	w.powerUp()
	w.run(w.now + w.prof.setup)
	p := plan{w: w}
	w.planning.trouble(w)
	if o.Mode == Bounded {
		p.bounded()
	} else {
		p.unlimited()
	}
	p.quiet()
	r := Result{Seed: o.Seed, Violations: w.check.found, Simulated: w.now, Waits: p.waits}
	if w.story != nil {
		r.Story = w.story.lines
	}
	return r
}

func (w *world) tellProfile() {
	p := w.prof
	w.say("CONFIG %s", brief(p.config))
	w.say("PREFERRED %s, drift %.4f %.4f, watchdog %t, vendor disarms %t, reference %t", nodeName(p.prefer), p.drift[0], p.drift[1], p.watchdog, p.vendorDisarms, p.reference)
	w.say("NETWORK loss %.2f, twice %.2f, late %.2f, replayed %.2f", p.loss, p.dup, p.reorder, p.replay)
	for i, b := range p.boards {
		w.say("BOARD %s %s", nodeName(i), brief(b))
	}
	for _, k := range p.kinds {
		w.say("FAULTS %s", k.name)
	}
}

func (w *world) powerUp() {
	for _, n := range w.nodes {
		late := time.Duration(0)
		if !w.prof.startTogether {
			late = w.between(0, 30*time.Second)
		}
		w.after(late, func() { n.supply(true) })
	}
}

// plan is how the faults of a run fall, and what is demanded afterwards.
type plan struct {
	w     *world
	mends []func()
	waits []string
}

// strike breaks one thing.
func (p *plan) strike() (k faultKind, n *node, mend func()) {
	w := p.w
	total := 0
	for _, k := range w.prof.kinds {
		total += k.weight
	}
	at := w.rng.IntN(total)
	for _, k = range w.prof.kinds {
		if at -= k.weight; at < 0 {
			break
		}
	}
	n = w.nodes[w.rng.IntN(2)]
	return k, n, n.struck(k)
}

// struck breaks one thing of the node.
func (n *node) struck(k faultKind) (mend func()) {
	w, name := n.w, k.name
	n.say("FAULT %s", name)
	w.check.struck(n, k)
	undo := k.apply(n)
	w.settle()
	if undo == nil {
		return func() {}
	}
	return func() { n.say("MENDED %s", name); undo(); w.settle() }
}

// unlimited breaks anything at any time. Safety only.
func (p *plan) unlimited() {
	w := p.w
	end := w.now + w.prof.faults
	for w.now < end && !w.over {
		w.run(w.now + w.spread(w.prof.gap/20, 2*w.prof.gap))
		_, _, mend := p.strike()
		p.mends = append(p.mends, mend)
		w.after(w.spread(200*time.Millisecond, 2*time.Minute), mend)
		w.check.unanswered()
	}
}

// quiet mends everything and demands that the pair serves again.
func (p *plan) quiet() {
	w := p.w
	if w.over {
		return
	}
	w.say("QUIET")
	for _, mend := range p.mends {
		mend()
	}
	broken := p.breaks()
	p.mendAll()
	p.demandAllTheSame(broken)
	p.demandService()
}

func (p *plan) mendAll() {
	w := p.w
	w.calm = true
	for _, n := range w.nodes {
		n.pending = nil
		n.readOnly, n.slowDisk = false, false
		n.wallClock.unsynced = true // no planned reboot any more
	}
	p.nurse()
}

// nurse is the operator after the faults: every half minute until all is well,
// what is off is switched on, and marks are taken off.
func (p *plan) nurse() {
	w := p.w
	for _, n := range w.nodes {
		n.nursed()
	}
	w.settle()
	w.after(30*time.Second, p.nurse)
}
