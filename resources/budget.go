package resources

import "time"

// budget counts restarts within a sliding window.
type budget struct {
	limit  int
	window time.Duration
	spent  []time.Time // at most limit of them
}

// spend takes one restart if the window still has one.
func (b *budget) spend(now time.Time) bool {
	if b.count(now) >= b.limit {
		return false
	}
	b.spent = append(b.spent, now)
	return true
}

// count is the number of restarts within the window that ends now.
func (b *budget) count(now time.Time) int {
	for len(b.spent) > 0 && now.Sub(b.spent[0]) >= b.window {
		b.spent = b.spent[1:]
	}
	return len(b.spent)
}

// pause is how long to wait before the next restart: nothing before the first within the window, then a little longer
// each time, so that a port that is just being given back does not eat the whole budget.
func (b *budget) pause(now time.Time) time.Duration {
	n := b.count(now)
	if n <= 1 {
		return 0
	}
	return min(100*time.Millisecond<<min(n, 5), 2*time.Second)
}

// reset forgets everything spent.
func (b *budget) reset() { b.spent = nil }
