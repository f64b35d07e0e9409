package explore

import (
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// wire is the state of a fence line, named by the node that drives it.
type wire byte

const (
	wireOK wire = iota
	wireCut
	wireHigh
)

// inFlight is how many letters of a direction are under way at most; the
// oldest of more is lost.
const inFlight = 3

// network is what is between the nodes.
type network struct {
	blocked [2]bool // frames from this node to the other are lost
	wire    [2]wire
	mail    [2][]parcel // from this node, oldest first
}

// parcel is a letter that is under way. Letters are never changed.
type parcel struct {
	l    *scheduler.Letter
	due  time.Duration
	late bool // it was held up once
}

func (t *network) copied() {
	for i := range t.mail {
		t.mail[i] = t.mail[i][:len(t.mail[i]):len(t.mail[i])]
	}
}

func (t *network) lose(from int) { t.mail[from] = nil }

func (t *network) carries() bool { return len(t.mail[0]) > 0 || len(t.mail[1]) > 0 }

// open tells whether a frame gets from a node to the other.
func (w *world) open(from int) bool {
	return !w.net.blocked[from] && w.nodes[0].cable && w.nodes[1].cable
}

// post sends a letter on its way. It arrives at the other node's next turn.
func (w *world) post(n *node, l *scheduler.Letter) {
	if !w.open(n.id) {
		return
	}
	p := w.peer(n)
	if !p.running {
		return
	}
	mail := append(w.net.mail[n.id], parcel{l: l, due: w.now})
	if len(mail) > inFlight {
		mail = append([]parcel(nil), mail[1:]...)
	}
	w.net.mail[n.id] = mail
}

// letters gives a node what has come for it. Of what says something new, one
// may be lost or come late.
func (w *world) letters(n *node) {
	from := 1 - n.id
	mail := w.net.mail[from]
	if len(mail) == 0 {
		return
	}
	w.net.mail[from] = nil
	if !w.open(from) {
		return
	}
	for _, p := range mail {
		if !n.running {
			return
		}
		if w.now < p.due || !p.late && w.held(n, &p) {
			if p.due != never {
				w.net.mail[from] = append(w.net.mail[from], p)
			}
			continue
		}
		w.heard(n, p.l)
		w.feed(n, scheduler.Received{Letter: *p.l})
		w.drain(n)
	}
}

const never = time.Duration(1 << 62)

// held asks what becomes of a letter that says something new: it arrives, is
// lost, or comes 1 s or 6 s late.
func (w *world) held(n *node, p *parcel) bool {
	if !w.news(n, p.l) {
		return false
	}
	late := [...]time.Duration{0, never, 2 * pace, 12 * pace}
	i := w.delays(len(late), func(i int) {
		if late[i] == never {
			w.say("-", "LOST a letter of %s: %s", p.l.From, words(&p.l.State))
			return
		}
		w.say("-", "LATE by %s a letter of %s: %s", seconds(late[i]), p.l.From, words(&p.l.State))
	})
	switch {
	case i == 0:
		return false
	case late[i] == never:
		p.due = never
	default:
		p.due, p.late = w.now+late[i], true
	}
	return true
}

// news tells that a letter says what its receiver has not heard yet.
func (w *world) news(n *node, l *scheduler.Letter) bool {
	f := &w.facts[n.id]
	return f.heardFrom != l.Session || f.heardLast == nil || f.heardLast.State != l.State
}
