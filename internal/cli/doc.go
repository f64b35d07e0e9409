// Package cli is futago's command line: the daemon and the operator's commands.
//
// It owns what is typed, asked, printed and returned to the shell. It must not decide anything about the pair: it asks
// the daemon over the control socket, and hands the few verbs that work without a daemon (check, keygen, fence release,
// guard) to the packages that know. What differs between machines comes in a [Machine], so that the shipped binary and
// the lab run the very same code and nothing simulated is here. One file per verb.
package cli
