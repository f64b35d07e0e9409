// Package resources runs the containers of one service through the Docker Engine API.
//
// It owns the containers named in its Specs and nothing else: it makes them ahead of time, starts and stops them, watches
// them, restarts them in place and says what it knows. Somebody else decides which Level should hold and says so with
// [Group.Apply]; the Group brings it about, answers with exactly one [Result] per Apply, and reports every change as a
// [State].
//
// What it must not do: decide where the service runs, start anything before the first Apply, pull an image, touch a
// container that is not its own, or keep its caller waiting for an engine that does not answer.
//
// # How it is built
//
// One goroutine, the loop, owns all state. It is never blocked: whatever talks to the engine runs as a job in a goroutine
// of its own, one job per container at most, and posts back to the loop. After each message the loop asks [plan], a pure
// function, what to do next for the level wanted; so it makes no difference whether a container is down because it was
// never started, died, was removed by hand or went down with the engine.
//
// # Two rules about a hung engine
//
// A container whose state the engine did not tell is Unknown, never "not running": the reader of State must treat it as
// running where that is the dangerous side.
//
// A call that changes something is never abandoned. An engine that hangs executes, when it comes back, what is still
// waiting in its socket; a start that had been given up could then bring a container up after this node has promised that
// it runs nothing. So the job keeps the connection until the engine answers or the connection ends, and only then does
// the next call for that container go out. The loop meanwhile reports the failure at its deadline.
package resources
