// Package tidy keeps the house rules as tests: who may import whom and why not, no clock in the decision machine, the
// sizes of files and functions, one comment per package, a reason for each library, nobody's network addresses, no test
// that CI skips in silence.
//
// It owns nothing that runs. A failure names the file, the rule and its reason; a rule that is wrong is changed here,
// in the open, not worked around. Packages that do not exist are not missed.
package tidy
