// Package inputs records what the decision machine was told, so that any past
// decision can be decided again.
//
// The machine of package scheduler is a function of its own memory, the events
// it was given and the instants at which it was given them. So the record is
// blocks: a checkpoint of the whole memory, then every step with its event, a
// digest of the actions that came of it, and the notes in full. Replay restores
// the checkpoint and steps again; the digests say whether it did the same.
//
//	kinds.go, value.go   Go values as bytes, found by reflection: a new field or event is kept without a word here
//	checkpoint.go        the machine's memory as bytes, and back
//	steps.go             a row of steps, each as its difference to the one before of its kind
//	block.go, frame.go   blocks and the frames they are cut into, each with its checksum
//	recorder.go          the loop's side: never waits, never fails
//	writer.go, ring.go   the files' side: the ring on tmpfs
//	keep.go, notable.go  what outlasts a loss of power: the blocks around each decision that matters
//	read.go, find.go     files back into blocks; damage costs the rest of its block and nothing else
//	replay.go            steps decided again
//
// The recorder must not delay a decision, must not stop the daemon whatever
// becomes of its files, and must not grow: every buffer and file has a limit.
// Replay is pure. The package must not know what an event means; that is
// package explain.
package inputs
