// Package explore walks every way that a small model of the pair can go, as far
// as a number of surprises allows, and checks its rules at every step.
//
// The decision is the code that ships (package scheduler), one machine for each
// node. Around it stand, as small as the rules allow, the boards with their
// lines and power (board.go), the node with kernel, disk and daemon (node.go,
// turn.go), the daemon's hands (hands.go, line.go) and the network (network.go).
// All that is plain memory: a state can be copied (world.go) and has a key
// (key.go, and AppendKey in package scheduler) in which no absolute time, number
// or name is left, so that states which go on alike are walked once.
//
// Time goes in steps of half a second, in which each node has one turn. Where
// it could go more than one way a chooser is asked (chooser.go): does a fault
// strike now or is one mended (surprise.go, faults.go), is a letter lost or
// late, is the other node faster, does a start take long; and, once each, how
// the boards answer what nobody knows of them. Everything but the last is a
// surprise. The search (search.go) is breadth first with 0, 1, 2, ... surprises,
// so what it finds first is the shortest way to it; that way is gone once more
// and told in words (story.go).
//
// The checkers (facts.go, check.go) look at the physical state and at what
// passes between the parts, never into the decision. heal.go asks a sample of
// the last states whether the pair comes back once everything is mended.
//
// The package decides nothing about the pair, and must not be linked into the
// shipped binary.
package explore
