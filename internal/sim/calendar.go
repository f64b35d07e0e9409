package sim

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/futago-ha/futago/scheduler"
	"github.com/futago-ha/futago/scheduler/calendar"
)

// Planned reboots: half of the unlimited runs have a calendar, dense enough to
// meet the faults, and clocks that are set and lose their source. The calendar
// and its faults come from lots of their own, so the runs without stay as they
// were.

// planning is the calendar of a run.
type planning struct {
	on        bool
	calendars [2]*calendar.Calendar
	minUptime time.Duration
	rng       *rand.Rand
}

func drawPlanning(seed uint64, mode Mode) planning {
	rng := rand.New(rand.NewPCG(seed, 0x63616c656e646172))
	p := planning{rng: rng, on: mode == Unlimited && rng.IntN(2) == 0}
	if !p.on {
		return p
	}
	p.minUptime = time.Duration(rng.IntN(90)) * time.Second
	every := []int{2, 3, 4, 5, 7}
	for i := range p.calendars {
		p.calendars[i] = mustParse(fmt.Sprintf("*/%d * * * *", every[rng.IntN(len(every))]))
	}
	return p
}

func mustParse(text string) *calendar.Calendar {
	c, err := calendar.Parse(text, time.UTC)
	if err != nil {
		panic(fmt.Sprintf("sim: a calendar of its own: %v", err))
	}
	return c
}

// wallClock is a node's wall clock.
type wallClock struct {
	off      time.Duration // set wrong by so much
	unsynced bool
}

// trouble sets clocks and takes their source away, as long as the faults fall.
func (p *planning) trouble(w *world) {
	if !p.on {
		return
	}
	w.after(time.Duration(20+p.rng.IntN(200))*time.Second, func() {
		if w.calm {
			return
		}
		n := w.nodes[p.rng.IntN(2)]
		switch p.rng.IntN(4) {
		case 0:
			n.wallClock.unsynced = !n.wallClock.unsynced
		case 1:
			n.wallClock.off -= time.Duration(p.rng.IntN(400)) * time.Second
		case 2:
			n.wallClock.off += time.Duration(p.rng.IntN(400)) * time.Second
		case 3:
			n.wallClock.off = 0
		}
		if n.d != nil {
			n.d.wake()
		}
		n.say("CLOCK off by %s, unsynchronised %t", n.wallClock.off, n.wallClock.unsynced)
		p.trouble(w)
	})
}

// plannedFacts is what the checkers know of a node's planned reboots.
type plannedFacts struct {
	going bool               // told to go down, and its daemon did not start since
	last  scheduler.Outcome  // on disk
	fired map[time.Time]bool // times that came, on this disk
}

// plannedOnDisk looks at what a node wrote about its calendar: a time comes
// once, and only on a clock that is right.
func (c *checks) plannedOnDisk(n *node) {
	f, now := &c.node[n.id].planned, n.disk.Reboot
	if now != f.last && now.Result == scheduler.RebootDue {
		if f.fired[now.At] {
			c.violate("R1", "%s let %s come a second time", nodeName(n.id), now.At)
		}
		if n.wallClock.unsynced {
			c.violate("R1", "%s fired on an unsynchronised clock", nodeName(n.id))
		}
		if f.fired == nil {
			f.fired = map[time.Time]bool{}
		}
		f.fired[now.At] = true
	}
	f.last = now
}

// gaveWithin is how long a planned reboot waits for the service to answer elsewhere.
const gaveWithin = 110 * time.Second

// goesDown is a planned reboot at its last step: never into the other node's.
func (c *checks) goesDown(n *node, a scheduler.Reboot) {
	if a.Off || n.d == nil || n.d.went.asked {
		return // a person's shutdown
	}
	c.node[n.id].planned.going = true
	if at := c.node[n.id].care.gave; c.server == n.id && !n.disk.Standby && at != 0 && c.w.now-at < gaveWithin {
		c.violate("L2", "%s reboots as planned, and nobody serves in its place", nodeName(n.id))
	}
	if c.node[1-n.id].planned.going {
		c.violate("R2", "%s reboots as planned while %s does", nodeName(n.id), nodeName(1-n.id))
	}
	c.rebootsFor(n)
}
