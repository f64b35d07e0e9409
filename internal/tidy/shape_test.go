package tidy

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	maxFileLines     = 400
	maxFunctionLines = 70
)

// longer are the files and functions that may be longer than the rest, each with the reason.
var longer = map[string]string{}

func TestSizes(t *testing.T) {
	used := map[string]bool{}
	for _, f := range goFiles(t) {
		if f.test {
			continue
		}
		if lines := f.line(f.ast.FileEnd) - 1; lines > maxFileLines {
			used[f.path] = true
			if longer[f.path] == "" {
				t.Errorf("%s has %d lines, at most %d: split it by subject, a file has one job", f.path, lines, maxFileLines)
			}
		}
		for name, lines := range longFunctions(f) {
			key := f.path + ": " + name
			used[key] = true
			if longer[key] == "" {
				t.Errorf("%s has %d lines, at most %d: keep the branches and move the rest out", key, lines, maxFunctionLines)
			}
		}
	}
	for key := range longer {
		if !used[key] {
			t.Errorf("%s is short enough by now: take it out of the list", key)
		}
	}
}

// longFunctions gives the lines of the functions over the limit, by name.
func longFunctions(f goFile) map[string]int {
	long := map[string]int{}
	for _, d := range f.ast.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok {
			if lines := f.line(fn.End()) - f.line(fn.Pos()); lines > maxFunctionLines {
				long[fn.Name.Name] = lines
			}
		}
	}
	return long
}

func TestEachPackageHasOneComment(t *testing.T) {
	comments := map[string][]string{}
	for _, f := range goFiles(t) {
		if f.test {
			continue
		}
		comments[f.dir] = slices.Concat(comments[f.dir], nil)
		if f.ast.Doc != nil {
			comments[f.dir] = append(comments[f.dir], f.path)
		}
	}
	for dir, where := range comments {
		if len(where) != 1 {
			t.Errorf("%s has %d package comments %v: one, in doc.go or the only file, says what it owns and what it must not do", dir, len(where), where)
		}
	}
}

// words that have no place in the repository. They are put together here so that this file passes its own test.
var words = map[string]*regexp.Regexp{
	"unfinished work belongs into an issue":   regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X|HA` + `CK)\b`),
	"say who failed at what, because of what": regexp.MustCompile(`(?i)\berror occ` + `urred\b`),
	"allow and deny say what is meant":        regexp.MustCompile(`(?i)\b(white|black)` + `list`),
	"a path of one person's machine":          regexp.MustCompile(`(^|[\s"'` + "`" + `(=])/(wo` + `rk|home/[a-z]+|Users)/`),
	"a conflict was left unsolved":            regexp.MustCompile(`^(<{7}|>{7}) `),
}

func TestWords(t *testing.T) {
	text := regexp.MustCompile(`(\.(go|md|toml|service|sh|yml)|Makefile|scripts/[a-z]+|\.ci/run)$`)
	for _, path := range files(t, text.MatchString) {
		for i, line := range strings.Split(read(t, path), "\n") {
			for why, word := range words {
				if hit := word.FindString(line); hit != "" {
					t.Errorf("%s:%d: %q: %s", path, i+1, strings.TrimSpace(hit), why)
				}
			}
		}
	}
}

// TestLibrariesHaveReasons compares go.mod with docs/dependencies.md.
func TestLibrariesHaveReasons(t *testing.T) {
	const doc = "docs/dependencies.md"
	direct := regexp.MustCompile(`(?m)^\t(\S+) v\S+$`) // an indirect one has a comment at its end
	row := regexp.MustCompile(`(?m)^\| ([a-z]\S*\.\S+/\S+) \| (.+?) \| (.+?) \|$`)
	reasons := map[string]bool{}
	for _, m := range row.FindAllStringSubmatch(read(t, doc), -1) {
		reasons[m[1]] = true
	}
	required := map[string]bool{}
	for _, m := range direct.FindAllStringSubmatch(read(t, "go.mod"), -1) {
		required[m[1]] = true
		if !reasons[m[1]] {
			t.Errorf("go.mod requires %s, %s does not say why it earns its place", m[1], doc)
		}
	}
	for name := range reasons {
		if !required[name] {
			t.Errorf("%s gives a reason for %s, go.mod does not require it", doc, name)
		}
	}
	if len(required) < 5 {
		t.Errorf("found %d libraries in go.mod: the comparison proved nothing", len(required))
	}
}

func parse(t *testing.T, source string) *ast.File {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "p.go", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	return f
}
