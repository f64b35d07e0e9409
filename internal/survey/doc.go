// Package survey measures what a real pair of slee-Pi 3 boards does where the
// vendor's documents are silent: whether EXTOUT outlives its Pi, when exactly a
// board cuts, what wakes it, what it remembers.
//
// One node, the own one, drives the [Survey] and stays up; the other is the one
// that is cut, rebooted and woken. On each runs a hand ([Serve]): a small
// process at the end of a pipe that reads and writes the registers, says every
// change of the lines, and lowers EXTOUT when its pipe ends or falls silent. A
// person does what no program can, such as pulling a plug, and agrees to
// everything that takes power away.
//
// The steps are written to a file one by one, so a survey that was broken off
// goes on where it was. [Findings] are what was seen and nothing else;
// [Findings.Report] says them in words, with the settings that follow.
//
// The package must not be used while futago's daemon runs on either node: both
// would drive the line. It knows nothing of clusters and decides nothing for
// them.
package survey
