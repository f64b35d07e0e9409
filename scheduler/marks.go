package scheduler

import "time"

// Marks are what operators set and what lasts through reboots: standby, which
// is one node's and only written there, and maintenance, which is the pair's.
//
// Maintenance is on both disks, and either node may change it, also while the
// two do not hear each other. Each change takes a greater number, odd ones on
// the first node and even ones on the second, so no two changes have the same;
// whoever hears a greater number than its own takes that mark over. So both end
// up with the same mark, whatever was said where, and nobody need ask.

// setMaintenance changes the pair's mark, here and through the letters there.
func (m *Machine) setMaintenance(c Command) {
	d := &m.disk
	d.Maint, d.MaintUntil = c.On, time.Time{}
	if c.On && c.For > 0 {
		d.MaintUntil = m.wall.Add(c.For + time.Second - 1).Truncate(time.Second).UTC()
	}
	d.MaintMark = max(d.MaintMark, m.hear.state.MaintMark) + 1
	if !m.mine(d.MaintMark) {
		d.MaintMark++
	}
	m.save()
	m.answer(m.cmds.markCmd, false, overtaken)
	m.cmds.markCmd, m.cmds.markUntil = c.ID, m.now.Add(requestLimit)
}

// ruleMaintenance answers once the other node has the mark, or when that takes
// too long, and ends maintenance in time.
func (m *Machine) ruleMaintenance() {
	d, c := &m.disk, &m.cmds
	if d.Maint && !m.maintenance() {
		d.Maint, d.MaintUntil = false, time.Time{}
		m.save()
		m.note(Info, CodeMaintenance, "ended maintenance, because its time is over", "")
		m.answer(c.markCmd, false, "Maintenance is over: its time was up before "+m.cfg.Peer+" took it over.")
		c.markCmd = 0
	}
	if c.markCmd != 0 {
		switch {
		case m.mutual() && m.hear.state.MaintMark == d.MaintMark && m.hear.state.Maint == d.Maint:
			m.marked("both nodes.")
		case m.mutual() && m.hear.state.MaintMark == d.MaintMark:
			m.marked(m.cfg.Self + "; by the clock of " + m.cfg.Peer + " its time is over. Set the clocks right.")
		case !m.mutual():
			m.marked(m.cfg.Self + "; " + m.cfg.Peer + " is not heard and takes it over when it is, unless it was changed there, too.")
		case m.reached(c.markUntil):
			m.marked(m.cfg.Self + "; " + m.cfg.Peer + " did not say yet that it took it over.")
		}
	}
}

func (m *Machine) marked(where string) {
	m.answer(m.cmds.markCmd, true, "Maintenance is "+onOff(m.disk.Maint)+" on "+where)
	m.cmds.markCmd = 0
}

// hearMark takes over a mark that is newer than the own one.
func (m *Machine) hearMark(s *State) {
	d := &m.disk
	if s.MaintMark <= d.MaintMark || m.writing.down {
		return // what cannot be written down must not be said
	}
	if s.Maint != d.Maint {
		m.note(Info, CodeMaintenance, "took over from "+m.cfg.Peer+" that maintenance is "+onOff(s.Maint), "")
	}
	d.MaintMark, d.Maint, d.MaintUntil = s.MaintMark, s.Maint, s.MaintUntil
	m.save()
	m.answer(m.cmds.markCmd, false, overtaken)
	m.cmds.markCmd = 0
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// maintenance says that the pair keeps its hands off: nothing is started,
// stopped, moved or fenced by itself.
func (m *Machine) maintenance() bool {
	return m.disk.Maint && (m.disk.MaintUntil.IsZero() || !m.wallPassed(m.disk.MaintUntil))
}

func (m *Machine) waitMaintenance() Wait {
	w := Wait{Code: CodeMaintenance, For: "the end of maintenance", Why: "an operator said so", Do: "sudo futago maintenance off"}
	if until := m.disk.MaintUntil; !until.IsZero() {
		w.Until = m.now.Add(until.Sub(m.wall))
	}
	return w
}
