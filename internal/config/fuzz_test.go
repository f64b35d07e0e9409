package config

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzParse: whatever the file, Parse gives a configuration or faults that an operator can find, never a panic.
func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/bad/*.toml")
	for _, file := range append(files, "testdata/good.toml", referencePath) {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Parse("f", data)
		if err == nil {
			again, err := Parse("f", append([]byte("# comment\n"), data...))
			if err != nil || again.Digest() != c.Digest() {
				t.Errorf("a comment changed the meaning: %v", err)
			}
			return
		}
		var ps Problems
		if !errors.As(err, &ps) || len(ps) == 0 || c != nil {
			t.Fatalf("got %T %v and %v, want problems alone", err, err, c)
		}
		lastLine := 0
		for _, p := range ps {
			if p.Line < max(lastLine, 1) || p.Line > 1+bytes.Count(data, []byte("\n")) {
				t.Errorf("line %d after line %d of %d lines: %v", p.Line, lastLine, 1+bytes.Count(data, []byte("\n")), p)
			}
			lastLine = p.Line
			if p.Key == "" || p.Wrong == "" || p.Allowed == "" || strings.ContainsFunc(p.Error(), notPrintableASCII) {
				t.Errorf("unfit for an operator: %q", p.Error())
			}
		}
	})
}

func notPrintableASCII(r rune) bool { return r < ' ' || r > '~' }

// FuzzLines: the index knows the line of every key that go-toml read, so no fault is reported on a wrong line.
func FuzzLines(f *testing.F) {
	for _, s := range []string{"a.b.c = 1\n[a.d]\ne = [1,\n2]", "[[a]]\nb = 1\n[[a]]\n[a.c]\nd = {e = 1, f = [{g = 2}]}", "\"a.b\" = 1\n[[x.y]]\n[[x.y.z]]"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d := newDocument("f", data)
		if len(d.problems) > 0 {
			return
		}
		requireLines(t, d, "", d.values)
	})
}

// requireLines fails for every path under value that has no line.
func requireLines(t *testing.T, d *document, path string, value any) {
	if path != "" && d.lines[path] == 0 {
		t.Errorf("%s has no line", path)
	}
	switch v := value.(type) {
	case map[string]any:
		for key, e := range v {
			requireLines(t, d, join(path, key), e)
		}
	case []any:
		for i, e := range v {
			requireLines(t, d, entry(path, i), e)
		}
	}
}
