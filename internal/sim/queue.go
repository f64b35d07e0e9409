package sim

import "time"

// item is something that will happen. Items of the same instant happen in the
// order in which they were put in.
type item struct {
	at  time.Duration
	seq uint64
	do  func()
}

func (a item) before(b item) bool {
	return a.at < b.at || a.at == b.at && a.seq < b.seq
}

// queue is a binary heap of items. container/heap would box every item.
type queue struct {
	items []item
	seq   uint64
}

func (q *queue) push(at time.Duration, do func()) {
	q.seq++
	q.items = append(q.items, item{at: at, seq: q.seq, do: do})
	i := len(q.items) - 1
	for i > 0 {
		parent := (i - 1) / 2
		if !q.items[i].before(q.items[parent]) {
			break
		}
		q.items[i], q.items[parent] = q.items[parent], q.items[i]
		i = parent
	}
}

// next is when the first item is due; ok is false when there is none.
func (q *queue) next() (at time.Duration, ok bool) {
	if len(q.items) == 0 {
		return 0, false
	}
	return q.items[0].at, true
}

// pop takes the first item out. The queue must not be empty.
func (q *queue) pop() item {
	first := q.items[0]
	last := len(q.items) - 1
	q.items[0] = q.items[last]
	q.items[last] = item{}
	q.items = q.items[:last]
	q.sink()
	return first
}

func (q *queue) sink() {
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(q.items); child++ {
			if q.items[child].before(q.items[least]) {
				least = child
			}
		}
		if least == i {
			return
		}
		q.items[i], q.items[least] = q.items[least], q.items[i]
		i = least
	}
}
