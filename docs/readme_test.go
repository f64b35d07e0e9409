package docs_test

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	verb     = regexp.MustCompile(`\bUse:\s+"([a-z]+)`)
	span     = regexp.MustCompile("(?s)```.*?```|`[^`\n]+`")
	command  = regexp.MustCompile("(?m)(?:^|[\\s`/]bin/|[\\s`])futago ([a-z]+)(?: (test|release|off))?")
	rests    = regexp.MustCompile(`(?m)^\| (S[1-8]) \|.*\| ([^|]+) \|$`)
	supposes = regexp.MustCompile(`"(S[1-8])":\s+\{((?:"A[1-5]"(?:, )?)+)\}`)
	quoted   = regexp.MustCompile(`A[1-5]`)
	throughA = regexp.MustCompile(`A(\d) ?(?:to|〜) ?A(\d)`)
)

// TestCommandsExist: a command that a document shows is one of the command
// line's, so that nobody types in vain.
func TestCommandsExist(t *testing.T) {
	verbs := map[string]bool{"on": true}
	for _, file := range glob(t, "../internal/cli/*.go") {
		for _, m := range verb.FindAllStringSubmatch(read(t, file), -1) {
			verbs[m[1]] = true
		}
	}
	shown := 0
	for _, page := range append(glob(t, "*.md"), glob(t, "../README*.md")...) {
		for _, code := range span.FindAllString(read(t, page), -1) {
			for _, m := range command.FindAllStringSubmatch(code, -1) {
				shown++
				for _, word := range m[1:] {
					if word != "" && !verbs[word] {
						t.Errorf("%s shows %q, and there is no %q", page, strings.TrimSpace(m[0]), word)
					}
				}
			}
		}
	}
	if shown < 100 {
		t.Errorf("found only %d commands: has the way they are written changed?", shown)
	}
}

// TestAssumptionsAgree: what the README says a rule rests on is what the
// simulator's checkers take for granted.
func TestAssumptionsAgree(t *testing.T) {
	checked := map[string]string{}
	for _, m := range supposes.FindAllStringSubmatch(read(t, "../internal/sim/check.go"), -1) {
		checked[m[1]] = strings.Join(quoted.FindAllString(m[2], -1), " ")
	}
	if len(checked) < 5 {
		t.Fatalf("found only %v in the simulator", checked)
	}
	for _, page := range glob(t, "../README*.md") {
		rows := rests.FindAllStringSubmatch(read(t, page), -1)
		if len(rows) != 8 {
			t.Errorf("%s has %d rules, want S1 to S8", page, len(rows))
		}
		for _, row := range rows {
			if got := assumptions(row[2]); got != checked[row[1]] {
				t.Errorf("%s: %s rests on %q, the simulator says %q", page, row[1], got, checked[row[1]])
			}
		}
	}
}

// assumptions lists what a cell such as "A1 to A3" or "A3, A4" names.
func assumptions(cell string) string {
	if m := throughA.FindStringSubmatch(cell); m != nil {
		all := "A1 A2 A3 A4 A5"
		return all[strings.Index(all, "A"+m[1]) : strings.Index(all, "A"+m[2])+2]
	}
	return strings.Join(quoted.FindAllString(cell, -1), " ")
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %v, %d files", pattern, err, len(files))
	}
	return files
}
