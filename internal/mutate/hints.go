package mutate

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// hintsFile remembers what found each mutant, so that the next hunt begins with
// it. A hint that is stale costs time only.
const hintsFile = "internal/mutate/hints.txt"

// hints are findings by the name of the mutant. Of a finding they keep the mode,
// the seed, the rule and the scenario.
type hints map[string]Finding

// readHints reads lines of NAME MODE SEED RULE and, for the explorer, SCENARIO.
func readHints(root string) (hints, error) {
	text, err := os.ReadFile(filepath.Join(root, hintsFile))
	if err != nil {
		return nil, fmt.Errorf("read the hints: %w", err)
	}
	all := hints{}
	for line := range strings.Lines(string(text)) {
		var name string
		var f Finding
		if _, err := fmt.Sscan(line, &name, &f.Mode, &f.Seed, &f.Rule); err != nil {
			return nil, fmt.Errorf("%s: %q is not NAME MODE SEED RULE: %w", hintsFile, strings.TrimSpace(line), err)
		}
		if words := strings.Fields(line); len(words) > 4 {
			f.Scenario = strings.Join(words[4:], " ")
		}
		all[name] = f
	}
	return all, nil
}

// write puts them into their file, in the order of the table. Hints for mutants
// that are no more are dropped.
func (all hints) write(root string) error {
	var text strings.Builder
	for _, m := range All() {
		if f, known := all[m.Name]; known {
			line := fmt.Sprintln(m.Name, f.Mode, f.Seed, f.Rule, f.Scenario)
			text.WriteString(strings.TrimSpace(line) + "\n")
		}
	}
	if err := os.WriteFile(filepath.Join(root, hintsFile), []byte(text.String()), 0o644); err != nil {
		return fmt.Errorf("write the hints: %w", err)
	}
	return nil
}
