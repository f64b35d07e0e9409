package tidy

import (
	"go/ast"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// skips are the functions that skip a test in CI as well, each with the reason.
var skips = map[string]string{
	"internal/lab/nodefutago/nodefutago_test.go: TestNoBusOutsideOfANode": "only on a node of a lab, where no CI runs",
	"membership/netns_test.go: TestForgottenPeerIsFoundAgain":             "only with -short, which nothing here passes",
	"resources/engine_test.go: needEngine":                                "without an engine TestMain ends the run in CI",
}

// TestSkipsAreFailuresInCI: a test that is skipped for want of root or Docker proves nothing, and in CI nobody reads it.
func TestSkipsAreFailuresInCI(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range goFiles(t) {
		for _, d := range f.ast.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || !f.test || !skipsAnyway(fn) {
				continue
			}
			key := f.path + ": " + fn.Name.Name
			seen[key] = true
			if skips[key] == "" {
				t.Errorf("%s skips without a look at the environment's CI: where CI is set, what is missing is a failure", key)
			}
		}
	}
	for key := range skips {
		if !seen[key] {
			t.Errorf("%s skips no longer: take it out of the list", key)
		}
	}
}

// skipsAnyway tells whether a function skips and never asks for CI.
func skipsAnyway(fn *ast.FuncDecl) bool {
	var skips, asks bool
	ast.Inspect(fn, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		skips = skips || slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, sel.Sel.Name)
		if qualified(sel) == "os.Getenv" {
			name, _ := call.Args[0].(*ast.BasicLit)
			asks = asks || name != nil && name.Value == `"CI"`
		}
		return true
	})
	return skips && !asks
}

// TestSkipsAreSeen proves the test above.
func TestSkipsAreSeen(t *testing.T) {
	const source = `package p
func bare(t *testing.T) { if os.Getenv("HOME") == "" { t.Skipf("no %s", "home") } }
func asks(t *testing.T) { if os.Getenv("CI") != "" { t.Fatal() }; t.Skip() }
func none(t *testing.T) { t.Log(os.Getenv("CI")) }`
	var got []string
	for _, d := range parse(t, source).Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && skipsAnyway(fn) {
			got = append(got, fn.Name.Name)
		}
	}
	if strings.Join(got, " ") != "bare" {
		t.Errorf("saw %v", got)
	}
}

// TestMachinesOfTheirOwn compares scripts/test with the packages whose tests have namespaces or nodes: two of them at
// once on a small machine are late for each other's deadlines.
func TestMachinesOfTheirOwn(t *testing.T) {
	list := regexp.MustCompile(`(?m)^ALONE="(.*)"$`).FindStringSubmatch(read(t, "scripts/test"))
	if list == nil {
		t.Fatal("scripts/test has no list of packages that run alone")
	}
	alone := strings.Fields(list[1])
	for _, dir := range alone {
		if found, err := filepath.Glob(filepath.Join(root, dir, "*_test.go")); err != nil || len(found) == 0 {
			t.Errorf("scripts/test runs %s alone, which has no tests", dir)
		}
	}
	space := regexp.MustCompile(`\bnetns\b|\bCLONE_NEWNET\b`)
	for _, f := range goFiles(t) {
		if !f.test || f.dir == "internal/tidy" || slices.Contains(alone, f.dir) {
			continue
		}
		if slices.Contains(f.imports(), module+"/internal/lab") || space.MatchString(read(t, f.path)) {
			t.Errorf("%s has namespaces or nodes, and scripts/test does not run %s alone", f.path, f.dir)
		}
	}
}
