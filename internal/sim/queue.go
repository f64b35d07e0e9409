package sim

import (
	"math"
	"time"
)

// moment is when something will happen. What is of the same instant happens in
// the order in which it was fixed.
type moment struct {
	at  time.Duration
	seq uint64
}

func (m *moment) before(o *moment) bool {
	return m.at < o.at || m.at == o.at && m.seq < o.seq
}

// never is a moment that does not come.
var never = moment{at: math.MaxInt64, seq: math.MaxUint64}

// item is something that will happen.
type item struct {
	moment
	*task
}

// task is what happens, and in whose life: of a process (d), of a kernel (n and
// its life), or of the world (neither).
type task struct {
	do   func()
	d    *daemon
	n    *node
	life uint64
	calm bool // it changes nothing of the situation by itself
}

// lives tells that whoever was to do it still lives, and from when on it runs.
func (t *task) lives() (from time.Duration, lives bool) {
	switch {
	case t.d != nil:
		return max(t.d.hung, t.d.n.frozen), t.d.n.d == t.d
	case t.n != nil:
		return t.n.frozen, t.n.life == t.life
	}
	return 0, true
}

// queue is a binary heap of items. container/heap would box every item.
type queue struct {
	items []item
	seq   uint64
	free  []*task // to be used again
}

// push lets a new task happen at the given instant.
func (q *queue) push(at time.Duration, t task) {
	var p *task
	if last := len(q.free) - 1; last >= 0 {
		p, q.free = q.free[last], q.free[:last]
	} else {
		p = new(task)
	}
	*p = t
	q.put(at, p)
}

// done takes a task back that is not in the queue any more.
func (q *queue) done(t *task) {
	*t = task{}
	q.free = append(q.free, t)
}

// fix makes the instant a moment after all that was fixed for it before.
func (q *queue) fix(at time.Duration) moment {
	q.seq++
	return moment{at: at, seq: q.seq}
}

// put lets a task happen at the given instant.
func (q *queue) put(at time.Duration, t *task) {
	it := item{moment: q.fix(at), task: t}
	q.items = append(q.items, it)
	i := len(q.items) - 1
	for i > 0 {
		parent := (i - 1) / 2
		if !it.before(&q.items[parent].moment) {
			break
		}
		q.items[i] = q.items[parent]
		i = parent
	}
	q.items[i] = it
}

// next is when the first item is due.
func (q *queue) next() moment {
	if len(q.items) == 0 {
		return never
	}
	return q.items[0].moment
}

// pop takes the first item out. The queue must not be empty.
func (q *queue) pop() item {
	first := q.items[0]
	last := len(q.items) - 1
	it := q.items[last]
	q.items[last] = item{}
	q.items = q.items[:last]
	if last > 0 {
		q.sink(it)
	}
	return first
}

// sink finds the place of an item from the top on.
func (q *queue) sink(it item) {
	i, items := 0, q.items
	for {
		least := 2*i + 1
		if least >= len(items) {
			break
		}
		if other := least + 1; other < len(items) && items[other].before(&items[least].moment) {
			least = other
		}
		if !items[least].before(&it.moment) {
			break
		}
		items[i] = items[least]
		i = least
	}
	items[i] = it
}
