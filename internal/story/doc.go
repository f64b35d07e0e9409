// Package story tells in words what a decision machine was told and what it
// ordered, for a person who reads a record of a run: real, replayed or
// simulated.
//
// It owns the words for events and actions and the judgement what is news: what
// only repeats is left out. It must not decide anything and reads no clock; who
// uses it adds the times.
package story
