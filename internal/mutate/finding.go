package mutate

import "fmt"

// The ways in which a mutant is found: the two modes of the simulator, and the
// tests of the part that has the rule.
const (
	Unlimited = "unlimited"
	Bounded   = "bounded"
	Tests     = "tests"
)

// Finding is what came of the hunt for a mutant.
type Finding struct {
	Found   bool
	Mode    string // Unlimited, Bounded or Tests
	Seed    uint64 // of the run that broke a rule
	Rule    string // the rule that was broken, S1 to L4
	Text    string // what happened, in one sentence
	Runs    int    // how many runs it took
	Outside int    // violations outside the assumptions on the way, which do not count
}

// String is the finding in short, as in the table.
func (f Finding) String() string {
	switch {
	case !f.Found:
		return "nothing"
	case f.Mode == Tests:
		return "tests: " + f.Rule
	}
	return fmt.Sprintf("%s, %s seed %d", f.Rule, f.Mode, f.Seed)
}
