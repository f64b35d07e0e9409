// Package membership is the only place that knows hashicorp/memberlist. For
// one node of a pair it says whether the other node, the peer, is there, and
// it carries opaque datagrams between the two.
//
// # What it owns
//
//   - Authenticity: everything on the wire is sealed with AES-256-GCM by
//     memberlist; the cluster's name is its label and thus authenticated too.
//     What has another key, no encryption, another cluster or another node's
//     name is refused and reported as a Trouble that names the node and its
//     address.
//   - Liveness that is true: memberlist says who is lost; a node that was
//     itself asleep or starved withholds that verdict for a while, because the
//     silence may have been its own.
//   - Meeting again: a peer that memberlist has forgotten is found only by
//     joining, so a member that does not see its peer joins for ever.
//   - Limits: the size of a datagram, the streams and bytes a stranger may
//     cost before the key has been checked, and every queue.
//
// # What it must not do
//
// It does not know what the datagrams mean. A datagram may be lost, come twice,
// come late or out of order, and whoever records one may send it again:
// replay is outside memberlist's threat model. Binding a message to the
// sessions of both sides, counters and the refusal of repetitions belong to
// the content. There is no goodbye either; a planned leave travels in messages.
//
// # With exactly two members
//
// SWIM's indirect probes and confirmations need a third member and are inert
// here. Detection takes (suspicionMult+1) probe intervals plus up to two more:
// 0.8 to 1.2 s with the settings of settings.go. A peer that restarts within
// the suspicion time causes no leave and no join, only an update of its
// metadata; boot id and session therefore travel there, and each change is
// reported as Alive.
//
// memberlist calls back under its own lock. The callbacks in delegate.go copy,
// put into a bounded mailbox and return; they never wait.
//
// memberlist's Shutdown does not wait for its own timers. A probe that is under
// way when Run returns ends by itself within a probe interval; it finds its
// sockets closed and reports to nobody.
package membership
