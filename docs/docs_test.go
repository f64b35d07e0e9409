// Package docs_test keeps the documents of codes complete: whoever meets a code
// at night finds it in both languages, and finds none that no program says.
package docs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// sayers are the packages whose codes reach an operator.
var sayers = []string{"scheduler", "resources", "membership", "internal/daemon"}

// pages are the documents, with the labels that every entry has, in order.
var pages = map[string][]string{
	"blocked.md":    {"- Means: ", "- Check: ", "- Ends: ", "- Never: "},
	"blocked.ja.md": {"- 意味: ", "- 確認: ", "- 終わり: ", "- 禁止: "},
}

func TestEveryCodeIsExplained(t *testing.T) {
	codes := map[string]bool{}
	for _, dir := range sayers {
		before := len(codes)
		codesIn(t, filepath.Join("..", dir), codes)
		if len(codes) == before {
			t.Errorf("found no code in %s: has the way they are written changed?", dir)
		}
	}
	for page := range pages {
		entries := entriesOf(t, page)
		for _, code := range slices.Sorted(maps.Keys(codes)) {
			if entries[code] == 0 {
				t.Errorf("%s has no entry for %s", page, code)
			}
		}
		for _, code := range slices.Sorted(maps.Keys(entries)) {
			if !codes[code] {
				t.Errorf("%s has an entry for %s, which nothing says", page, code)
			}
			if entries[code] > 1 {
				t.Errorf("%s has %d entries for %s", page, entries[code], code)
			}
		}
	}
}

func TestEveryEntrySaysAll(t *testing.T) {
	for page, labels := range pages {
		parts := strings.Split(read(t, page), "\n### ")
		if len(parts) < 30 {
			t.Errorf("%s has %d entries: has its form changed?", page, len(parts)-1)
		}
		for _, part := range parts[1:] {
			entry, _, _ := strings.Cut(part, "\n## ")
			code, text, _ := strings.Cut(entry, "\n")
			for _, label := range labels {
				_, after, found := strings.Cut(text, label)
				if !found {
					t.Errorf("%s: %s lacks %q, or has it out of order", page, code, strings.TrimSpace(label))
					break
				}
				text = after
			}
		}
	}
}

// TestLanguagesAgree: the same entries in the same order, so that two people
// with two documents find the same place.
func TestLanguagesAgree(t *testing.T) {
	english := heading.FindAllString(read(t, "blocked.md"), -1)
	japanese := heading.FindAllString(read(t, "blocked.ja.md"), -1)
	if !slices.Equal(english, japanese) {
		t.Errorf("the entries differ or stand in another order:\n%q\n%q", english, japanese)
	}
}

var (
	isCode  = regexp.MustCompile(`^[A-Z]{2,}(_[A-Z]+)*$`)
	heading = regexp.MustCompile(`(?m)^### ([A-Z_]+)$`)
	row     = regexp.MustCompile(`(?m)^\| ([A-Z_]+) \|`)
)

func entriesOf(t *testing.T, page string) map[string]int {
	entries := map[string]int{}
	for _, form := range []*regexp.Regexp{heading, row} {
		for _, m := range form.FindAllStringSubmatch(read(t, page), -1) {
			entries[m[1]]++
		}
	}
	return entries
}

// codesIn adds the codes that a package's sources have: constants named Code...
// or Skip... (futago schedule shows those) or of the type Code, and texts given
// to a field Code.
func codesIn(t *testing.T, dir string, codes map[string]bool) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			for _, value := range codeValues(n) {
				if code, ok := text(value); ok && isCode.MatchString(code) {
					codes[code] = true
				}
			}
			return true
		})
	}
}

func codeValues(n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.ValueSpec:
		kind, _ := n.Type.(*ast.Ident)
		name := strings.ToLower(n.Names[0].Name)
		if kind != nil && kind.Name == "Code" || strings.HasPrefix(name, "code") || strings.HasPrefix(name, "skip") {
			return n.Values
		}
	case *ast.KeyValueExpr:
		if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Code" {
			return []ast.Expr{n.Value}
		}
	}
	return nil
}

func text(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(lit.Value)
	return s, err == nil
}

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
