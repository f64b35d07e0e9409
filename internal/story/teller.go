package story

import (
	"fmt"
	"strings"
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// Teller tells the story of one node. It remembers what was told last, so that
// events must be given in their order.
type Teller struct {
	Self, Peer string // names of the nodes

	lines      scheduler.Lines
	words      scheduler.State
	heard      bool
	containers scheduler.ContainersState
	board      string
	last       map[string]string // of other kinds, what was told
}

// Event tells what happened, as a clause with a subject: "the uplink was lost".
// news is false when it only repeats what was told before; then the clause is
// told all the same.
func (t *Teller) Event(e scheduler.Event) (clause string, news bool) {
	switch e := e.(type) {
	case scheduler.Tick:
		return "time passed", false
	case scheduler.Received:
		return t.letter(&e.Letter)
	case scheduler.HoldProgress:
		return fmt.Sprintf("EXTOUT read high %d of %d times", e.Highs, e.Reads), false
	case scheduler.Lines:
		was := t.lines
		t.lines = e
		return linesText(e), was.OK != e.OK || was.Out != e.Out || was.In != e.In
	case scheduler.ContainersState:
		was := t.containers
		t.containers = e
		return containersText(e), e != was
	case scheduler.Board:
		clause = boardText(e)
		was := t.board
		t.board = clause
		return clause, clause != was
	}
	clause = t.plain(e)
	return clause, t.changed(fmt.Sprintf("%T", e), clause)
}

// changed remembers what was told of kinds that are levels; the others are news
// each time.
func (t *Teller) changed(kind, clause string) bool {
	switch kind {
	case "scheduler.Link", "scheduler.Uplink", "scheduler.VIPState":
	default:
		return true
	}
	if t.last == nil {
		t.last = map[string]string{}
	}
	was := t.last[kind]
	t.last[kind] = clause
	return was != clause
}

// plain are the events that need no memory.
func (t *Teller) plain(e scheduler.Event) string {
	switch e := e.(type) {
	case scheduler.Link:
		return either(e.Up, "membership found ", "membership lost ") + t.Peer
	case scheduler.Slept:
		return t.Self + " itself did not run for " + span(e.For)
	case scheduler.Uplink:
		return uplinkText(e)
	case scheduler.HoldEnded:
		return endText(e) + because(e.Why)
	case scheduler.Pulsed:
		return either(e.OK, "the pulse was given", "the pulse failed") + because(e.Why)
	case scheduler.Probed:
		return probedText(t.Peer, e)
	case scheduler.ContainersDone:
		return either(e.OK, "the containers came to where they were wanted", "the containers did not come to where they were wanted") + because(e.Code, e.Why)
	case scheduler.ContainersFailed:
		return "a container failed for good" + because(e.Code, e.Why)
	case scheduler.VIPState:
		return vipText(e)
	case scheduler.VIPDone:
		return either(e.OK, "the VIP came to where it was wanted", "the VIP did not come to where it was wanted") + because(e.Code, e.Why)
	case scheduler.VIPContested:
		return either(e.Peer, t.Peer, "a stranger") + " (" + e.MAC + ") claimed the VIP"
	case scheduler.Command:
		return commandText(e)
	case scheduler.StopRequested:
		return "systemd asked the daemon to " + either(e.Restart, "restart", either(e.Off, "go for a power-off", either(e.Reboot, "go for a reboot", "stop")))
	case scheduler.ShutdownAnnounced:
		return either(e.Off, "the announced shutdown was called off", "logind announced a shutdown")
	case scheduler.Reconfigured:
		return "the configuration was read again"
	case scheduler.PersistFailed:
		return "the state could not be written" + because(e.Why)
	}
	return strings.TrimPrefix(fmt.Sprintf("%T", e), "scheduler.")
}

// letter tells what the peer's words changed.
func (t *Teller) letter(l *scheduler.Letter) (string, bool) {
	was, known := t.words, t.heard
	t.words, t.heard = l.State, true
	said := Words(l.State)
	if known {
		said = changes(was, l.State)
	}
	switch {
	case l.Request != nil:
		said = append(said, "it was told "+string(l.Request.Verb))
	case l.Reply != nil:
		said = append(said, "it answered: "+l.Reply.Text)
	}
	if len(said) == 0 {
		return t.Peer + " was heard and said nothing new", false
	}
	return t.Peer + " was heard: " + strings.Join(said, ", "), true
}

func either(cond bool, yes, no string) string {
	if cond {
		return yes
	}
	return no
}

// because adds the reasons that are not empty.
func because(whys ...string) string {
	var known []string
	for _, w := range whys {
		if w != "" {
			known = append(known, w)
		}
	}
	if len(known) == 0 {
		return ""
	}
	return " (" + strings.Join(known, ": ") + ")"
}

// span is a length of time with its unit.
func span(d time.Duration) string {
	if d < 10*time.Second {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return d.Round(time.Second).String()
}
