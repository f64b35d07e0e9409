// Package mutate switches the rules of the design off, one at a time, and looks
// whether anything notices.
//
// A mutant is one place of one source file, changed so that one rule is gone
// (table_*.go). Nothing of that is in the code that ships: the go tool builds a
// small program (package trial) with the changed file laid over the true one,
// and that program runs seeds of the simulator until a rule is broken inside
// the assumptions. A seed counts only when the code as it ships breaks nothing
// in it. For a rule that a real part keeps and the simulator only models there
// are two mutants: the model's is found by the simulator, which shows that the
// rule is needed, and the part's by its own tests, which show that it is kept.
//
// A mutant that nothing finds is a rule that is untested or unneeded. It stays
// in the table only with the reason why it is spared.
//
// The package owns no rule and must not be imported by anything that ships.
package mutate
