package sim

import (
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// What ends a hold, and what does not. S3: a hold begun for silence is given up
// before second 8 if the other node is heard; S1: from then on it runs to its end.
// Assume A1 to A4.

const (
	echoCounts  = 2500 * time.Millisecond // as long after a letter its echo shows that both hear, by the clock of who sent it
	speaksNow   = 900 * time.Millisecond  // less than the second of silence that is a loss
	keepsGrace  = 500 * time.Millisecond
	pastReturn  = 8300 * time.Millisecond // of the node's clock
	keepsLetter = 64
)

// keeps is since when a node keeps a hold up that should be over.
type keeps struct {
	silent bool // the hold under way began for silence
	liar   bool // or while the other kernel answered for the VIP
	since  time.Duration
	shown  time.Duration // when EXTIN was told to stand in a hold of a server
	asked  uint64        // the term that the node asked for when it began
	row    int           // holds that were held, this one or the one before included
}

// isBlind tells that a node says that it does not know what runs on it, or that it
// serves without a term.
func isBlind(s *scheduler.State) bool { return !s.Known || s.Serving && s.Own == 0 }

// sent is one letter by its number.
type sent struct {
	seq uint64
	at  time.Duration
}

// sends notes when a letter went out, to know how fresh an echo is.
func (c *checks) sends(n *node, l *scheduler.Letter) {
	c.node[n.id].sent[l.Seq%keepsLetter] = sent{seq: l.Seq, at: c.w.now}
}

// hears is a bound letter that reaches the decision. How old an echo is the node can
// tell by its own clock only (A4): on one that is fast it counts for less.
func (c *checks) hears(n *node, l *scheduler.Letter) {
	f := &c.node[n.id]
	session := f.word.session
	if !f.word.take(c.w.now, l.Session, l.Seq) {
		return
	}
	f.care.pulses, f.wordBoot = 0, l.Boot
	if l.Session != session {
		f.blind = 0
	}
	since(&f.blind, c.w.now, isBlind(&l.State))
	if s := f.sent[l.Echo%keepsLetter]; l.Echo != 0 && s.seq == l.Echo && c.w.now-s.at <= n.local(echoCounts) {
		f.echoed, f.echoOf, f.knows = c.w.now, max(f.echoOf, s.at), l.Session
	}
	if f.knows == l.Session {
		f.care.row = 0
		f.spoke, f.heard = c.w.now, l.State
		f.orders.hearsAnew(c.w.now, l)
	}
}

// keepsTick looks at every tick whether a hold should be over.
func (c *checks) keepsTick(n *node) {
	f, j := &c.node[n.id], &n.d.line.job
	k := &f.keeps
	early := n.d.busy <= c.w.now && j.kind == hold && j.written && j.ending == staying && !j.tried && j.up(n.clock()) < noReturn-2*keepsGrace
	why := ""
	switch {
	case early && !k.liar:
		why = c.endsHold(n)
	case early && c.cleared(n):
		why = "does not answer for the VIP any more"
	}
	since(&k.since, c.w.now, why != "")
	if k.since != 0 && c.w.now-k.since > keepsGrace {
		c.violate("S3", "%s keeps its line up against %s, which %s", nodeName(n.id), nodeName(1-n.id), why)
	}
}

// endsHold is what the node was told since its hold began that ends it.
func (c *checks) endsHold(n *node) string {
	f, from := &c.node[n.id], c.node[n.id].grounds.holdFrom
	s := &f.heard
	words := f.spoke > from && c.w.now-f.spoke < speaksNow
	if ask := f.keeps.asked; words && ask != 0 && !f.keeps.silent && !c.operated() && s.Known && !s.Serving && s.Own == 0 && s.Released >= ask {
		return "stopped"
	}
	if !f.keeps.silent || c.meant(n.peer()) {
		return ""
	}
	switch {
	case n.vip && f.keeps.shown > from:
		return "answered over the wire"
	case words && f.echoOf > from && c.w.now-f.echoed < echoCounts:
		return "hears it and is heard"
	case words && s.Serving && s.Uplink:
		return "says that it serves"
	case words && n.vip:
		return "is heard"
	}
	return ""
}

// operated tells that an operator may have ordered a hold.
func (c *checks) operated() bool {
	for i := range c.node {
		if at := c.node[i].grounds.operator; at != 0 && c.w.now-at < operatorWords {
			return true
		}
	}
	return false
}

// lowers is an order to drop the line, whatever happened.
func (c *checks) lowers(n *node, a scheduler.Lower) {
	j, f := &n.d.line.job, &c.node[n.id]
	if a.GiveUp || j.kind != hold || j.ending != staying || j.tried || j.highSince == 0 || n.vip || f.lastSaid.Own != 0 || c.operated() {
		return
	}
	if up := j.up(n.clock()); up > pastReturn && up < holdMost-3*time.Second {
		c.violate("L1", "%s lets go of its line after %s, when %s may be cut", nodeName(n.id), up, nodeName(1-n.id))
	}
}

// holdAgainst looks at what the node knows of the other one when its hold begins.
func (c *checks) holdAgainst(n *node) {
	f := &c.node[n.id]
	s, armed := &f.heard, c.w.pair.Board(n.id).Armed()
	row := 0
	if g := &f.grounds; g.holdHeld && c.w.now-g.holdEnd < testsWithin {
		row = f.keeps.row
	}
	f.shotBoot = n.disk.PeerBoot
	f.keeps = keeps{row: row, asked: f.lastSaid.Ask, silent: (f.echoed == 0 || c.w.now-f.echoed > time.Second) && !isBlind(&f.heard), liar: n.peer().lied()}
	if f.under != 0 && armed && c.w.now-f.under > keepsGrace {
		c.violate("S3", "%s begins a hold while EXTIN stands against it", nodeName(n.id))
	}
	c.cutsLiar(n)
	if c.meant(n.peer()) {
		return
	}
	fresh := f.spoke != 0 && c.w.now-f.spoke < speaksNow
	switch {
	case fresh && f.echoed != 0 && c.w.now-f.echoed < speaksNow && !isBlind(s) && !f.keeps.liar:
		c.violate("S3", "%s begins a hold against %s, which hears it and is heard", nodeName(n.id), nodeName(1-n.id))
	case fresh && f.echoed != 0 && c.w.now-f.echoed < speaksNow && isBlind(s) && c.w.now-f.blind < (n.cfg.StartTimeout+n.cfg.StopTimeout)*9/10:
		c.violate("S3", "%s begins a hold against %s, which looks what runs on it", nodeName(n.id), nodeName(1-n.id))
	case fresh && s.Serving && s.Uplink && !isBlind(s):
		c.violate("S3", "%s begins a hold against %s, which says that it serves", nodeName(n.id), nodeName(1-n.id))
	}
	c.holdsAlone(n, armed)
}

// holdsAlone is for a node that has not heard the other one since its start, and
// for one that was told that the other one left.
func (c *checks) holdsAlone(n *node, armed bool) {
	c.lookAnswers(n)
	f := &c.node[n.id]
	k, alone, ran := &n.disk, len(f.knew) == 0, c.w.now-f.care.started
	early := time.Duration(float64(n.cfg.StartWait) * 0.97)
	switch {
	case !n.vip && armed && !n.readOnly && k.PeerLeft != scheduler.Staying && k.PeerLeftIn == n.bootID:
		c.violate("S3", "%s begins a hold although %s left", nodeName(n.id), nodeName(1-n.id))
	case alone && ran < early:
		c.violate("S3", "%s begins a hold %s after its start", nodeName(n.id), ran)
	case alone && ran < answersMost && f.answers != 0 && c.w.now-f.answers > answersLong:
		c.violate("S3", "%s begins a hold although the address of %s answers", nodeName(n.id), nodeName(1-n.id))
	case f.care.met && f.testIn != n.d.session && n.wall().Sub(k.Wire.At) > testValid && c.w.now-n.setAt > time.Second:
		c.violate("S6", "%s begins a hold that cannot be Confirmed: its last test is too old", nodeName(n.id))
	case n.vip && n.quarantines() && (f.grounds.holdEnd == 0 || c.w.now-f.grounds.holdEnd > secondRound):
		c.violate("L3", "%s reboots %s, which is in quarantine", nodeName(n.id), nodeName(1-n.id))
	}
}

const (
	answersMost = 290 * time.Second // 5 min on a fast clock
	answersLong = 8 * time.Second   // the question is asked every 5 s
	testValid   = 25*time.Hour + 10*time.Minute
	quarantine  = 3
)

// quarantines tells that a node fenced the other one three times in half an hour.
func (n *node) quarantines() bool {
	late := 0
	for _, at := range n.disk.Fences {
		if ago := n.wall().Sub(at); ago >= 0 && ago < 29*time.Minute {
			late++
		}
	}
	return late >= quarantine
}

// deaf is an order to make the own board deaf: a test pulse that does not end.
func (c *checks) deaf(n *node) {
	f := &c.node[n.id]
	f.deafAt = c.w.now
	if p := n.peer(); !p.disk.PeerUnarmed && !c.node[p.id].fenced.lost {
		c.violate("S1", "%s makes its board deaf, and %s does not know", nodeName(n.id), nodeName(p.id))
	}
	up := c.node[n.id].split.up
	if f.low != 0 && c.w.now-f.low < deafFrom && up != 0 && c.w.now-up < deafFrom {
		c.violate("L1", "%s makes its board deaf after %s of EXTIN", nodeName(n.id), c.w.now-up)
	}
}

const (
	secondRound = 4 * time.Second         // two holds of one reboot are 3 s apart
	deafFrom    = 2700 * time.Millisecond // 3 s on a fast clock
	unarmedMost = 7 * time.Second         // a board is armed again 5 s after the last try
	youngFor    = 1500 * time.Millisecond // with what the count may be behind less than 5 s
	testStands  = 2500 * time.Millisecond // EXTIN in a test, of the other line or of a wire that leads back
	calmFor     = time.Minute             // in which a line that broke before a meeting is tested, once more if letters were lost
)

// lookUnarmed looks for a server that cannot be cut and whose peer does not know:
// a hold would be Confirmed against it (S2).
func (c *checks) lookUnarmed(n *node) {
	f, p := &c.node[n.id], n.peer()
	bad := n.works() && n.serving() && !c.w.pair.Board(n.id).Armed() && p.up && p.d != nil && !p.disk.PeerUnarmed && !c.node[p.id].fenced.lost
	since(&f.unarmed, c.w.now, bad)
	if f.unarmed != 0 && c.w.now-f.unarmed > unarmedMost {
		c.violate("S2", "%s serves with a board that does not obey, and %s does not know", nodeName(n.id), nodeName(p.id))
	}
}

// lookTested looks for a line that broke before the nodes met and that its node
// still believes in, long after (S6).
func (c *checks) lookTested(n *node) {
	f, p := &c.node[n.id], n.peer()
	since(&f.stands, c.w.now, c.w.pair.Board(n.id).In())
	met := n.d != nil && p.d != nil && max(n.d.started, p.d.started) > f.wireBad && f.wireBad != 0
	calm := met && n.inOrder() && p.inOrder() && c.w.net.open(n, p) && c.w.net.open(p, n) && c.w.net.calm()
	since(&f.calm, c.w.now, calm && n.disk.Wire.Result == scheduler.WirePassed)
	if f.calm != 0 && c.w.now-f.calm > calmFor {
		c.violateAnyhow("S6", "%s believes in its line, which was bad when it met %s", nodeName(n.id), nodeName(p.id))
	}
}

// inOrder tells that nothing keeps a node from a test of its line.
func (n *node) inOrder() bool {
	if !n.works() || n.readOnly || n.slowDisk || n.bus.flaky() || n.bus.lies || n.d.went.asked { // a line that reads high is in use
		return false
	}
	f := &n.w.check.node[n.id]
	if f.stands != 0 && n.w.now-f.stands > testStands {
		return false
	}
	s := &f.lastSaid
	return f.saidIn == n.d.session && s.Leading == 0 && s.Offer == 0 && s.Ask == 0 && s.Leaving == scheduler.Staying && !s.Maint && n.d.line.job.kind != hold
}

// calm tells that the network does nothing special.
func (t *network) calm() bool {
	return t.burst == 0 && t.lose == [2]float64{} && t.slow == 0
}

// drops is an order to take the address off. A daemon that restarts leaves it where
// it is until it has looked at everything.
func (c *checks) drops(n *node) {
	f, k := &c.node[n.id], &n.disk
	mine := k.Term != 0 && (k.Term%2 == 1) == n.cfg.First && k.TermBoot == n.bootID && k.Released < k.Term && k.Fenced == "" && !k.Standby
	s := &f.lastSaid
	fair := f.under != 0 && f.low != 0 && c.w.now-f.under < youngFor && f.rose <= 1 && f.uplink.bad == 0 && s.StopFail == 0 && s.Leading == 0
	if n.vip && mine && fair && f.saidIn == n.d.session && s.Own != 0 && f.board && !n.d.went.asked && s.Leaving == scheduler.Staying {
		c.violate("S3", "%s drops the VIP for an EXTIN that its board saw rise %s ago", nodeName(n.id), c.w.now-f.under)
	}
	if n.vip && mine && !f.board && f.under == 0 && c.w.now-f.care.started < time.Second && !n.d.went.asked {
		c.violate("L1", "%s drops the VIP of its own term before it has looked at its board", nodeName(n.id))
	}
}
