package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one fault of a configuration file.
type Problem struct {
	File    string // as the operator named it
	Line    int    // from 1; the enclosing table's line where a key is missing
	Key     string // dotted path, tables of an array counted from 1: node[2].name
	Wrong   string // what is wrong with it
	Allowed string // what would have been right
}

// Error gives the fault as one line in the form compilers use, so that editors can jump to it.
func (p Problem) Error() string {
	return fmt.Sprintf("%s:%d: %s: %s; allowed: %s", p.File, p.Line, p.Key, p.Wrong, p.Allowed)
}

// Problems are all faults of one file in the order of their lines; never empty when returned as an error.
type Problems []Problem

// Error gives one line per fault.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// sorted orders the faults by line; those of one line keep the order in which they were found.
func (ps Problems) sorted() Problems {
	slices.SortStableFunc(ps, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
	return ps
}
