package mutate

import (
	"go/parser"
	"go/token"
	"regexp"
	"testing"
)

const root = "../.."

// TestMutantsApply: the list is true of the code as it is.
func TestMutantsApply(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range All() {
		if seen[m.Name] {
			t.Errorf("two mutants are called %s", m.Name)
		}
		seen[m.Name] = true
		text, err := m.Apply(root)
		if err != nil {
			t.Error(err)
			continue
		}
		if _, err := parser.ParseFile(token.NewFileSet(), m.File, text, parser.SkipObjectResolution); err != nil {
			t.Errorf("mutant %s is no Go: %v", m.Name, err)
		}
	}
	if len(seen) < 100 {
		t.Errorf("%d mutants: where are the others?", len(seen))
	}
}

var (
	nameForm  = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	guardForm = regexp.MustCompile(`^(S[1-8]|L[1-4])$`)
)

// TestMutantsSayWhy: each names its rule and what that is for.
func TestMutantsSayWhy(t *testing.T) {
	for _, m := range All() {
		switch {
		case !nameForm.MatchString(m.Name):
			t.Errorf("mutant %q: a name has lower case and hyphens", m.Name)
		case !guardForm.MatchString(m.Guards):
			t.Errorf("mutant %s guards %q", m.Name, m.Guards)
		case m.Part == "" || m.Rule == "":
			t.Errorf("mutant %s does not say which rule it removes", m.Name)
		}
	}
}
