package scheduler

import "strings"

// told writes down that an operator gave a command, and returns its words. What
// nobody is named for goes without.
func (m *Machine) told(c Command) string {
	if c.By == "" {
		return ""
	}
	words := m.wordsOf(c)
	m.note(Info, CodeCommand, "was told by "+c.By+": "+words, "")
	return words
}

// noteRefusal writes down what an operator was told who did not get what the
// command was for.
func (m *Machine) noteRefusal(c openCommand, ok bool, text string) {
	if c.by == "" || ok {
		return
	}
	m.note(Info, CodeCommand, "answered no to "+c.by+" ("+c.words+"): "+strings.TrimSuffix(text, "."), "")
}

// wordsOf is a command as a person gives it, with the node that it is about also
// where none was named.
func (m *Machine) wordsOf(c Command) string {
	verb, node := string(c.Verb), c.Node
	switch c.Verb {
	case VerbFenceTest:
		verb, node = "fence test", ""
	case VerbConfirmOff:
		verb = "confirm off"
	case VerbMaintenance:
		verb, node = "maintenance "+onOff(c.On), ""
	case VerbClear:
		node = ""
	case VerbMove:
		node = orElse(node, m.cfg.Self)
		if c.Node == "" && m.own != 0 {
			node = m.cfg.Peer
		}
	case VerbStandby, VerbUnstandby, VerbReboot:
		node = orElse(node, m.cfg.Self)
	case VerbFence, VerbWake:
	}
	words := verb
	if node != "" {
		words += " " + node
	}
	if c.For > 0 {
		words += " --for " + spanText(c)
	}
	if c.Off {
		words += " --off"
	}
	if c.Now {
		words += " --now"
	}
	return words
}

// spanText is the time of a command as a person types it: 2h, not 2h0m0s.
func spanText(c Command) string {
	text := c.For.String()
	if minutes, whole := strings.CutSuffix(text, "m0s"); whole {
		text = minutes + "m"
	}
	if hours, whole := strings.CutSuffix(text, "h0m"); whole {
		text = hours + "h"
	}
	return text
}
