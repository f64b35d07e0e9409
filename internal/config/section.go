package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// section is one table of the file. The document remembers which of its keys were asked for; close reports the others
// as unknown, so the list of allowed keys is the code that reads them and cannot go stale.
type section struct {
	doc    *document
	path   string
	line   int
	values map[string]any
	broken bool // no table at all, which was reported: what it lacks is not worth a word
}

// root is the table that holds the whole file.
func (d *document) root() *section {
	return &section{doc: d, line: 1, values: d.values}
}

// has tells whether the key stands in the file, whatever its value.
func (s *section) has(key string) bool {
	_, ok := s.values[key]
	return ok
}

// fail reports a fault of a key, or of this section where the key is missing from it.
func (s *section) fail(key, wrong, allowed string) {
	path := join(s.path, key)
	line, ok := s.doc.lines[path]
	if !ok {
		line = s.line
	}
	s.doc.add(line, path, wrong, allowed)
}

// missing reports a required key that is not there.
func (s *section) missing(key, allowed string) {
	if !s.broken {
		s.fail(key, "is missing", allowed)
	}
}

// failEntry reports a fault of entry i of the list under key.
func (s *section) failEntry(key string, i int, wrong, allowed string) {
	path := entry(join(s.path, key), i)
	s.doc.add(s.doc.lines[path], path, wrong, allowed)
}

// ask marks a key as known and returns its value.
func (s *section) ask(key string) (any, bool) {
	if !slices.Contains(s.doc.asked[s.path], key) {
		s.doc.asked[s.path] = append(s.doc.asked[s.path], key)
	}
	v, ok := s.values[key]
	return v, ok
}

// table gives the table under key. A missing one is an empty one: its required keys will be reported missing.
func (s *section) table(key string) *section {
	v, ok := s.ask(key)
	path := join(s.path, key)
	sub := &section{doc: s.doc, path: path, line: s.line, values: map[string]any{}, broken: s.broken}
	if line, ok := s.doc.lines[path]; ok {
		sub.line = line
	}
	if !ok {
		return sub
	}
	values, isTable := v.(map[string]any)
	if !isTable {
		s.fail(key, "is "+describe(v), "a table of keys")
		sub.broken = true
		return sub
	}
	sub.values = values
	return sub
}

// tables gives the tables of the array under key, between least and most of them.
func (s *section) tables(key string, least, most int) []*section {
	path := join(s.path, key)
	allowed := fmt.Sprintf("%d to %d tables [[%s]]", least, most, path)
	if least == most {
		allowed = fmt.Sprintf("exactly %d tables [[%s]]", least, path)
	}
	v, ok := s.ask(key)
	if !ok {
		s.missing(key, allowed)
		return nil
	}
	list, isList := v.([]any)
	if !isList {
		s.fail(key, "is "+describe(v), allowed)
		return nil
	}
	if len(list) < least || len(list) > most {
		s.fail(key, fmt.Sprintf("stands %d times", len(list)), allowed)
	}
	var subs []*section
	for i, e := range list[:min(len(list), most)] {
		values, isTable := e.(map[string]any)
		if !isTable {
			s.failEntry(key, i, "is "+describe(e), allowed)
			continue
		}
		subs = append(subs, &section{doc: s.doc, path: entry(path, i), line: s.doc.lines[entry(path, i)], values: values})
	}
	return subs
}

// close reports every key of the section that nothing asked for.
func (s *section) close() {
	for _, key := range slices.Sorted(maps.Keys(s.values)) {
		if known := s.doc.asked[s.path]; !slices.Contains(known, key) {
			s.fail(key, "is not a key of futago", strings.Join(known, ", "))
		}
	}
}

// optional reads a key into dst and leaves dst, which holds the default, where the key is missing or wrong.
func optional[T any](s *section, key string, dst *T, k kind[T]) {
	defer came(s, key, dst)
	v, ok := s.ask(key)
	if !ok {
		return
	}
	parsed, err := k.parse(v)
	if err != nil {
		s.fail(key, err.Error(), k.allowed)
		return
	}
	*dst = parsed
}

// came notes what a key came to.
func came[T any](s *section, key string, dst *T) {
	s.doc.read[join(s.path, key)] = fmt.Sprint(*dst)
}

// required is optional for a key that has no default.
func required[T any](s *section, key string, dst *T, k kind[T]) {
	if _, ok := s.ask(key); !ok {
		s.missing(key, k.allowed)
		return
	}
	optional(s, key, dst, k)
}

// maxList bounds every list of the file.
const maxList = 64

// list reads a list whose entries are each of kind k, and reports each wrong entry on its own line; the zero value
// stands in its place.
func list[T any](s *section, key string, dst *[]T, k kind[T]) {
	defer came(s, key, dst)
	v, ok := s.ask(key)
	if !ok {
		return
	}
	entries, isList := v.([]any)
	if !isList {
		s.fail(key, "is "+describe(v), "a list in [ ] of: "+k.allowed)
		return
	}
	if len(entries) > maxList {
		s.fail(key, fmt.Sprintf("has %d entries", len(entries)), fmt.Sprintf("at most %d entries", maxList))
		return
	}
	if len(entries) == 0 {
		return // the same meaning, and so the same digest, as a key that is not there
	}
	parsed := make([]T, len(entries))
	for i, e := range entries {
		p, err := k.parse(e)
		if err != nil {
			s.failEntry(key, i, err.Error(), k.allowed)
			continue
		}
		parsed[i] = p
	}
	*dst = parsed
}
