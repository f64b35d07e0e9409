// Package control is the door between the daemon and the people and programs on the same machine: HTTP and JSON over
// a Unix socket, and the client of it.
//
// It owns the documents that cross the door (Status, Command, Answer, Entry, Event), the socket with its mode and its
// replacement, who may do what (by the kernel's word about the other end, never by a password), and the limits on
// size, time and number of requests.
//
// It must not decide anything about the pair and must not know the daemon, the scheduler or a leaf: it is given a
// Backend. It never asks the backend for more than a snapshot, so a hung board or engine cannot make status hang.
//
// The paths, all below /v1, are
//
//	GET  /v1/status        the Status document
//	GET  /v1/history?n=20  the last n entries, oldest first
//	GET  /v1/events        one Event per line for as long as the caller reads
//	GET  /v1/inputs?at=T   the recorded inputs of decisions around a time (RFC 3339)
//	POST /v1/commands      a Command, answered with an Answer; root only
//
// An answer that is no success carries {"error": {"code", "text", "do"}}. Within /v1 fields are only ever added.
package control
