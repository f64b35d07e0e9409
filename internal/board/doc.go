// Package board simulates a pair of slee-Pi 3 power boards at register level.
//
// It owns three layers, each usable without the next:
//
//   - [Board] is one board, a pure state machine in virtual time: registers by
//     SMBus semantics, the EXTIN level, the EXTOUT latch, the power of its Pi,
//     watchdog, alarm and wake-up reasons. It reads no clock, starts no
//     goroutine and is deterministic for a given [Options.Seed].
//   - [Pair] is two boards and the harness between them, still pure. The proof
//     simulator drives it with its own clock.
//   - [Live] runs a Pair in real (or synctest) time; [Server] puts a Unix
//     socket per node in front of it and [DialBus] is the client, an i2c.Bus.
//     The protocol is written down in docs/lab-bus.md.
//
// Everything that nobody has measured on a real board is a field of [Options],
// so that a test can ask for either behaviour. The zero Options are the kind
// board: it forgets nothing, never refuses a transfer and cuts at 10 s.
//
// The package must not decide anything about the cluster and must not be linked
// into the shipped binary.
package board
