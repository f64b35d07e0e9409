package scheduler

import (
	"time"

	"github.com/futago-ha/futago/scheduler/calendar"
)

// Outcome is what became of a planned reboot.
type Outcome struct {
	At     time.Time `json:"a,omitzero"`  // the planned time, UTC; of one by hand, when it began
	Result Result    `json:"r,omitempty"` // empty: there was none
	Code   string    `json:"c,omitempty"` // of why, for what did not happen
	Why    string    `json:"w,omitempty"` // in words
}

// Result is how far a planned reboot came.
type Result string

// The results of a planned reboot.
const (
	RebootDue     Result = "due"     // its time has come, and it is being looked whether it may be
	RebootStarted Result = "started" // the node goes down
	RebootDone    Result = "done"    // it came back and met the other node
	RebootSkipped Result = "skipped"
	RebootFailed  Result = "failed" // the machine did not go down
)

// Why a reboot was skipped, where it is not the code of something else: in an
// Outcome only.
const (
	SkipClock  = "CLOCK_NOT_SYNCHRONISED"
	SkipMissed = "TIME_MISSED"
	SkipUptime = "UPTIME_SHORT"
)

// planned is the calendar of this node's reboots.
type planned struct {
	readAt Instant   // when the wall clock was read last
	synced bool      // and was synchronised then
	due    time.Time // the next time, zero while it is to be found
	opened Instant   // since when the time that has come is looked at
	back   bool      // this session is the one after a planned reboot
}

// The calendar's own times.
const (
	clockStep    = 2 * time.Second // the wall clock jumped; less is the clock being slewed, or a late tick
	stillOnTime  = time.Minute     // later than this a time was missed
	mayStillGo   = time.Minute     // what stands in the way of a reboot is given this long to go away
	wrongClock   = 48 * time.Hour  // a time that fired so far in the future was fired by a wrong clock
	mustBeDownBy = 3 * time.Minute
)

// readClock takes the wall clock of a tick. The next time is found anew where
// the clock was set: what it jumped over is missed, not late.
func (m *Machine) readClock(e *Tick) {
	if e.Wall.IsZero() {
		return
	}
	if e.Synced == m.plan.synced && e.Wall.Equal(m.wall) {
		m.plan.readAt = m.now
		return // it runs exactly as expected: time is simulated
	}
	wall := e.Wall.Round(0)                  // a monotonic reading in it would hide a step
	drift := m.now.Since(m.plan.readAt) / 20 // two clocks, each within A4, and to spare
	if jump := wall.Sub(m.wall).Abs(); jump > clockStep+drift || e.Synced && !m.plan.synced {
		if e.Synced && m.plan.synced {
			m.setPast(wall)
		}
		m.plan.due = time.Time{}
	}
	m.wall, m.plan.synced, m.plan.readAt = wall, e.Synced, m.now
}

// setPast says that a clock which was right was set past a time. Of one that was
// not, as at each boot of a machine without a clock of its own, nothing is said.
func (m *Machine) setPast(wall time.Time) {
	due, last := m.plan.due, m.disk.Reboot.Result
	if due.IsZero() || due.After(wall) || !due.After(m.wall) || last == RebootDue || last == RebootStarted {
		return
	}
	m.skipReboot(due, SkipMissed, "its clock was set past that time, and a missed time is not made up")
}

// rulePlanned is this node's calendar: when a time has come it fires once, on
// disk before anything else; then the node goes, or says why it does not.
func (m *Machine) rulePlanned() {
	m.backFromReboot()
	m.dueNow()
	m.decideDue()
}

// dueNow finds out whether a time has come. Each fires at most once, whatever
// the clock and the daemon do: the next is looked for above the last fired.
func (m *Machine) dueNow() {
	p := &m.plan
	if m.cfg.Calendar == nil {
		return
	}
	if p.due.IsZero() {
		p.due, _ = m.cfg.Calendar.Next(m.afterLast())
	}
	if p.due.IsZero() || !m.wallPassed(p.due) || m.disk.Reboot.Result == RebootDue {
		return
	}
	if p.readAt != m.now {
		m.next = m.now
		return // what the clock says now, perhaps after a sleep, comes with the next tick
	}
	due := p.due
	p.due, _ = m.cfg.Calendar.Next(m.wall)
	switch {
	case !p.synced:
		m.skipReboot(due, SkipClock, "its clock is not synchronised")
	case m.writing.down:
		m.skipReboot(due, CodeStateDisk, "it cannot write its state")
	case m.going.kind != Staying:
		m.skipReboot(due, CodeLeaving, "it was on its way out already")
	case m.wall.Sub(due) > stillOnTime:
		m.skipReboot(due, SkipMissed, "it did not run at that time, and a missed time is not made up")
	default:
		m.disk.RebootFired = due.UTC()
		m.disk.Reboot = Outcome{At: due.UTC(), Result: RebootDue}
		p.opened = m.now
		m.save()
	}
}

// recalendar takes over the calendar of a file that was read again. A changed one
// counts from now on. Of one that is as it was the next time stays, which may have
// come since the last tick: looked for anew it would be over.
func (m *Machine) recalendar(c *calendar.Calendar) {
	if !c.Equal(m.cfg.Calendar) {
		m.plan.due = time.Time{}
	}
	m.cfg.Calendar = c
}

// afterLast is where the look for the next time begins.
func (m *Machine) afterLast() time.Time {
	last := m.disk.RebootFired
	if ahead := last.Sub(m.wall); ahead > 0 && ahead <= wrongClock {
		return last
	}
	return m.wall
}

// decideDue lets the node go once everything is well, within a minute.
func (m *Machine) decideDue() {
	r := m.disk.Reboot
	if r.Result != RebootDue || m.going.kind != Staying {
		return
	}
	code, why := m.whyNoPlannedReboot()
	switch {
	case m.plan.opened == 0:
		m.skipReboot(r.At, CodeStarting, "its daemon was started just then")
	case code == "":
		m.depart(going{kind: Rebooting, planned: true, due: r.At})
	case m.passed(m.plan.opened, mayStillGo):
		m.skipReboot(r.At, code, why)
	}
}

// skipReboot writes down and says that a planned time passed without a reboot.
func (m *Machine) skipReboot(at time.Time, code, why string) {
	m.disk.Reboot = Outcome{At: at.UTC(), Result: RebootSkipped, Code: code, Why: why}
	m.save()
	m.note(Warning, CodeRebootSkipped, "did not reboot as planned, because "+why, "futago schedule")
}

// whyNoPlannedReboot is why the calendar must not reboot this node now.
func (m *Machine) whyNoPlannedReboot() (code, why string) {
	peer := &m.hear.state
	switch {
	case m.maintenance():
		return CodeMaintenance, "maintenance is on"
	case m.disk.Standby:
		return CodeStandby, "an operator set it to standby"
	case !m.reached(m.boot.Now.Add(m.cfg.MinUptime - m.boot.Uptime)):
		return SkipUptime, m.uptimeText()
	case !m.mutual() || !m.hear.met:
		return CodePeerLost, m.cfg.Peer + " is not heard"
	}
	if code, why := m.whyNotTogether(); code != "" {
		return code, why
	}
	switch {
	case m.line.busy() || m.extin.high || peer.Holding:
		return CodeHold, "a fence line is in use"
	case m.own != 0 && !peer.Ready, m.own == 0 && peer.Own != 0 && peer.NotReady != CodeServing:
		return orElse(peer.NotReady, CodePeerLost), m.whyPeerCannot()
	case m.own == 0 && (peer.Own == 0 || !peer.Healthy):
		return CodeNobodyReady, m.cfg.Peer + " does not serve"
	}
	return "", ""
}

// whyNotTogether keeps two nodes from rebooting into each other, and a node
// from going while the service is on its way to it or from it.
func (m *Machine) whyNotTogether() (code, why string) {
	peer := &m.hear.state
	switch {
	case !m.heard() && !m.reached(m.going.peerBackBy), m.heard() && peer.Leaving != Staying, m.mutual() && peer.NotReady == CodeLeaving:
		return CodePeerReboot, m.cfg.Peer + " is on its way out itself"
	case m.give.offered || m.give.leading != 0 || m.give.passedAt != 0 || m.seek.term != 0,
		m.mutual() && (peer.Leading != 0 || peer.Offer != 0 && m.own == 0):
		return CodeHandoff, "the service is on its way between the nodes"
	}
	return "", ""
}

// uptime is how long this node's kernel has run.
func (m *Machine) uptime() time.Duration { return m.boot.Uptime + m.now.Since(m.boot.Now) }

func (m *Machine) uptimeText() string {
	return "it was started less than " + seconds(m.cfg.MinUptime) + " ago"
}

// startReboot marks on disk that this node goes down as planned.
func (m *Machine) startReboot(at time.Time) {
	if at.IsZero() {
		at = m.wall.Truncate(time.Second)
	}
	m.disk.Reboot, m.disk.RebootBoot = Outcome{At: at.UTC(), Result: RebootStarted}, m.boot.ID
	m.save()
}

// backFromReboot ends a planned reboot: with another kernel that met the other
// node, or with the same one that should be gone.
func (m *Machine) backFromReboot() {
	r := &m.disk.Reboot
	if r.Result != RebootStarted || m.going.kind != Staying {
		return
	}
	switch sameBoot := m.disk.RebootBoot == m.boot.ID; {
	case !sameBoot && m.hear.met:
		r.Result, m.plan.back = RebootDone, true
		m.save()
		m.note(Info, CodeRebooted, "came back after its planned reboot", "")
	case sameBoot && m.passed(m.start.at, mustBeDownBy):
		r.Result, r.Code, r.Why = RebootFailed, CodeRebootFailed, "the machine did not go down"
		m.save()
		m.note(Warning, CodeRebootFailed, "was told to reboot as planned and did not go down, because something kept the machine from it",
			"systemd-inhibit --list; systemctl list-jobs; sudo futago reboot")
	}
}

// failbackDelay is how long the preferred node is well before it asks.
func (m *Machine) failbackDelay() time.Duration {
	if m.plan.back && m.cfg.RebootFailbackDelay != 0 {
		return m.cfg.RebootFailbackDelay
	}
	return m.cfg.FailbackDelay
}

func orElse(text, instead string) string {
	if text == "" {
		return instead
	}
	return text
}
