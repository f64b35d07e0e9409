package mutate

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// pageFile is where the table stands between the two marks.
const (
	pageFile  = "docs/proof.md"
	pageBegin = "<!-- mutants: written by make mutate ARGS=-remember -->\n"
	pageEnd   = "<!-- end of mutants -->\n"
)

// table is the table of rules, mutants and what finds them, as Markdown.
func table(all hints) string {
	var b strings.Builder
	b.WriteString("| rule of design.md | guards | mutant | found by |\n| --- | --- | --- | --- |\n")
	var spared strings.Builder
	for _, m := range All() {
		fmt.Fprintf(&b, "| %s: %s | %s | %s | %s |\n", m.Part, m.Rule, m.Guards, m.Name, all[m.Name].finder(&m))
		if m.Beyond != "" {
			fmt.Fprintf(&spared, "- **%s.** %s\n", m.Name, m.Beyond)
		}
	}
	return b.String() + "\nThe simulator need not find these, each for its reason:\n\n" + spared.String()
}

// finder says in words what found the mutant.
func (f Finding) finder(m *Mutant) string {
	switch {
	case m.spared():
		return "nothing, see below"
	case f.Mode == "":
		return "not yet"
	case f.Mode == Tests:
		return "tests of " + strings.TrimPrefix(m.Tests, "./")
	case f.Mode == Explorer:
		return f.Rule + ", explorer, " + f.Scenario
	}
	return f.Rule + ", simulator, " + f.Mode
}

// replaceTable puts the table between the marks of a page.
func replaceTable(page string, all hints) (string, error) {
	head, rest, begins := strings.Cut(page, pageBegin)
	_, tail, ends := strings.Cut(rest, pageEnd)
	if !begins || !ends {
		return "", fmt.Errorf("%s: the marks of the mutants' table are not there", pageFile)
	}
	return head + pageBegin + "\n" + table(all) + "\n" + pageEnd + tail, nil
}

func writePage(root string, all hints) error {
	file := filepath.Join(root, pageFile)
	page, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read the page: %w", err)
	}
	text, err := replaceTable(string(page), all)
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	return nil
}
