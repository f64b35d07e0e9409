package scheduler

import (
	"slices"
	"time"
)

// Boot is what distinguishes this life of the machine from all others.
type Boot struct {
	ID      string // the kernel's boot id
	Session uint64 // never zero, of no other start of any daemon, and greater than those before it in this boot
	Now     Instant
	Wall    time.Time
	Uptime  time.Duration // how long the kernel had run at Now
}

// Machine decides for one node. It is not safe for concurrent use: one loop
// owns it.
type Machine struct {
	cfg  Config
	boot Boot
	now  Instant
	wall time.Time

	disk    Disk
	dirty   bool
	late    uint64 // the term on disk, while one taken on a release waits for its VIP; 0: none waits
	writing memory // what a failed Persist goes back to
	out     []Action
	spare   []Action // see Recycle
	letters []*Send  // memory for the next ones, see Recycle
	next    Instant  // when a rule may answer otherwise
	sparing bool     // see Spare
	lastID  uint64

	own       uint64 // the term under which this node may serve; 0 is none
	ground    Ground
	ownSince  Instant
	forfeited uint64 // highest own term given up in this session without a release

	hear   hearing
	up     uplink
	board  boardFacts
	extin  extin
	line   line
	group  group
	vip    vip
	liar   liar
	start  start
	give   give
	seek   seek
	going  going
	test   wireTest
	wake   wake
	fence  fencing
	plan   planned
	cmds   cmds
	letter outbox
	notes  notes
}

// New returns a machine that has the given state on disk (zero if none was
// found) and knows nothing else yet: the caller reports Board, ContainersState,
// VIPState, Uplink and Link next, and then ticks.
func New(cfg Config, disk Disk, boot Boot) *Machine {
	m := &Machine{cfg: cfg, boot: boot, now: boot.Now, wall: boot.Wall.Round(0), disk: disk}
	m.start.at = boot.Now
	m.own = m.ownFromDisk()
	if m.own != 0 {
		m.ground, m.ownSince = GroundAdopted, boot.Now
	}
	if m.own != 0 && disk.Released >= m.own {
		// The daemon before this one was letting go. Whether it said so is not
		// known, so this one may only finish it.
		m.give = give{leading: m.own, before: disk.Released, since: boot.Now, why: "the daemon before this one had begun to"}
	}
	// Nothing of ours survives a boot; within one, or when the state was lost,
	// containers may have been left running.
	m.group.mayRun = disk.Boot == "" || disk.Boot == boot.ID
	m.test.next = boot.Now
	if disk.PeerBackBy != 0 && m.peerLeft() {
		m.going.peerBackBy = max(boot.Now.Add(disk.PeerBackBy-boot.Uptime), boot.Now, 1)
	}
	if !disk.Hold.At.IsZero() && !disk.PeerOff {
		// The daemon before this one cut the peer and had no receipt yet.
		m.wake = wake{on: true, at: boot.Now.Add(betweenHolds)}
	}
	return m
}

// Step lets one event happen at the given time and returns what must be done.
// Time never runs backwards; an earlier now is taken as the last one.
func (m *Machine) Step(now Instant, e Event) []Action {
	if now > m.now {
		m.wall = m.wall.Add(now.Since(m.now))
		m.now = now
	}
	m.out, m.spare = m.spare, nil
	if m.sparing && m.now < m.due() && m.nothingNew(e) {
		m.absorb(e)
		m.repeat()
		return m.out
	}
	if f, failed := e.(PersistFailed); failed {
		m.persistFailed(f.Why)
	} else {
		m.remember(e)
		m.absorb(e)
	}
	m.decide()
	return m.batch()
}

// Recycle gives back what Step returned, for the next Step to write into. Only
// who has carried it all out and kept none of it may call this, and nobody must.
// From then on a Step may return a pointer to a [Send] instead of one.
func (m *Machine) Recycle(done []Action) {
	m.spare = done[:0]
	for _, a := range done {
		// Not exhaustive: the others are small.
		//exhaustive:ignore
		switch a := a.(type) {
		case *Send:
			m.letters = append(m.letters, a)
		case Send:
			m.letters = append(m.letters, new(Send))
		}
	}
	clear(done)
}

// decide asks every rule once, in the order that the package documentation
// gives. A rule reads what is known and orders what follows; it is asked again
// at the next event, so it need not finish anything by itself.
func (m *Machine) decide() {
	m.next = m.now.Add(forever)
	m.hear.silence, m.hear.deafness, m.hear.unechoed = asked{shortest: forever}, asked{shortest: forever}, asked{shortest: forever}
	m.ruleHearing()
	m.ruleArm()
	m.ruleExtin()
	m.ruleShot()
	m.ruleDeparture()
	m.ruleMeeting()
	m.ruleUnusedVerdict()
	m.ruleStart()
	m.ruleTakeover()
	m.ruleBlindPeer()
	m.ruleLiar()
	m.ruleGive()
	m.ruleSeek()
	m.rulePlanned()
	m.ruleGoing()
	m.ruleService()
	m.ruleLate()
	m.ruleWireTest()
	m.ruleWake()
	m.ruleMaintenance()
	m.ruleCommands()
	m.ruleWaits()
	m.soon()
	m.ruleLetter()
}

// batch returns the actions of this Step, Persist first when the state changed.
func (m *Machine) batch() []Action {
	if !m.dirty || !m.mayWrite() {
		return m.out
	}
	m.dirty, m.late = false, 0
	m.next = m.now // a rule may look at what is on disk
	m.disk.Boot = m.boot.ID
	return slices.Insert(m.out, 0, Action(Persist{Disk: m.disk.clone()}))
}

// do orders an action.
func (m *Machine) do(a Action) { m.out = append(m.out, a) }

// id returns a fresh number for an action whose end is reported.
func (m *Machine) id() uint64 {
	m.lastID++
	return m.lastID
}

// save marks the state as changed: it goes to disk before the other actions of
// this Step are done. An earlier rule may look at what changed.
func (m *Machine) save() { m.dirty, m.next = true, m.now }

// ownFromDisk is the term that the disk says is this node's: its own, taken in
// this boot, not given up, and released at most by a note whose end is not
// known (lead): New goes on with that.
func (m *Machine) ownFromDisk() uint64 {
	d := &m.disk
	if !m.mine(d.Term) || d.TermBoot != m.boot.ID || d.Released > d.Term || d.Fenced == m.boot.ID || m.forfeited >= d.Term {
		return 0
	}
	return d.Term
}

// mine says whether this node owns the term.
func (m *Machine) mine(term uint64) bool { return term != 0 && (term%2 == 1) == m.cfg.First }

// nextTerm is the smallest own term above all that are known.
func (m *Machine) nextTerm() uint64 {
	t := max(m.disk.Term, m.hear.state.Term) + 1
	if !m.mine(t) {
		t++
	}
	return t
}

// Ground is why a node may start to serve (S2).
type Ground string

// The grounds.
const (
	GroundNone     Ground = ""
	GroundMeeting  Ground = "meeting"  // both heard, and the meeting rule names this node
	GroundRelease  Ground = "release"  // the owner of the last term released it
	GroundReturned Ground = "returned" // the peer gave a release back
	GroundFence    Ground = "fence"    // the peer was cut, Confirmed
	GroundLeft     Ground = "left"     // the peer left and promised not to serve
	GroundOperator Ground = "operator" // an operator said that the peer is off
	GroundAdopted  Ground = "adopted"  // the daemon restarted under its own unreleased term
)

// take makes this node the owner of the next term. The caller has the ground.
func (m *Machine) take(g Ground) {
	if m.writing.down || m.mayStillBelieve(g) {
		return // what cannot be written down must not be done, nor what the peer may do, too
	}
	written := m.disk.Term
	m.disk.Term = m.nextTerm()
	m.disk.TermBoot = m.boot.ID
	if g == GroundRelease && m.seek.asked != 0 && !m.dirty {
		m.late = written
	} else {
		m.save()
	}
	m.own, m.ground, m.ownSince = m.disk.Term, g, m.now
	m.answer(m.give.cmd, false, "The service came back to "+m.cfg.Self+".")
	m.seek = seek{after: m.seek.after, cmd: m.seek.cmd}
	m.give = give{}
	m.vip.failedAt, m.vip.code, m.vip.why = 0, "", ""
	m.note(Info, CodeTake, "took term "+itoa(m.own)+", because "+m.groundText(g), "")
}

// ruleLate writes a term that was taken on a release once the VIP is up, or does
// not come up. Clients wait for the VIP, and nothing hangs on the note before:
// what it forbids, that the peer serves too, the peer's own disk forbids already
// by the release; and a daemon that finds a disk without it drops the VIP and
// takes the release anew. Until it is written the letters do not say it.
func (m *Machine) ruleLate() {
	if m.late != 0 && m.mayWrite() && (m.vip.held || m.passed(m.ownSince, time.Second)) {
		m.late = 0
		m.save()
	}
}

// forfeit gives the own term up without releasing it to anyone.
func (m *Machine) forfeit(why string) {
	if m.own == 0 && m.disk.TermBoot == "" {
		return
	}
	if m.own != 0 {
		m.note(Warning, CodeForfeit, "gave up term "+itoa(m.own)+", because "+why, "futago status")
	}
	m.keepTerm()
	parked := m.give.parked && m.own == 0 // a move that was under way came to nothing
	m.forfeited = max(m.forfeited, m.own)
	m.own, m.ground = 0, GroundNone
	m.disk.TermBoot = ""
	m.answer(m.give.cmd, false, m.cfg.Self+" gave the service up, because "+why+".")
	m.give = give{parked: parked}
	m.save()
}

// release gives the own term to the peer. Nothing exclusive runs here any more,
// and the disk has it since lead.
func (m *Machine) release() {
	m.note(Info, CodeRelease, "released term "+itoa(m.own)+" to "+m.cfg.Peer+", because "+m.give.why, "")
	m.give.passed, m.give.passedAt = m.own, m.now
	m.own, m.ground = 0, GroundNone
	m.give.leading, m.give.why, m.give.offered, m.give.stopFail = 0, "", false, 0
	m.disk.TermBoot = "" // Goes to disk with the next change: a daemon that does not find it releases once more.
}
