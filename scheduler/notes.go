package scheduler

import (
	"strconv"
	"time"
)

// notes keeps the journal from repeating itself.
type notes struct {
	lastCode string
	lastText string
	lastAt   Instant
	waits    []Wait
	spare    []Wait // memory for the next ones
}

// note orders a line for the journal. The text continues the node's name.
func (m *Machine) note(level NoteLevel, code, text, do string) {
	n := &m.notes
	if n.lastCode == code && n.lastText == text && !m.passed(n.lastAt, time.Minute) {
		return
	}
	n.lastCode, n.lastText, n.lastAt = code, text, m.now
	if level == Info {
		do = ""
	}
	m.do(Note{Level: level, Code: code, Text: m.cfg.Self + " " + text, Do: do})
}

func (m *Machine) groundText(g Ground) string {
	switch g {
	case GroundMeeting:
		return "both nodes met and nobody served under a higher term"
	case GroundRelease:
		return m.cfg.Peer + " released its term"
	case GroundReturned:
		return m.cfg.Peer + " gave the release back"
	case GroundFence:
		return m.cfg.Peer + " was fenced"
	case GroundLeft:
		return m.cfg.Peer + " had left and promised not to serve"
	case GroundOperator:
		return "an operator confirmed that " + m.cfg.Peer + " is off"
	case GroundAdopted, GroundNone:
	}
	return "it held it before its daemon restarted"
}

func (m *Machine) shotText(s *shot) string {
	switch s.why {
	case shotSilence:
		if s.deaf {
			return m.cfg.Peer + " does not hear " + m.cfg.Self + " and does not say that it serves with an uplink"
		}
		return m.cfg.Peer + " was not heard for " + seconds(s.silence) + " and the own uplink is good"
	case shotStart:
		return m.cfg.Peer + " did not come within the wait at start"
	case shotSilentPeer:
		return m.cfg.Peer + " was silent for " + seconds(s.silence) + " while " + m.cfg.Self + " serves"
	case shotFailedStop:
		if s.term == 0 {
			return m.cfg.Peer + " cannot say what runs on it, and nobody serves"
		}
		return m.cfg.Peer + " did not give back term " + itoa(s.term)
	case shotLies:
		return m.cfg.Peer + " says that it let the service go, and answers for the VIP"
	case shotOperator:
	}
	return "an operator said so"
}

func itoa(n uint64) string { return strconv.FormatUint(n, 10) }

// seconds writes a duration with its unit, one decimal below ten seconds.
func seconds(d time.Duration) string {
	switch {
	case d >= forever:
		return "ever"
	case d < 10*time.Second:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
	case d < 3*time.Minute:
		return strconv.FormatInt(int64(d/time.Second), 10) + " s"
	}
	return strconv.FormatInt(int64(d/time.Minute), 10) + " min"
}
