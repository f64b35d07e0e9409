package explore

import "time"

// fault is one thing that may go wrong at any moment, and how it is mended;
// what mends itself has no undo.
type fault struct {
	name string
	do   func(w *world)
	undo func(w *world)
	can  func(w *world) bool // nil is always
}

// fineEvery is how often a fault may strike while nothing else happens.
const fineEvery = 2 * time.Second

// surprise lets one fault strike, or one be mended, before a step.
func (w *world) surprise() {
	p := w.plan
	if w.spent.cost() >= p.most || w.calm > 1 && !p.Fine && w.now%fineEvery != 0 {
		return
	}
	var can [32]byte // the number of the fault; mends from 128
	some := 1
	for i := range p.faults {
		f := &p.faults[i]
		in := w.spent.struck&(1<<i) != 0
		switch {
		case in && f.undo != nil && int(w.spent.mends) < p.Mends:
			can[some] = 128 + byte(i)
			some++
		case !in && int(w.spent.faults) < p.Faults && (f.can == nil || f.can(w)):
			can[some] = byte(i)
			some++
		}
	}
	if i := w.pick.choose(some); i > 0 {
		w.strike(can[i])
	}
}

func (w *world) strike(i byte) {
	w.busy = true
	w.calm = 0
	if i >= 128 {
		f := &w.plan.faults[i-128]
		w.say("-", "MENDED %s", f.name)
		w.spent.mends++
		w.spent.struck &^= 1 << (i - 128)
		f.undo(w)
		return
	}
	f := &w.plan.faults[i]
	w.say("-", "FAULT %s", f.name)
	w.spent.faults++
	if f.undo != nil {
		w.spent.struck |= 1 << i
	}
	f.do(w)
}

// mendAll ends every fault, for the question whether the pair heals.
func (w *world) mendAll() {
	for i := range w.plan.faults {
		if f := &w.plan.faults[i]; w.spent.struck&(1<<i) != 0 {
			f.undo(w)
		}
	}
	w.spent.struck = 0
}

// delay asks whether something is late or out of order, which costs a delay:
// 0 is not.
func (w *world) delay(format string, args ...any) int {
	return w.delays(2, func(int) { w.say("-", "ORDER "+format, args...) })
}

// delays asks which of n ways it goes; all but the first cost a delay.
func (w *world) delays(n int, tell func(i int)) int {
	if int(w.spent.delays) >= w.plan.Delays || w.spent.cost() >= w.plan.most {
		return 0
	}
	i := w.pick.choose(n)
	if i > 0 {
		w.spent.delays++
		if w.tell != nil {
			tell(i)
		}
	}
	return i
}
