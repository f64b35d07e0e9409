package mutate

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Mutant is one rule switched off: one place of one source file, changed.
type Mutant struct {
	Name   string // lower case, with hyphens
	Part   string // of design.md: the heading, or the bold word within it
	Rule   string // what is gone, in design.md's words
	Guards string // what the rule is there for: S1 to S8, L1 to L4

	File string // from the root of the repository
	Old  string // stands in File exactly once
	New  string

	// Faults names the kinds of faults that are the rule's test, with commas:
	// half of the hunt's runs with unlimited faults have only these.
	Faults string
	// Tests is the package whose tests must find the mutant; empty leaves it to
	// the simulator.
	Tests string
	// Beyond says why the simulator need not find the mutant. With Tests the
	// tests have to all the same; without, nothing has to.
	Beyond string
}

// spared says that nothing has to find the mutant.
func (m *Mutant) spared() bool { return m.Beyond != "" && m.Tests == "" }

// Apply returns File with the rule switched off. root is the top of the
// repository. It fails when Old is not there exactly once: the code has changed
// and the list of mutants must follow.
func (m *Mutant) Apply(root string) (string, error) {
	source, err := os.ReadFile(filepath.Join(root, m.File))
	if err != nil {
		return "", fmt.Errorf("mutant %s: %w", m.Name, err)
	}
	text := string(source)
	if n := strings.Count(text, m.Old); n != 1 {
		return "", fmt.Errorf("mutant %s: its old text stands %d times in %s, not once", m.Name, n, m.File)
	}
	return strings.Replace(text, m.Old, m.New, 1), nil
}

// All are the mutants in the order of design.md.
func All() []Mutant {
	var all []Mutant
	for _, some := range [][]Mutant{holds, conversation, handoff, commands, liars, fencing, verdicts, wires, starts} {
		all = append(all, some...)
	}
	return all
}
