package nodeinit

import (
	"fmt"
	"strings"
	"sync"
)

// jobList is what systemctl list-jobs shows: what the node is being asked to
// do at this moment. A unit that gets SIGTERM looks there for the reason.
type jobList struct {
	mu     sync.Mutex
	last   int
	ending bool
	lines  map[int]string
}

// begin adds a job of a unit, "status" excepted, and returns its end.
func (j *jobList) begin(unit, verb string) (end func()) {
	if verb == "status" {
		return func() {}
	}
	id := j.add(unit+".service", verb)
	return func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		delete(j.lines, id)
	}
}

// beginEnd adds the job that ends the node; the first one wins and stays.
func (j *jobList) beginEnd(verb string) bool {
	j.mu.Lock()
	taken := j.ending
	j.ending = true
	j.mu.Unlock()
	if taken {
		return false
	}
	j.add(verb+".target", "start")
	return true
}

func (j *jobList) add(unit, verb string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.lines == nil {
		j.lines = map[int]string{}
	}
	j.last++
	j.lines[j.last] = fmt.Sprintf("%d %s %s running", j.last, unit, verb)
	return j.last
}

// list prints the jobs as `systemctl list-jobs --no-legend --plain` does,
// oldest first.
func (j *jobList) list() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var out []string
	for id := 1; id <= j.last; id++ {
		if line, there := j.lines[id]; there {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}
