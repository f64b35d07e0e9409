// Package demo plays the article's scenarios on a lab and judges what a client
// would have noticed.
//
// It owns the scenarios with the limits they are judged by, the judgement, and
// what is printed. A scenario speaks to the pair as a person would: by futago's
// commands and status, and by the lab's faults. It must not look into a daemon,
// and must not let a scenario pass for which the evidence is missing: judging is
// a pure function of the record, the cuts and the limits.
package demo
