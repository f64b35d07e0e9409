package inputs

import "github.com/futago-ha/futago/scheduler"

// notable are the codes of the decisions that somebody will ask about after a
// loss of power: the line, the right to serve, and who met whom.
var notable = map[string]bool{
	scheduler.CodeHold:         true,
	scheduler.CodeHoldGivenUp:  true,
	scheduler.CodeFenced:       true,
	scheduler.CodeFenceRefused: true,
	scheduler.CodeFenceUnknown: true,
	scheduler.CodeFenceProved:  true,
	scheduler.CodeWasFenced:    true,
	scheduler.CodeContest:      true,
	scheduler.CodeVictim:       true,
	scheduler.CodeExtinStuck:   true,
	scheduler.CodeTake:         true,
	scheduler.CodeForfeit:      true,
	scheduler.CodeRelease:      true,
	scheduler.CodeReturn:       true,
	scheduler.CodeStopFailed:   true,
	scheduler.CodeMeeting:      true,
	scheduler.CodeBothServe:    true,
}

// Notable says whether a decision with that code is kept beyond a loss of power.
func Notable(code string) bool { return notable[code] }

// notableOf is the first such code among the notes of a step; empty for none.
func notableOf(actions []scheduler.Action) string {
	for _, a := range actions {
		if n, is := a.(scheduler.Note); is && notable[n.Code] {
			return n.Code
		}
	}
	return ""
}
