package mutate

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPageHasTheTable: the page says what the table of mutants and the hints say.
func TestPageHasTheTable(t *testing.T) {
	all, err := readHints(root)
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(root, pageFile))
	if err != nil {
		t.Fatal(err)
	}
	want, err := replaceTable(string(page), all)
	if err != nil {
		t.Fatal(err)
	}
	if want != string(page) {
		t.Errorf("%s does not have the table as it is now: make mutate ARGS='-remember -only NAME'", pageFile)
	}
}

func TestHintsAreKept(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(hintsFile)), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := readHints(dir); err == nil {
		t.Fatal("read hints where there is no file")
	}
	all := hints{"parity": {Mode: Bounded, Seed: 7, Rule: "S1"}, "gone": {Mode: Unlimited, Seed: 8, Rule: "S2"}, "counter": {Mode: Explorer, Seed: 2, Rule: "S3", Scenario: "line stuck"}}
	if err := all.write(dir); err != nil {
		t.Fatal(err)
	}
	again, err := readHints(dir)
	if err != nil || len(again) != 2 || again["parity"] != all["parity"] || again["counter"] != all["counter"] {
		t.Fatalf("read %v, %v", again, err)
	}
}

func TestTableNeedsItsMarks(t *testing.T) {
	if _, err := replaceTable("# Proof\n"+pageEnd, nil); err == nil {
		t.Fatal("no error for a page without the first mark")
	}
	text, err := replaceTable("head\n"+pageBegin+"outdated\n"+pageEnd+"tail\n", hints{"parity": {Mode: Bounded, Seed: 7, Rule: "S1"}})
	if err != nil || strings.Contains(text, "outdated") || !strings.HasPrefix(text, "head\n") || !strings.HasSuffix(text, "tail\n") {
		t.Fatalf("%v:\n%s", err, text)
	}
	if !strings.Contains(text, "| S1 | parity | S1, simulator, bounded |") {
		t.Fatalf("parity is not in it:\n%s", text)
	}
}
