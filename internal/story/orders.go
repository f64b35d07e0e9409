package story

import (
	"fmt"
	"strings"

	"github.com/futago-ha/futago/scheduler"
)

// Action tells an order. Letters and notes are no news: a letter repeats the
// state, and a note is the story itself.
func (t *Teller) Action(a scheduler.Action) (clause string, news bool) {
	switch a := a.(type) {
	case scheduler.Send:
		return "speak to " + t.Peer, false
	case scheduler.Note:
		return a.Text, false
	case scheduler.Persist:
		return fmt.Sprintf("write the state to disk (term %d, released %d)", a.Disk.Term, a.Disk.Released), true
	case scheduler.Hold:
		return "hold EXTOUT high for " + span(a.For), true
	case scheduler.Contest:
		return "raise EXTOUT until EXTIN falls", true
	case scheduler.Pulse:
		return "raise EXTOUT for " + span(a.For), true
	case scheduler.Lower:
		return either(a.GiveUp, "lower EXTOUT if nothing can have been cut yet", "lower EXTOUT"), true
	case scheduler.ProbePeer:
		return "ask by ARP who answers for " + t.Peer + " and for the VIP", true
	case scheduler.Containers:
		return "bring the containers to: " + levelText(a.Level), true
	case scheduler.ClaimVIP:
		return "claim the VIP", true
	case scheduler.DropVIP:
		return "take the VIP off", true
	case scheduler.Answer:
		return "answer the operator: " + a.Text, true
	case scheduler.ResetSelf:
		return "reset this node" + because(a.Why), true
	case scheduler.Reboot:
		return either(a.Off, "power this node off", "reboot this node"), true
	}
	return bareOrder(a), true
}

// bareOrder are the orders that say all by their name.
func bareOrder(a scheduler.Action) string {
	switch a.(type) {
	case scheduler.Arm:
		return "arm the power board"
	case scheduler.Disarm:
		return "make the power board deaf"
	case scheduler.Announce:
		return "announce the VIP again"
	case scheduler.SyncDisks:
		return "flush the disks"
	case scheduler.LetGo:
		return "let the announced shutdown go on"
	case scheduler.Exit:
		return "end the daemon"
	}
	return strings.TrimPrefix(fmt.Sprintf("%T", a), "scheduler.")
}

func levelText(l scheduler.Level) string {
	switch l {
	case scheduler.LevelRunning:
		return "all running"
	case scheduler.LevelPrepared:
		return "those prepared that may overlap"
	case scheduler.LevelNone:
	}
	return "none"
}
