package tidy

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	root   = "../.."
	module = "github.com/futago-ha/futago"
)

// goFile is one parsed file of the repository.
type goFile struct {
	path string // from the root, with slashes
	dir  string
	test bool
	ast  *ast.File
	fset *token.FileSet
}

// imports gives the import paths of the file.
func (f goFile) imports() []string {
	var paths []string
	for _, spec := range f.ast.Imports {
		paths = append(paths, strings.Trim(spec.Path.Value, `"`))
	}
	return paths
}

// line gives the line of a position in the file.
func (f goFile) line(p token.Pos) int { return f.fset.Position(p).Line }

// files gives the paths from the root of all files that people write, those for which keep holds.
func files(t *testing.T, keep func(path string) bool) []string {
	t.Helper()
	return walk(t, []string{".git", ".cache", "bin", "testdata"}, keep)
}

// walk gives the paths from the root of all files for which keep holds, in no folder of one of the names in skip.
func walk(t *testing.T, skip []string, keep func(path string) bool) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if slices.Contains(skip, d.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		rel, err := filepath.Rel(root, path)
		if rel = filepath.ToSlash(rel); err == nil && d.Type().IsRegular() && keep(rel) {
			found = append(found, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// goFiles parses all Go files.
func goFiles(t *testing.T) []goFile {
	t.Helper()
	var parsed []goFile
	for _, path := range files(t, func(path string) bool { return strings.HasSuffix(path, ".go") }) {
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, filepath.Join(root, path), nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		parsed = append(parsed, goFile{path, filepath.ToSlash(filepath.Dir(path)), strings.HasSuffix(path, "_test.go"), f, fset})
	}
	if len(parsed) < 10 {
		t.Fatalf("found %d Go files: the rules below would prove nothing", len(parsed))
	}
	return parsed
}

// read gives the content of a file by its path from the root.
func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// within tells whether a path is the directory or below it.
func within(path, dir string) bool {
	return path == dir || strings.HasPrefix(path, dir+"/")
}
