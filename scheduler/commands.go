package scheduler

import (
	"slices"
	"time"
)

// cmds is the operators' commands that are under way between the nodes.
type cmds struct {
	ask      *Request // given here for the peer
	askTo    uint64   // the session that it is for: another one of the peer must not obey it again
	askCmd   uint64
	askAt    Instant
	askUntil Instant

	session  uint64 // of the peer whose request was answered last
	answered uint64 // its number
	doing    uint64 // the peer's request that is being carried out
	doingFor openCommand
	reply    *Reply
	replyTil Instant

	markCmd   uint64 // changed the mark of maintenance, and the peer's word is awaited
	markUntil Instant

	open []openCommand // given here and not answered yet
}

type openCommand struct {
	id    uint64
	since Instant
	by    string // who gave it, empty where nobody is told of
	words string // as a person gives it
}

// remote is the command number under which the peer's request is carried out
// here: its answer goes into a letter instead of to the socket.
const remote = ^uint64(0)

// command takes an operator's word given on this node.
func (m *Machine) command(c Command) {
	m.cmds.open = append(slices.Clone(m.cmds.open), openCommand{c.ID, m.now, c.By, m.told(c)})
	if c.Node != "" && c.Node != m.cfg.Self && c.Node != m.cfg.Peer {
		m.answer(c.ID, false, "There is no node "+c.Node+"; the nodes are "+m.cfg.Self+" and "+m.cfg.Peer+".")
		return
	}
	if m.forPeer(c) {
		m.forward(c)
		return
	}
	m.obey(c)
}

// forPeer says whether a command must be carried out by the other node.
func (m *Machine) forPeer(c Command) bool {
	if c.Node != m.cfg.Peer {
		return false
	}
	switch c.Verb {
	case VerbStandby, VerbUnstandby, VerbReboot:
		return true
	case VerbFence, VerbWake, VerbConfirmOff, VerbMove, VerbMaintenance, VerbFenceTest, VerbClear:
	}
	return false
}

func (m *Machine) forward(c Command) {
	switch {
	case !m.mutual():
		m.answer(c.ID, false, m.cfg.Peer+" is not heard; give the command there, or see futago status.")
	case m.cmds.ask != nil:
		m.answer(c.ID, false, "Another command for "+m.cfg.Peer+" is under way; try again in a moment.")
	default:
		limit := requestLimit
		if c.Verb == VerbReboot {
			limit += offerLimit
		}
		m.ask(&Request{ID: m.id(), Verb: c.Verb, Node: c.Node, Now: c.Now, By: c.By}, c.ID, limit)
	}
}

// ask has the peer's daemon of now carry out a request, and answers cmd with its
// answer.
func (m *Machine) ask(r *Request, cmd uint64, limit time.Duration) {
	c := &m.cmds
	c.ask, c.askTo, c.askCmd, c.askAt, c.askUntil = r, m.hear.session, cmd, m.now, m.now.Add(limit)
}

// obey carries a command out on this node.
func (m *Machine) obey(c Command) {
	if m.writing.down && c.Verb != VerbFence && c.Verb != VerbFenceTest && c.Verb != VerbWake {
		m.answer(c.ID, false, "The state of "+m.cfg.Self+" cannot be written; nothing was changed. See futago status.")
		return
	}
	switch c.Verb {
	case VerbStandby:
		m.standby(c.ID)
	case VerbUnstandby:
		m.disk.Standby = false
		m.save()
		m.answer(c.ID, true, m.cfg.Self+" is no longer on standby.")
	case VerbMaintenance:
		m.setMaintenance(c)
	case VerbMove:
		m.move(c)
	case VerbReboot:
		m.rebootByHand(c)
	case VerbFence:
		m.fenceByHand(c)
	case VerbFenceTest:
		m.testByHand(c.ID)
	case VerbWake:
		m.wakeByHand(c)
	case VerbConfirmOff:
		m.confirmOff(c)
	case VerbClear:
		m.clear(c.ID)
	default:
		m.answer(c.ID, false, "Unknown command "+string(c.Verb)+".")
	}
}

// standby marks this node as not to serve, and hands the service over where it
// can; with no peer to take it, the service stops here, as the operator said.
func (m *Machine) standby(cmd uint64) {
	m.disk.Standby = true
	m.save()
	switch {
	case m.own == 0:
		m.answer(cmd, true, m.cfg.Self+" is on standby.")
	case m.mutual() && m.hear.met && m.hear.state.Ready:
		m.offer(m.cfg.Self+" was set to standby", cmd)
	default:
		m.forfeit("an operator set it to standby and " + m.whyPeerCannot())
		m.answer(cmd, true, m.cfg.Self+" is on standby and stopped the service: "+m.whyPeerCannot()+".")
	}
}

// move hands the service to the node named, or to the other one.
func (m *Machine) move(c Command) {
	peer := &m.hear.state
	switch {
	case m.own != 0 && c.Node == m.cfg.Self, m.own == 0 && m.hear.bound && peer.Own != 0 && c.Node == m.cfg.Peer:
		m.answer(c.ID, true, c.Node+" has the service already.")
	case !m.mutual() || !m.hear.met:
		m.answer(c.ID, false, m.cfg.Peer+" is not heard; nothing was moved.")
	case m.own != 0 && !peer.Ready:
		m.answer(c.ID, false, m.whyPeerCannot()+"; nothing was moved.")
	case m.own != 0 && (m.give.leading != 0 || m.going.kind != Staying || m.line.busy()):
		m.answer(c.ID, false, "The service or a fence is on its way already; see futago status.")
	case m.own != 0:
		m.give.parked = m.cfg.Preferred
		m.offer("an operator moved the service", c.ID)
	case peer.Own == 0:
		m.answer(c.ID, false, "No node has the service; see futago status.")
	case m.whyNotReady() != "":
		m.answer(c.ID, false, m.cfg.Self+" is not ready ("+m.whyNotReadyText()+"); nothing was moved.")
	case m.seek.term != 0:
		m.answer(c.ID, false, "The service is on its way already; see futago status.")
	default:
		m.seekTerm(peer.Own, "an operator moved the service", c.ID)
	}
}

// rebootByHand is a planned reboot at an operator's word.
func (m *Machine) rebootByHand(c Command) {
	if _, why := m.whyNotTogether(); why != "" {
		m.answer(c.ID, false, "Not rebooted: "+why+".")
		return
	}
	// The peer's own order may be in its first letter after a loss, which is not over yet then.
	if peer := &m.hear.state; m.own == 0 && m.hear.bound && !peer.Healthy && !c.Now {
		m.answer(c.ID, false, "Not rebooted: "+m.cfg.Peer+" does not serve, and "+m.cfg.Self+" may be needed; with --now it reboots all the same.")
		return
	}
	if m.uptime() < m.cfg.MinUptime && !c.Now {
		m.answer(c.ID, false, "Not rebooted: "+m.uptimeText()+"; with --now it reboots all the same.")
		return
	}
	m.depart(going{kind: Rebooting, cmd: c.ID, planned: true})
}

func (m *Machine) fenceByHand(c Command) {
	switch {
	case c.Node != m.cfg.Peer:
		m.answer(c.ID, false, "A node cannot fence itself; name "+m.cfg.Peer+", or give the command there.")
	case !m.up.good():
		m.answer(c.ID, false, m.cfg.Self+" has no uplink ("+uplinkText(m.up.lacks())+") and must not fence.")
	case m.board.failSince != 0 || !m.board.seen || !m.board.facts.OK:
		m.answer(c.ID, false, "The power board of "+m.cfg.Self+" does not answer.")
	case !m.fire(shotOperator, c.ID, c.Off):
		m.answer(c.ID, false, "A fence line is in use; try again in a few seconds.")
	}
}

// testByHand tests this node's line now. What the peer asks for is done as soon
// as it can be.
func (m *Machine) testByHand(cmd uint64) {
	if cmd == remote {
		m.test.next = m.now
		m.answer(cmd, true, m.cfg.Self+" tests its line.")
		return
	}
	if m.test.id != 0 || m.whyNoTest() != "" {
		why := m.whyNoTest()
		if m.test.id != 0 {
			why = "a test is under way"
		}
		m.answer(cmd, false, "Not tested: "+why+".")
		return
	}
	m.test.next, m.test.cmd = m.now, cmd
}

// testPeerToo has the peer test its own line after an operator's test of this
// node's, so that one command looks at both.
func (m *Machine) testPeerToo() {
	if m.cmds.ask != nil || !m.mutual() {
		return
	}
	m.ask(&Request{ID: m.id(), Verb: VerbFenceTest}, 0, requestLimit)
}

func (m *Machine) wakeByHand(c Command) {
	switch {
	case c.Node != m.cfg.Peer:
		m.answer(c.ID, false, "A node wakes the other one: futago wake "+m.cfg.Peer+".")
	case m.heard():
		m.answer(c.ID, true, m.cfg.Peer+" is awake.")
	case m.line.busy() || m.now < m.line.free || m.extin.high:
		m.answer(c.ID, false, "A fence line is in use; try again in a few seconds.")
	default:
		wasOff := m.disk.PeerOff
		m.disk.PeerOff = false
		m.save()
		m.pulse()
		if wasOff && !m.wake.on {
			// Until it is heard: a board takes no pulse while its Pi still shuts down.
			m.wake = wake{on: true, at: m.now.Add(bootTime), tries: 1}
		}
		m.answer(c.ID, true, "Pulsed EXTOUT to wake "+m.cfg.Peer+".")
	}
}

// confirmOff takes an operator's explicit word that the peer has no power.
func (m *Machine) confirmOff(c Command) {
	switch {
	case c.Node != m.cfg.Peer:
		m.answer(c.ID, false, "Confirm the other node: futago confirm off "+m.cfg.Peer+".")
	case m.heard() || m.now.Since(m.hear.wordAt) < staleAfter:
		m.answer(c.ID, false, m.cfg.Peer+" is heard, so it is not off.")
	case m.own != 0:
		m.answer(c.ID, true, m.cfg.Self+" serves already.")
	default:
		m.disk.Fenced, m.disk.PeerOff = "", true // hands may be at it: neither hold nor pulse
		m.save()
		if m.whyNotReady() != "" {
			m.answer(c.ID, false, m.cfg.Self+" cannot serve ("+m.whyNotReadyText()+").")
			return
		}
		m.lower("an operator confirmed that " + m.cfg.Peer + " is off")
		m.take(GroundOperator)
		m.answer(c.ID, true, m.cfg.Self+" takes over.")
	}
}

// clear forgets failures, so that what waits for their end goes on now.
func (m *Machine) clear(cmd uint64) {
	m.group.failedUntil, m.group.failedAt = 0, 0
	m.vip.failedAt, m.vip.strangeUntil = 0, 0
	m.seek.after = 0
	m.fence.retryAt, m.fence.tries, m.fence.triedAt = 0, 0, 0
	m.liar.tried = false
	m.give.parked = false
	m.disk.Fences = nil
	if m.wake.quiet {
		m.wake = wake{on: m.wake.on, at: m.now} // the quarantine is over
	}
	m.save()
	m.answer(cmd, true, "Cleared the failures that "+m.cfg.Self+" remembered.")
}

// answer ends a command, given here or by the peer.
func (m *Machine) answer(cmd uint64, ok bool, text string) {
	switch {
	case cmd == 0:
	case cmd == remote:
		m.noteRefusal(m.cmds.doingFor, ok, text)
		m.cmds.reply = &Reply{ID: m.cmds.doing, OK: ok, Text: text}
		m.cmds.replyTil = m.now.Add(requestLimit)
		m.cmds.doing = 0
		m.letter.at = 0 // now
	default:
		is := func(o openCommand) bool { return o.id == cmd }
		if i := slices.IndexFunc(m.cmds.open, is); i >= 0 {
			m.noteRefusal(m.cmds.open[i], ok, text)
			m.cmds.open = slices.DeleteFunc(slices.Clone(m.cmds.open), is)
			m.do(Answer{ID: cmd, OK: ok, Text: text})
		}
	}
}

// requested takes the peer's request out of its letter, each only once.
func (m *Machine) requested(l *Letter) {
	r := l.Request
	c := &m.cmds
	if r == nil || c.session == l.Session && c.answered >= r.ID {
		return
	}
	if c.doing != 0 {
		return
	}
	c.session, c.answered, c.doing = l.Session, r.ID, r.ID
	c.reply = nil // it was for the one before, which may have had the same number in another session
	order := Command{ID: remote, Verb: r.Verb, Node: r.Node, Now: r.Now, By: r.By}
	c.doingFor = openCommand{remote, m.now, r.By, m.told(order)}
	m.obey(order)
}

// replied takes the peer's answer.
func (m *Machine) replied(r *Reply) {
	if c := &m.cmds; r != nil && c.ask != nil && c.ask.ID == r.ID {
		m.endAsk(r.OK, r.Text)
	}
}

func (m *Machine) endAsk(ok bool, text string) {
	m.answer(m.cmds.askCmd, ok, text)
	m.cmds.ask = nil
}

// askedAnother ends a command whose receiver is no more: the session that came
// after it does not know whether it was obeyed, and must not obey it again.
func (m *Machine) askedAnother(rebooted bool) {
	switch c := &m.cmds; {
	case c.ask == nil:
	case c.ask.Verb == VerbReboot && rebooted:
		m.endAsk(true, m.cfg.Peer+" rebooted.")
	default:
		m.endAsk(false, "The daemon of "+m.cfg.Peer+" began anew before it answered; see futago status.")
	}
}

// ruleCommands ends what nobody answers: no command waits for ever.
func (m *Machine) ruleCommands() {
	c := &m.cmds
	if c.ask != nil && m.reached(c.askUntil) {
		m.endAsk(false, m.cfg.Peer+" did not answer within "+seconds(m.now.Since(c.askAt))+".")
	}
	if c.reply != nil && m.reached(c.replyTil) {
		c.reply = nil
	}
	for _, o := range c.open {
		if m.passed(o.since, 2*offerLimit) {
			m.answer(o.id, false, "This takes longer than it should; see futago status.")
		}
	}
}
