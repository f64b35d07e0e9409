package explore

import (
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// facts is what the checkers remember of one node. They look at the physical
// state and at what passes between the parts, never into the decision.
type facts struct {
	serving  bool
	servedIn string        // kernel boot in which it served last
	servedAt time.Duration // when it served last
	metAt    time.Duration // last letter bound to both sessions
	holdFrom time.Duration // start of its last hold
	holdEnd  time.Duration
	holdHeld bool
	taken    uint64        // term that it took while it had a ground
	leftAt   time.Duration // when its disk said last that the peer left, in this boot
	owned    uint64        // highest term that it said it owns
	operator time.Duration // last explicit word of an operator
	forfeit  bool          // EXTIN stood for 8 s since it met; ownership is gone
	promised bool          // it left, with the promise not to serve

	awake      bool // since before its EXTIN rose its daemon and bus work
	fairServer bool // it served with uplink when its EXTIN rose, and all is in order since
	fairIdle   bool // it does not serve, and all is in order, since before its EXTIN rose
	cutIdle    time.Duration
	stopFail   time.Duration // when it said last that it could not stop what it should

	uplinkBad time.Duration // since when it was told that its uplink is gone; 0 is not
	keeps     time.Duration // since when it keeps a line up without uplink
	raised    time.Duration // since when EXTOUT is up although it could be lowered
	loose     time.Duration // the same with no daemon

	cut, saw, bit bool // it was cut by EXTIN; its daemon saw that; its flags say so
	firstStart    time.Duration

	heardFrom uint64
	heardLast *scheduler.Letter
	said      *scheduler.Letter
	ackLeft   uint64
}

const (
	metLately     = 80 * time.Second // a meeting, and the slowest start after it
	operatorWords = 10 * time.Minute
	wordsOfFence  = 2 * time.Minute
	bothCutWithin = 30 * time.Second
	longestRaise  = 42 * time.Second
	masterless    = 1500 * time.Millisecond
	uplinkGrace   = 2 * pace
	silentPeer    = time.Minute
)

// since keeps when a condition began, 0 while it does not hold.
func since(at *time.Duration, now time.Duration, holds bool) {
	switch {
	case !holds:
		*at = 0
	case *at == 0:
		*at = now
	}
}

// lately tells that something was, at most d ago.
func (w *world) lately(at, d time.Duration) bool { return at != 0 && w.now-at < d }

func (w *world) factsBooted(n *node) {
	f := &w.facts[n.id]
	f.bit = n.board.woken == "extin"
	f.firstStart = 0
	f.cut = f.cut && (f.bit || f.saw)
}

func (w *world) factsDaemonStarts(n *node) {
	f := &w.facts[n.id]
	if f.firstStart == 0 {
		f.firstStart = w.now
	}
	f.uplinkBad, f.said = 0, nil
}

func (w *world) factsDaemonEnds(n *node) {
	f := &w.facts[n.id]
	f.uplinkBad, f.keeps, f.heardFrom, f.heardLast, f.said = 0, 0, 0, nil, nil
}

func (w *world) factsExited(n *node, stop departure) {
	if stop.asked && !stop.restart {
		w.facts[n.id].promised = true
	}
}

// factsForgot is a node that lost its state: what it saw before is gone with it.
func (w *world) factsForgot(n *node) {
	f := &w.facts[n.id]
	f.saw = false
	f.cut = f.cut && f.bit && n.up
}

// heard is called when a letter reaches a node's daemon. One that was overtaken
// says nothing any more.
func (w *world) heard(n *node, l *scheduler.Letter) {
	f := &w.facts[n.id]
	if f.heardFrom == l.Session && l.Seq <= f.heardLast.Seq {
		return
	}
	f.heardFrom, f.heardLast = l.Session, l
	if p := w.peer(n); l.Session == p.session && l.To == n.session {
		f.metAt, f.forfeit, f.cut, f.saw, f.bit = w.now, false, false, false, false
	}
}
