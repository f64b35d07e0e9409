// Package chaos breaks a pair of the lab at random, mends it and audits it: two
// real daemons with real memberlist, netlink, ARP and engines, on simulated
// boards whose unknowns are drawn as well.
//
// A run is one lab. Its seed fixes everything that is chosen: the boards, the
// configuration, which faults fall when, how long they stand. The seed does not
// fix how threads and packets interleave, so a run that failed may need several
// tries to fail again. The schedule is data (plan), drawn before the lab starts;
// campaigns differ in what they draw and in what they demand.
//
// After each step of a plan all is mended and audited: never two holders of the
// VIP, one server, lines low, terms equal, histories that agree with what the
// boards did, nothing leaked, and all that in bounded time.
//
// Faults stay within the assumptions of the design: a wire is broken only where
// a test finds that before anything else breaks (A1), boards cut within 9 to
// 11 s (A2). It owns no code of the product and must not be imported by the
// shipped binary. What needs no real daemon is better tried in internal/sim,
// which is a thousand times quicker.
package chaos
