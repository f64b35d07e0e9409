// Package scheduler decides what runs where and when on a pair of nodes.
//
// It is a pure state machine. [Machine.Step] takes the time and one [Event]
// (a report of a part, a [Letter] from the peer, an operator's [Command], a
// [Tick]) and returns the [Action]s that follow from it. It reads no clock,
// opens nothing, logs nothing and starts no goroutine, so the same code runs
// in the daemon and in the simulator, and any decision can be replayed from the
// events that led to it.
//
// Step works in two moves. First the event changes what this node knows
// (absorb.go). Then a fixed list of rules looks at everything that is known and
// says what follows (rules in [Machine.decide]); a rule never looks at the
// event, so a lost or doubled event costs time and never safety. The rules, in
// the order in which they are asked:
//
//	hearing.go   is the peer heard, one way or both, and bound to which session
//	absorb.go    does this node's board obey its EXTIN
//	extin.go     the line is up against this node: contest it, or be a victim
//	shot.go      a hold of this node's own: go on, give up, judge the verdict
//	going.go     the peer says goodbye
//	meeting.go   both heard: who may serve from here on
//	start.go     nobody heard since the start: the table of grounds
//	takeover.go  the peer was lost, or cannot say what runs on it: may it be
//	             fenced, and must it be
//	liar.go      the peer let the service go, and answers for the VIP all the
//	             same: cut it
//	give.go      ownership given with consent: the owner's side
//	seek.go      and the taker's side
//	planned.go   the calendar of this node's reboots: a time has come
//	going.go     this node's own way out: stop, restart, planned reboot
//	shutdown.go  an announced shutdown of the machine waits for the handoff
//	service.go   bring the VIP and the containers to where ownership says
//	wiretest.go  the announced one-second test of the fence line
//	wake.go      pulses for a peer that stays away
//	marks.go     the pair's mark of maintenance
//	commands.go  what operators asked for and nobody answered yet
//	waits.go     what is waited for, and until when
//	outbox.go    what this node says to the other
//
// next.go keeps when the answer of a rule can be another one without an event.
//
// writing.go undoes a Step whose state could not be written. letter.go has what
// is said and what is kept, event.go and action.go what comes in and goes out,
// told.go how an operator's command stands in the history; every situation has
// its story in testdata.
//
// # Terms
//
// Ownership is a number. The first node of the configuration owns the odd
// terms, the second the even ones, so both can never take the same. A node
// serves only under a term of its own that it has not released, and takes a
// new one (the smallest of its parity above all it knows) only on a [Ground].
//
// In a handoff no disk is waited for while nobody serves. The owner writes the
// release when it begins to let go, and says it when nothing exclusive runs any
// more (lead in give.go); the taker writes its term when the VIP is up, and says
// it then (ruleLate in machine.go). Either note may be lost with its daemon: the
// first is then finished, the second taken anew.
//
// # Duties of the caller
//
// Actions of one Step are carried out in the order given. When the first is
// [Persist], nothing after it is done before the state is on disk; if it
// cannot be written the rest is dropped and [PersistFailed] is the next event,
// upon which the machine undoes that Step and takes its event again, knowing
// that nothing can be written. Work that takes time is
// done elsewhere and reported back with the number that the action carried;
// the machine ignores reports whose number it no longer waits for.
package scheduler
