package sim

import (
	"time"

	"github.com/futago-ha/futago/scheduler"
)

const remembered = 64 // letters of each direction that can be played again

// network is the switch between the nodes and what it does to letters.
type network struct {
	w          *world
	blocked    [2]bool       // frames from this node to the other are lost
	burst      float64       // extra loss for a while
	lose       [2]float64    // extra loss of what this node sends
	slow       time.Duration // how much later letters come, at most
	switchOn   bool
	forwards   bool // a switch gives carrier before it forwards
	router     bool
	noRouter   bool // for good
	switchTurn uint64
	past       [2][]*carried
	free       []*carried // to be used again
}

func newNetwork(w *world) network {
	return network{w: w, switchOn: true, forwards: true, router: true}
}

// carried is a letter on its way. Letters are large and most of what a run needs
// memory for, so that of one that nobody has any more is used again.
type carried struct {
	scheduler.Received
	from    *node
	holders int    // times that it is under way, and the memory of the network
	arrives func() // at the other node
}

// copied is the letter with one holder, who asks for it.
func (t *network) copied(from *node, l *scheduler.Letter) *carried {
	var c *carried
	if last := len(t.free) - 1; last >= 0 {
		c, t.free = t.free[last], t.free[:last]
	} else {
		c = new(carried)
		c.arrives = func() { t.arrive(c) }
	}
	c.from, c.Letter, c.holders = from, *l, 1
	return c
}

// drop is a holder who needs a letter no more.
func (t *network) drop(c *carried) {
	if c.holders--; c.holders == 0 {
		t.free = append(t.free, c)
	}
}

// open tells whether a frame gets from one node to the other, loss apart.
func (t *network) open(from, to *node) bool {
	return t.switchOn && t.forwards && from.cable && to.cable && !t.blocked[from.id]
}

// lossy is the share of letters from a node that is lost.
func (t *network) lossy(from int) float64 { return max(t.w.prof.loss, t.burst, t.lose[from]) }

// probeLoss is the share of questions whose answer does not come because of more
// loss than usual.
func (t *network) probeLoss() float64 {
	if t.burst == 0 && t.lose == [2]float64{} {
		return 0 // as nearly always
	}
	lost := max(t.burst, t.lose[0], t.lose[1])
	return lost * lost
}

// send lets a letter travel: lost, late, twice, or played again much later.
func (t *network) send(from *node, letter *scheduler.Letter) {
	w := t.w
	reaches := from.frozen <= w.now && from.peer().d != nil && t.open(from, from.peer())
	if !reaches && w.prof.replay == 0 {
		return // as all that a node says to one that is off
	}
	l := t.copied(from, letter)
	t.remember(from.id, l)
	if reaches && !w.chance(t.lossy(from.id)) {
		t.deliver(l)
	}
	t.drop(l)
}

// deliver lets a letter come that is not lost, and perhaps some more.
func (t *network) deliver(l *carried) {
	w := t.w
	t.carry(l, t.delay())
	if w.prof.dup > 0 && w.chance(w.prof.dup) {
		t.carry(l, t.delay()+w.spread(time.Millisecond, 5*time.Second))
	}
	if w.prof.replay > 0 && w.chance(w.prof.replay) {
		t.replay(l.from)
	}
}

func (t *network) delay() time.Duration {
	w := t.w
	if w.prof.reorder > 0 && w.chance(w.prof.reorder) {
		return w.spread(5*time.Millisecond, 800*time.Millisecond)
	}
	return w.between(200*time.Microsecond, 5*time.Millisecond+t.slow)
}

func (t *network) carry(l *carried, delay time.Duration) {
	l.holders++
	t.w.calmly(delay, l.arrives)
}

// arrive is a letter that is at the other end of its way.
func (t *network) arrive(l *carried) {
	to := l.from.peer()
	d := to.d
	switch {
	case !t.open(l.from, to) || !to.up || d == nil:
		t.drop(l)
	case max(d.hung, to.frozen) > t.w.now:
		d.proc(0, func() { d.hears(l) }) // a process that dies before keeps it
	default:
		d.hears(l)
	}
}

// hears is a letter that reaches the process.
func (d *daemon) hears(l *carried) {
	n := d.n
	n.w.check.heard(n, &l.Letter)
	d.deliver(&l.Received)
	if len(d.inbox) == 0 && !n.readOnly {
		n.w.net.drop(l) // else it may be asked for again
	}
}

// remember keeps a letter for a replay: the newest, and a few old ones.
func (t *network) remember(from int, l *carried) {
	if t.w.prof.replay == 0 {
		return
	}
	l.holders++
	if len(t.past[from]) < remembered {
		t.past[from] = append(t.past[from], l)
		return
	}
	if !t.w.chance(0.1) {
		t.drop(l)
		return
	}
	at := &t.past[from][t.w.rng.IntN(remembered)]
	t.drop(*at)
	*at = l
}

// replay plays an old letter of a node again.
func (t *network) replay(from *node) {
	if past := t.past[from.id]; len(past) > 0 {
		t.carry(past[t.w.rng.IntN(len(past))], t.w.spread(time.Millisecond, 30*time.Second))
	}
}

// setSwitch cuts or gives the switch its power. Ports come up at once and
// forward later.
func (t *network) setSwitch(on bool) {
	w := t.w
	t.switchTurn++
	turn := t.switchTurn
	t.switchOn, t.forwards = on, false
	if on {
		w.after(w.spread(100*time.Millisecond, 35*time.Second), func() {
			if t.switchTurn == turn {
				t.forwards = true
				t.changed()
			}
		})
	}
	t.changed()
}

// changed lets the nodes notice what happened to their uplinks.
func (t *network) changed() {
	for _, n := range t.w.nodes {
		n.uplinkChanged()
	}
}
