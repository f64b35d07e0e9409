// Package sim runs two nodes in virtual time and tries to break them.
//
// One seed is one run: from it come the behaviour of the boards, the quality of
// the network, the drift of the clocks, the configuration, and every fault, so
// a failing seed replays exactly. The decision is the code that ships (package
// scheduler); around it stand
//
//   - the world (world.go, queue.go, draw.go): virtual time and chance;
//   - the boards and lines of internal/board at register level (harness.go);
//   - a node (power.go, daemon.go) with its power, kernel, disk and daemon;
//   - the daemon's hands (line.go, guard.go, engine.go, vip.go, link.go), which
//     do what the real leaves do, late and in the same order;
//   - what goes wrong (faults.go, operator.go, run.go).
//
// The checkers (check*.go) stand apart from all that: they look at the physical
// state and at what passes between the parts, never into the decision. A
// violation that needs one of the assumptions A1 to A5 of the design to be
// broken is counted as outside them and printed, never hidden.
//
// The package must not decide anything about the pair, and must not be linked
// into the shipped binary.
package sim
