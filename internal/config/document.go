package config

import (
	"errors"
	"fmt"
	"sort"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// maxFile is the largest configuration file that is read, in bytes; the longest useful one has a tenth of it.
const maxFile = 256 << 10

// document is a file that is valid TOML, with the line of every key and the faults found in it so far.
type document struct {
	file     string
	values   map[string]any
	lines    map[string]int      // by path, see Problem.Key
	asked    map[string][]string // keys that the code reads, by path of their section
	read     map[string]string   // what they came to, in words, by their path
	problems Problems
}

// newDocument parses data. Where that fails the document is empty and its only problem says why.
func newDocument(file string, data []byte) *document {
	d := &document{file: file, values: map[string]any{}, lines: map[string]int{}, asked: map[string][]string{}, read: map[string]string{}}
	if len(data) > maxFile {
		d.add(1, "file", fmt.Sprintf("is %d bytes long", len(data)), fmt.Sprintf("at most %d bytes", maxFile))
		return d
	}
	if err := toml.Unmarshal(data, &d.values); err != nil {
		d.values = map[string]any{}
		d.addSyntax(err)
		return d
	}
	d.lines = indexLines(data)
	return d
}

func (d *document) add(line int, key, wrong, allowed string) {
	d.problems = append(d.problems, Problem{File: d.file, Line: line, Key: key, Wrong: wrong, Allowed: allowed})
}

// addSyntax reports what go-toml refused. It stops at the first such fault, for what follows cannot be understood.
func (d *document) addSyntax(err error) {
	const allowed = "TOML 1.0, each key and table once"
	var de *toml.DecodeError
	if !errors.As(err, &de) {
		d.add(1, "syntax", asciiOnly(err.Error()), allowed)
		return
	}
	line, _ := de.Position()
	key := "syntax"
	if parts := de.Key(); len(parts) > 0 {
		key = ""
		for _, part := range parts {
			key = join(key, part)
		}
	}
	d.add(max(line, 1), key, asciiOnly(strings.TrimPrefix(de.Error(), "toml: ")), allowed)
}

// indexer walks the syntax tree of a file and notes on which line each path stands.
type indexer struct {
	newlines []int // byte offsets, ascending
	lines    map[string]int
	counts   map[string]int // tables seen so far per array of tables
}

// indexLines gives the line of every key, table and list entry of data, which must be valid TOML.
func indexLines(data []byte) map[string]int {
	ix := &indexer{lines: map[string]int{}, counts: map[string]int{}}
	for i, b := range data {
		if b == '\n' {
			ix.newlines = append(ix.newlines, i)
		}
	}
	var p unstable.Parser
	p.Reset(data)
	prefix := ""
	for p.NextExpression() {
		switch e := p.Expression(); e.Kind {
		case unstable.Table, unstable.ArrayTable:
			prefix = ix.header(e)
		case unstable.KeyValue:
			ix.keyValue(prefix, e)
		default: // comments
		}
	}
	return ix.lines
}

// header notes a [table] or [[table]] and returns its path. A dotted header goes through the newest table of each
// array of tables on its way, as TOML says.
func (ix *indexer) header(e *unstable.Node) string {
	path, line := "", 0
	for it := e.Key(); it.Next(); {
		line = ix.lineOf(it.Node(), line)
		path = join(path, string(it.Node().Data))
		isNew := it.IsLast() && e.Kind == unstable.ArrayTable
		ix.note(path, line)
		if isNew {
			ix.counts[path]++
		}
		if n := ix.counts[path]; n > 0 {
			path = entry(path, n-1)
			ix.note(path, line)
		}
	}
	return path
}

func (ix *indexer) keyValue(prefix string, e *unstable.Node) {
	path, line := prefix, 0
	for it := e.Key(); it.Next(); {
		line = ix.lineOf(it.Node(), line)
		path = join(path, string(it.Node().Data))
		ix.note(path, line)
	}
	ix.value(path, line, e.Value())
}

// value notes what is inside a list or an inline table; line is where its parent stands.
func (ix *indexer) value(path string, line int, v *unstable.Node) {
	children := v.Children()
	switch v.Kind {
	case unstable.InlineTable:
		for children.Next() {
			if n := children.Node(); n.Kind == unstable.KeyValue {
				ix.keyValue(path, n)
			}
		}
	case unstable.Array:
		for i := 0; children.Next(); {
			n := children.Node()
			if n.Kind == unstable.Comment {
				continue
			}
			at := ix.lineOf(n, line)
			ix.note(entry(path, i), at)
			ix.value(entry(path, i), at, n)
			i++
		}
	default: // scalars hold nothing
	}
}

// note keeps the first line on which a path appears.
func (ix *indexer) note(path string, line int) {
	if _, seen := ix.lines[path]; !seen {
		ix.lines[path] = line
	}
}

// lineOf gives the line of a node, or the parent's where the parser records no place (a list in a list).
func (ix *indexer) lineOf(n *unstable.Node, parent int) int {
	if n.Raw.Length == 0 {
		return max(parent, 1)
	}
	return 1 + sort.SearchInts(ix.newlines, int(n.Raw.Offset))
}

// join appends one part to a dotted path and quotes it where TOML would need quotes.
func join(path, part string) string {
	if !isBare(part) {
		part = quote(part)
	}
	if path == "" {
		return part
	}
	return path + "." + part
}

// entry is the path of the list entry i, counted from 1 as people count tables in a file.
func entry(path string, i int) string {
	return path + "[" + strconv.Itoa(i+1) + "]"
}

func isBare(s string) bool {
	notBare := func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_')
	}
	return s != "" && strings.IndexFunc(s, notBare) < 0
}
