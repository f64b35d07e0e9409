package scheduler

import (
	"slices"
	"time"
)

// memory is what the machine keeps to undo a Step whose Persist failed.
type memory struct {
	before *Machine // as it was before the last Step; its own before is nil
	event  Event    // of that Step
	down   bool     // the last attempt to write failed
	tried  Instant  // when
	trying bool     // this Step tries again
	left   bool     // while it refuses: what is on it says that the peer left
	deaf   bool     // while it refuses: what is on it says that the peer cannot be fenced
	sure   bool     // see Trust
}

// diskRetry is how long a disk that refused is left alone.
const diskRetry = 5 * time.Second

// remember keeps what is needed to undo this Step, and takes the absence of a
// PersistFailed for the success of the last one.
func (m *Machine) remember(e Event) {
	w := &m.writing
	if w.trying {
		w.trying, w.down = false, false
		m.note(Info, CodeStateDisk, "wrote its state again", "")
	}
	if w.sure {
		w.before, w.event = nil, nil
	} else {
		w.keep(m, e)
	}
	if w.down && isTick(e) && m.retriesDisk() {
		w.trying, m.dirty = true, true
	}
}

func isTick(e Event) bool {
	// Not exhaustive: no other event is one.
	//exhaustive:ignore
	switch e.(type) {
	case Tick, *Tick:
		return true
	}
	return false
}

// retriesDisk says that a disk that refused is tried again.
func (m *Machine) retriesDisk() bool {
	pause := diskRetry
	if m.extin.gone {
		pause = diskRetry / 10 // the note that it was fenced has a second or two left
	}
	return m.passed(m.writing.tried, pause)
}

// keep copies the machine as it is before a Step.
func (w *memory) keep(m *Machine, e Event) {
	if w.before == nil {
		w.before = new(Machine)
	}
	b := w.before
	*b = *m
	b.writing.before, b.writing.event = nil, nil
	b.line = m.line.clone()
	w.event = e
}

// Trust says whether a Persist of the next Step is sure to be written, so that
// nothing need be kept to undo it. It is for tools that make the disk's faults
// themselves; nobody else can know.
func (m *Machine) Trust(disk bool) { m.writing.sure = disk }

// mayWrite says whether a change goes to disk now. While the disk refuses, only
// an attempt every few seconds is made, so that what needs no disk (lowering a
// line, dropping the VIP) is never lost with a batch that could not be written.
func (m *Machine) mayWrite() bool { return !m.writing.down || m.writing.trying }

// persistFailed undoes the Step whose batch was dropped and takes its event
// again, now knowing that nothing can be written: whatever needs the disk is
// left undone, and all the rest is done.
func (m *Machine) persistFailed(why string) {
	before, event, first := m.writing.before, m.writing.event, !m.writing.down
	now, wall := m.now, m.wall
	if before == nil {
		return
	}
	out := m.out
	*m = *before
	m.out, m.now, m.wall = out, now, wall
	left, deaf := m.writing.left, m.writing.deaf
	if first {
		left, deaf = m.peerLeft(), m.disk.PeerUnarmed
	}
	m.writing = memory{before: before, event: event, down: true, tried: now, left: left, deaf: deaf, sure: m.writing.sure}
	if first {
		m.note(Critical, CodeStateDisk, "could not write its state, because "+why, "df /var/lib/futago; sudo futago status")
	}
	if event != nil {
		m.absorb(event)
		m.wall = wall // a tick that is taken again reads the clock of before
	}
}

// clone copies what a Step changes in place.
func (l *line) clone() line {
	c := *l
	if l.shot != nil {
		s := *l.shot
		c.shot = &s
	}
	if l.contest != nil {
		r := *l.contest
		c.contest = &r
	}
	if l.pulse != nil {
		p := *l.pulse
		c.pulse = &p
	}
	return c
}

// clone copies the parts of the state that share memory.
func (d Disk) clone() Disk {
	d.PeerBoots = slices.Clone(d.PeerBoots)
	d.Fences = slices.Clone(d.Fences)
	return d
}
