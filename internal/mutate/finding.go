package mutate

import "fmt"

// The ways in which a mutant is found: the modes of the simulator, the
// explorer, and the tests of the part that has the rule.
const (
	Unlimited = "unlimited"
	Narrow    = "narrow" // unlimited, with the mutant's own kinds of faults only
	Bounded   = "bounded"
	Single    = "single" // bounded, with these only
	Explorer  = "explorer"
	Tests     = "tests"
)

// Finding is what came of the hunt for a mutant.
type Finding struct {
	Found    bool
	Mode     string // one of the ways
	Seed     uint64 // of the run that broke a rule; for the explorer, how many surprises it took
	Scenario string // of the explorer
	Rule     string // the rule that was broken, S1 to L4, or the test that failed
	Text     string // what happened, in one sentence
	Runs     int    // how many runs and walks it took
	Outside  int    // violations outside the assumptions on the way, which do not count
}

// String is the finding in short.
func (f Finding) String() string {
	switch {
	case !f.Found:
		return "nothing"
	case f.Mode == Tests:
		return f.Rule
	case f.Mode == Explorer:
		return fmt.Sprintf("%s, explorer, %s, %d surprises", f.Rule, f.Scenario, f.Seed)
	}
	return fmt.Sprintf("%s, %s, seed %d", f.Rule, f.Mode, f.Seed)
}
