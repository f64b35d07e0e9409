// Package explain says of a decision that was recorded what led to it and what
// would have happened otherwise.
//
// Nothing here guesses. A decision is found in the record (pick.go), the record
// is decided again up to it (tape.go, play.go), and what the machine knew is
// read from the replayed machine (facts.go). An input counts as needed when the
// machine, replayed without it, does not decide the same at that instant
// (causes.go). A what-if is a named change of the inputs or of what was on disk,
// and its result is what the machine then did (whatif*.go).
//
// A changed replay has no world around it that would answer new orders: the
// other node's words stay as recorded, reports on orders that are no longer
// given are left out, and nothing follows the end of the record but time. So
// only the next half minute is told.
//
// The package is pure and must not know the daemon, its files or its socket.
package explain
