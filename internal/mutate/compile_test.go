package mutate

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestMutantsCompile checks the types of every package with each of its mutants,
// which is many times quicker than to build them.
func TestMutantsCompile(t *testing.T) {
	set := token.NewFileSet()
	imports := importer.ForCompiler(set, "gc", exports(t))
	sources := map[string][]*ast.File{} // by folder, without tests
	for _, m := range All() {
		dir := path.Dir(m.File)
		if sources[dir] == nil {
			sources[dir] = parseDir(t, set, dir)
		}
		text, err := m.Apply(root)
		if err != nil {
			continue // TestMutantsApply says it
		}
		changed, err := parser.ParseFile(set, m.Name, text, parser.SkipObjectResolution)
		if err != nil {
			t.Errorf("mutant %s is no Go: %v", m.Name, err)
			continue
		}
		files := []*ast.File{changed}
		for _, f := range sources[dir] {
			if filepath.Base(set.File(f.Pos()).Name()) != path.Base(m.File) {
				files = append(files, f)
			}
		}
		c := types.Config{Importer: imports}
		if _, err := c.Check(dir, set, files, nil); err != nil {
			t.Errorf("mutant %s does not compile: %v", m.Name, err)
		}
	}
}

// exports finds the compiled form of every package that one with a mutant needs.
func exports(t *testing.T) func(string) (io.ReadCloser, error) {
	t.Helper()
	args := []string{"list", "-export", "-deps", "-f", "{{.ImportPath}} {{.Export}}"}
	for _, m := range All() {
		if dir := "./" + path.Dir(m.File); !slices.Contains(args, dir) {
			args = append(args, dir)
		}
	}
	cmd := exec.Command("go", args...)
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	files := map[string]string{}
	for line := range strings.Lines(string(out)) {
		name, file, _ := strings.Cut(strings.TrimSpace(line), " ")
		files[name] = file
	}
	return func(name string) (io.ReadCloser, error) { return os.Open(files[name]) }
}

func parseDir(t *testing.T, set *token.FileSet, dir string) []*ast.File {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(root, dir, "*.go"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no sources in %s: %v", dir, err)
	}
	var files []*ast.File
	for _, p := range paths {
		if strings.HasSuffix(p, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(set, p, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return files
}
