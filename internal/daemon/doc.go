// Package daemon joins the parts into one process.
//
// It owns the loop: whatever a part reports becomes one event, the decision
// machine of package scheduler takes it, and the actions that come back are
// handed to the parts. That is the only way data goes; parts never speak to
// each other.
//
//	report of a part -> translate (events_*.go) -> scheduler.Step -> hands.go -> parts
//
// It has no policy of its own: translating is all it does, and every "if the
// peer" belongs in package scheduler. It also keeps what the machine must not
// touch: the clock, the state on disk, the journal, the answers to operators.
package daemon
