// Package bench measures on the lab what futago promises in figures: how soon a
// loss is noticed, what a client misses in a move, a crash or a cold boot, what
// the daemon costs while nothing happens. It writes them as a page beside their
// goals, their floors and Pacemaker's figures at the same work.
//
// It owns the experiments, their statistics and the page. It must not judge
// what is right: that the pair does the right thing is the demo's and the
// tests' subject. An experiment in which two nodes hold the VIP counts as
// failed all the same, for its figures would mean nothing.
package bench
