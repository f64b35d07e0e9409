// Package fencing holds, pulses and watches the line that can cut the other
// node's power.
//
// It owns the whole conversation with the fence device: raising EXTOUT and
// reading it back, EXTIN, arming, the board's watchdog, and everything that
// keeps a raised line from outlasting its purpose (rule S5 of the design):
//
//   - [Fencer] does one thing with the line at a time, reads back ten times a
//     second, bounds every transfer by a deadline and lowers the line before it
//     does anything else and whenever nobody wants it up.
//   - [Guard] is the body of a small separate process that lowers the line when
//     the daemon dies, or when its decision loop has been silent for 1 s. The
//     Fencer does not raise the line without a guard that answers.
//   - [Heartbeat] feeds the board's watchdog only when the decision loop says so.
//   - [Release] lowers the line without a daemon.
//
// It must not decide whether to fence, what a result means for the cluster, or
// when to try again: reports say what was seen on the line, and the decision is
// the caller's. It knows no board either; [Device] is the seam, and
// fencing/sleepi3 fits it.
//
// # Clocks
//
// Two questions are asked of a raised line, and each gets the cautious answer.
// "Could the other node have been cut already?" counts from LowUntil, the begin
// of the last reading that saw the line low. "Has the line been up for 12 s?"
// counts from HighSince, the end of the first reading that saw it high.
package fencing
