package sim

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/futago-ha/futago/internal/board"
	"github.com/futago-ha/futago/scheduler"
)

// Violation is one thing that must never happen and did.
type Violation struct {
	Seed    uint64
	Rule    string // S1 to S8, L1 to L4, A for a command without its answer, O for one obeyed twice, M for a storm of letters, V for a victim
	At      time.Duration
	Text    string
	Outside string // the assumptions that were broken; empty is inside them
	Faults  string // the last ones before it
}

func (v Violation) String() string {
	where := "inside the assumptions"
	if v.Outside != "" {
		where = "outside " + v.Outside
	}
	return fmt.Sprintf("seed %d: %s at %.3f s (%s): %s; after %s", v.Seed, v.Rule, v.At.Seconds(), where, v.Text, v.Faults)
}

// facts is what the checkers know of one node, from the physical world and from
// what passed between the parts.
type facts struct {
	serving  bool
	grounds  grounds
	split    split
	uplink   uplinkFacts
	raised   raised
	fenced   fencedFacts
	planned  plannedFacts
	asked    map[uint64]question
	lastSaid scheduler.State // the state in the node's last letter
	saidIn   uint64          // and the session that said it
	stuck    stuckFacts
	pulls    pulls
	care     care
	keeps    keeps
	liar     liar
	orders   orders
	failback failback
	sent     [keepsLetter]sent // its last letters

	servedAt  time.Duration // when it served last
	stopFail  time.Duration // when it said last that it could not stop what it should
	passed    time.Duration // when its disk said last that the test of its line passed
	wireIs    board.Wire
	wireBad   time.Duration   // since when its line is not as it should be; 0 is good
	tested    time.Time       // the last wire test on its disk
	knew      []uint64        // sessions of the other node that its daemon heard
	got       word            // the last bound letter that was new, as it reached the process
	word      word            // and as it reached the decision
	wordBoot  string          // the kernel that said it
	blind     time.Duration   // since when it says that it does not know what runs on it
	heard     scheduler.State // what that said
	echoed    time.Duration   // when a letter showed last that it is heard, too
	spoke     time.Duration   // when a session of the other node spoke last that was shown to be one
	knows     uint64          // that session
	board     bool            // this daemon was told of its board
	flaky     time.Duration   // when the bus did not do its part last
	echoOf    time.Duration   // and when the letter went out that it answered
	probedAt  time.Duration   // when the other node's address could be asked for last
	vipSeen   bool            // and whether the VIP answered then
	low       time.Duration   // when EXTIN was told to be low last
	under     time.Duration   // since when EXTIN is told to stand
	blank     time.Duration   // since when its readings are told to fail
	newBoot   time.Duration   // when a letter of another boot came last
	shotBoot  string          // boot of the other node when the last hold began
	confirmed time.Duration   // when an operator said last that the other node is off
	rose      int             // the board's count when EXTIN was told to stand
	stands    time.Duration   // since when its EXTIN stands, whoever drives it
	unarmed   time.Duration   // since when it serves and cannot be cut, and nobody knows
	deafAt    time.Duration   // when it made its board deaf last
	calm      time.Duration   // since when nothing keeps it from a test of its line
	testIn    uint64          // the session in which its line passed its last test
	off       board.Reason    // why its power went last
	cutAt     time.Duration   // when it was cut last by EXTIN
	cutByLine bool            // of the other node, which raised it
	dark      time.Duration   // since when it is off for that, and the other node could wake it
	answers   time.Duration   // since when the other node's address answers it
	sleptAt   time.Duration   // when it woke from a sleep before which it heard the other node

	letters     int // since lettersFrom
	lettersFrom time.Duration
}

// checks watches a run. It reads the world and changes nothing in it.
type checks struct {
	w        *world
	node     [2]facts
	broken   map[string]bool // assumptions that a fault broke
	found    []Violation
	faults   []struck      // the last few
	handoff  time.Duration // last word of a handoff
	markedAt time.Duration
	lastMark uint64    // the last command that sets or takes off a mark
	session  [2]uint64 // of the last daemon of each node
	server   int       // the node that served last, -1 none yet
	wireOK   [2]time.Duration
	owners   map[uint64]int // of the terms that were taken
	mute     time.Duration  // since when nobody serves or says why
	orders   map[orderKey]*order
}

func newChecks(w *world) *checks {
	c := &checks{w: w, broken: map[string]bool{}, owners: map[uint64]int{}, server: -1}
	for i := range c.node {
		c.node[i].asked = map[uint64]question{}
	}
	return c
}

// violate notes a violation and ends the run: what follows from a broken rule
// proves nothing.
func (c *checks) violate(rule, format string, args ...any) {
	c.note(rule, c.outside(assumed[rule]), fmt.Sprintf(format, args...))
}

// violateAnyhow is violate for what needs only what every rule needs, whatever the
// rest of the rule does.
func (c *checks) violateAnyhow(rule, format string, args ...any) {
	c.note(rule, c.outside(nil), fmt.Sprintf(format, args...))
}

func (c *checks) note(rule, outside, text string) {
	if c.w.over {
		return
	}
	v := Violation{Seed: c.w.seed, Rule: rule, At: c.w.now, Text: text, Outside: outside, Faults: c.lastFaults()}
	c.found = append(c.found, v)
	c.w.say("VIOLATION %s: %s", v.Rule, v.Text)
	c.w.over = true
}

// assumed lists the assumptions that a rule needs; the others need none. Every
// rule supposes besides that the disk keeps what it said it had synced ("disk"),
// and none holds against somebody who knows the key (A5).
var assumed = map[string][]string{
	"S1": {"A1", "A2", "A3", "A4", "A5"},
	"S2": {"A1", "A2", "A3", "A4", "A5"},
	"S3": {"A1", "A2", "A3", "A4"},
	"S5": {"A3", "A4"},
	"S6": {"A1", "A2", "A3", "A4", "A5"},
	"S7": {"A3", "A4"},
	"V":  {"A1", "A2", "A3", "A4"},
	"L1": {"A1", "A2", "A3", "A4", "A5"},
}

// outside lists the assumptions that a rule needs and that do not hold in this
// run.
func (c *checks) outside(needs []string) string {
	var broken []string
	for _, a := range []string{"disk", "A5"} {
		if c.broken[a] && !slices.Contains(needs, a) {
			broken = append(broken, a)
		}
	}
	for _, a := range needs {
		if c.broken[a] || a == "A1" && (c.harnessChanged(0) || c.harnessChanged(1)) {
			broken = append(broken, a)
		}
	}
	return strings.Join(broken, " ")
}

// recently is how long a wire that was bad may still matter: a hold, its
// retries, and the start that follows.
const recently = 5 * time.Minute

// mostFaults is how many faults a violation names.
const mostFaults = 5

// struck is one of them.
type struck struct {
	node int
	name string
	at   time.Duration
}

func (c *checks) lastFaults() string {
	var names []string
	for _, f := range c.faults {
		names = append(names, fmt.Sprintf("%s %s (%.0f s)", nodeName(f.node), f.name, f.at.Seconds()))
	}
	return strings.Join(names, ", ")
}

// struck is called at each fault.
func (c *checks) struck(n *node, k faultKind) {
	if len(c.faults) == mostFaults {
		c.faults = slices.Delete(c.faults, 0, 1)
	}
	c.faults = append(c.faults, struck{node: n.id, name: k.name, at: c.w.now})
	if k.outside != "" {
		c.outsideOf(k.outside)
	}
}

// outsideOf notes that an assumption does not hold from here on.
func (c *checks) outsideOf(assumption string) { c.broken[assumption] = true }

// harnessChanged tells that a node's line is or was lately not as its last test
// said.
func (c *checks) harnessChanged(id int) bool {
	n := c.w.nodes[id]
	bad := c.w.pair.Wire(id) != board.WireOK || c.wireOK[id] != 0 && c.w.now-c.wireOK[id] < recently
	at := c.node[id].passed // a disk that lost that meanwhile changes nothing of what was done on it
	return bad && (n.disk.Wire.Result == scheduler.WirePassed || at != 0 && c.w.now-at < recently)
}

// look is called after every step of the world that changed its situation.
func (c *checks) look() {
	if c.w.over {
		return
	}
	for i, n := range c.w.nodes {
		f := &c.node[i]
		c.lookLeft(n)
		if n.disk.Wire.Result == scheduler.WirePassed {
			f.passed = c.w.now
		}
		if is := n.serving(); is != f.serving {
			f.serving = is
			if is {
				c.serveStarts(n)
			}
		}
		c.lookLate(n)
		if f.serving {
			f.servedAt = c.w.now
		}
		c.lookLine(n)
		c.lookHarness(n)
		c.lookUp(n)
		c.lookWire(n)
		c.lookDeadHolder(n)
		c.lookAnswers(n)
		c.lookSplit(n)
		c.lookStuck(n)
		c.lookVictim(n)
		c.lookUnarmed(n)
		c.lookTested(n)
		c.lookWoken(n)
		c.lookLiar(n)
	}
	c.lookExclusive()
}

// lookAgain is called after every other step: only what time alone changes.
func (c *checks) lookAgain() {
	if c.w.over {
		return
	}
	for i, n := range c.w.nodes {
		f := &c.node[i]
		c.lookLeft(n)
		if f.serving {
			f.servedAt = c.w.now
		}
		if f.stuck.since != 0 || f.pulls.underFire != 0 {
			c.lookStuck(n)
			c.lookVictim(n)
		}
		if f.unarmed != 0 || f.calm != 0 {
			c.lookUnarmed(n)
			c.lookTested(n)
		}
		if !n.powered || f.dark != 0 {
			c.lookWoken(n)
		}
		if n.peer().lies() || !f.liar.idle() {
			c.lookLiar(n)
		}
		c.lookHarness(n)
		if f.raised != (raised{}) {
			c.lookLine(n)
			c.lookDeadHolder(n)
		}
	}
}

// turn is called when a daemon's loop goes round.
func (c *checks) turn(n *node) {
	if f := &c.node[n.id]; n.d.line.job.kind == idle && f.uplink.keeps|f.keeps.since == 0 {
		return // no line is up, and none was
	}
	c.uplinkTick(n)
	c.keepsTick(n)
}

// event is called before an event reaches the decision of a node.
func (c *checks) event(n *node, e scheduler.Event) {
	c.ordersIn(n, e)
	switch e := e.(type) {
	case scheduler.Lines:
		c.linesSeen(n, e)
	case scheduler.Uplink:
		c.uplinkSeen(n, e)
	case scheduler.HoldEnded:
		c.holdEnded(n, e)
		c.pullEnds(n, e)
	case *scheduler.Received:
		if l := &e.Letter; c.bound(n, l) {
			c.hears(n, l)
		} else {
			c.hearsLate(n, l)
			if f := &c.node[n.id]; l.Boot != f.shotBoot {
				f.newBoot = c.w.now
			}
		}
	case scheduler.Board:
		c.node[n.id].board = true
	case scheduler.Probed:
		if f := &c.node[n.id]; e.OK {
			f.probedAt, f.vipSeen = c.w.now, e.VIP
		}
	case scheduler.VIPDone:
		c.claimed(n, e)
	case scheduler.VIPContested:
		c.contested(n, e)
	case scheduler.Slept:
		c.slept(n, e)
	case scheduler.Command:
		c.commanded(n, e)
	}
}

// action is called when an action other than Persist is about to be done.
func (c *checks) action(n *node, a scheduler.Action) {
	switch a := a.(type) {
	case scheduler.Send:
		c.letter(n, &a.Letter)
	case scheduler.Containers:
		c.node[n.id].grounds.level = a.Level
	case scheduler.Pulse:
		c.pulsed(n)
	case scheduler.Lower:
		c.lowers(n, a)
	case scheduler.DropVIP:
		c.drops(n)
	case scheduler.Disarm:
		c.deaf(n)
	case scheduler.Answer:
		c.answered(n, a)
	case scheduler.Hold:
		c.raises(n, "hold")
		c.pullsAgain(n, a.ID)
		c.holdBegins(n)
		c.shootsBack(n)
		c.holdAgainst(n)
		c.node[n.id].grounds.holdFrom = c.w.now
	case scheduler.Contest:
		c.raises(n, "contest")
		c.contests(n)
	case scheduler.Reboot:
		c.goesDown(n, a)
	case scheduler.Note:
		c.noted(n, a)
	}
}

func (c *checks) daemonStarts(n *node) {
	f := &c.node[n.id]
	if f.fenced.firstStart == 0 {
		f.fenced.firstStart = c.w.now
	}
	f.grounds.noted, f.pulls, f.knew = "", pulls{}, nil
	c.session[n.id] = n.d.session
	f.planned.going = false
	clear(f.asked)
	f.uplink = uplinkFacts{}
	f.care = care{started: c.w.now, ordered: f.care.ordered}
	f.sent, f.heard, f.echoed, f.echoOf, f.under, f.low = [keepsLetter]sent{}, scheduler.State{}, 0, 0, 0, 0
	f.spoke, f.knows, f.board, f.blind, f.blank = 0, 0, false, 0, 0
	f.liar, f.failback, f.orders = liar{}, failback{}, orders{standby: n.disk.Standby}
}

func (c *checks) daemonEnds(n *node) { clear(c.node[n.id].asked) }

// powerCut is called before a node loses its power.
func (c *checks) powerCut(n *node, why board.Reason) {
	c.node[n.id].off = why
	if why == board.ReasonExtin {
		c.cutIsFair(n)
		c.cutAsVictim(n)
		c.node[n.id].fenced.cut = true
		c.node[n.id].cutAt, c.node[n.id].cutByLine = c.w.now, n.peer().out() && c.wiresGood()
	}
}
