package mutate

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// hintsFile remembers which run found each mutant, so that the next hunt begins
// with it. A hint that is stale costs time only.
const hintsFile = "internal/mutate/hints.txt"

// hint is a run that found a mutant, and the rule that it broke there.
type hint struct {
	mode string // empty is no hint
	seed uint64
	rule string
}

// hints are by the name of the mutant.
type hints map[string]hint

// readHints reads lines of NAME MODE SEED RULE.
func readHints(root string) (hints, error) {
	text, err := os.ReadFile(filepath.Join(root, hintsFile))
	if err != nil {
		return nil, fmt.Errorf("read the hints: %w", err)
	}
	all := hints{}
	for line := range strings.Lines(string(text)) {
		var name string
		var h hint
		if _, err := fmt.Sscan(line, &name, &h.mode, &h.seed, &h.rule); err != nil {
			return nil, fmt.Errorf("%s: %q is not NAME MODE SEED RULE: %w", hintsFile, strings.TrimSpace(line), err)
		}
		all[name] = h
	}
	return all, nil
}

// write puts them into their file, in the order of the table. Hints for mutants
// that are no more are dropped.
func (all hints) write(root string) error {
	var text strings.Builder
	for _, m := range All() {
		if h, known := all[m.Name]; known {
			fmt.Fprintln(&text, m.Name, h.mode, h.seed, h.rule)
		}
	}
	if err := os.WriteFile(filepath.Join(root, hintsFile), []byte(text.String()), 0o644); err != nil {
		return fmt.Errorf("write the hints: %w", err)
	}
	return nil
}
