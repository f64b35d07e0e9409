// Package vip keeps one virtual address on one network interface: it adds and
// removes it, tells the neighbours, asks who else answers, and watches the
// uplink of the interface.
//
// It owns the address in the kernel (through rtnetlink), two packet sockets on
// the interface (ARP and neighbour discovery), and the judgement of carrier and
// references. It is driven from outside: [VIP.Claim], [VIP.Release],
// [VIP.Probe] and [VIP.Announce] are orders, [VIP.Reports] tells what became of
// them and what changed by itself.
//
// It must not decide whether this node may hold the address. It knows no term
// and no fence, and of the peer the address alone, to say that it was the peer
// who answered; it holds the address from a Claim that was Done to the
// next Release, and in between puts it back when something else deletes it.
// It never adds an address that somebody answered for when asked to probe.
//
// # One loop
//
// All state belongs to one goroutine, the loop of [VIP.Run]. Everything that
// waits (the two socket readers, the rtnetlink subscription, the reader of the
// reports) is another goroutine that only hands over. Probes are deadlines of
// the loop, so nothing ever delays a Release. The sockets are open and the
// announcements are built before a Claim comes: a Claim without a probe costs
// one rtnetlink request and two sends.
//
// # Why the address is added as /32 (or /128) without a route
//
// With the prefix of the subnet the kernel makes the address a secondary one of
// the interface's own, and deletes it together with that one when a DHCP client
// renews (promote_secondaries is off by default). It also gives it a subnet
// route, which network managers then fight over. As /32 with noprefixroute it
// depends on nothing, and is not chosen as the source of the node's own
// connections; for IPv6 the preferred lifetime is 0 for the same reason
// (RFC 6724, rule 3). Only where the configured interface has no address in the
// subnet at all is the whole prefix used, for then no other route exists.
//
// IPv6 addresses are added with nodad: duplicate detection is what the probe of
// a Claim has done already, or what a fence or a release has made needless, and
// an optimistic address needs a sysctl that most hosts leave off.
//
// # What is sent
//
// Gratuitous ARP in both forms, broadcast: as a request with an all-zero target
// hardware address (RFC 5227 section 3), and as a reply whose target hardware
// address is the sender's. Linux takes a reply for gratuitous, and so past its
// locktime, only in that form (arp_is_garp in net/ipv4/arp.c); a reply with a
// broadcast target is ignored for up to a second. For IPv6 an unsolicited
// neighbour advertisement with override to all nodes (RFC 4861 section 7.2.6).
package vip
