// Package faults holds tests of the whole daemon under faults: two nodes of the
// lab with real memberlist, netlink, ARP and engines, and something broken on
// purpose. Each fault must lead to a clear line for the operator (a wait with
// its code or an entry of the history that names a node and what to do), and
// never to a crash, a silent wait, a second holder of the VIP or an EXTOUT that
// outlasts its daemon.
//
// It owns no code of the product and adds no hook to it: where a daemon stands
// is seen from outside, by its status, its history, the boards' registers and
// the kernel's list of addresses. It must not test what a single part does;
// that is the parts' own.
package faults
