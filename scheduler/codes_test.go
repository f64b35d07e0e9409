package scheduler_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// onlyNoted are the codes of codes.go that no node waits for: they mark a line
// of the journal. Every other one must be waited for in some story.
var onlyNoted = map[string]bool{
	"CONTEST": true, "STOP_FAILED": true, "VIP_FOREIGN": true,
	"TOOK_TERM": true, "GAVE_UP_TERM": true, "RELEASED_TERM": true, "RETURNED_TERM": true, "SERVING": true,
	"HANDED_OFF": true, "MET": true, "PEER_BACK": true, "BOTH_SERVED": true, "HOLD_GIVEN_UP": true, "FENCED": true,
	"FENCE_PROVED": true, "WAS_FENCED": true, "WIRE_TESTED": true, "WAKE_PULSE": true, "REBOOT_SKIPPED": true,
	"REBOOTED": true, "REBOOT_FAILED": true, "SLEPT": true, "COMMAND": true,
}

// TestEveryCodeOccursInAStory: whoever meets a code at night can find a story
// in which it comes up and ends.
func TestEveryCodeOccursInAStory(t *testing.T) {
	waited, noted := codesOfStories(t)
	for _, code := range codesOf(t, "codes.go") {
		switch {
		case onlyNoted[code] && waited[code]:
			t.Errorf("%s is waited for in a story: take it out of onlyNoted", code)
		case onlyNoted[code] && !noted[code]:
			t.Errorf("no story has a note with the code %s", code)
		case !onlyNoted[code] && !waited[code]:
			t.Errorf("no story waits for %s", code)
		}
	}
}

// TestStoriesUseKnownCodes: a wait with a code outside of codes.go has no entry
// in the documents. Codes of parts are in lower parts of the tree and come in
// by reports; the stories use these.
func TestStoriesUseKnownCodes(t *testing.T) {
	known := map[string]bool{"IMAGE_MISSING": true, "CONTAINER_DIED": true}
	for _, code := range codesOf(t, "codes.go") {
		known[code] = true
	}
	waited, noted := codesOfStories(t)
	for _, codes := range []map[string]bool{waited, noted} {
		for code := range codes {
			if !known[code] {
				t.Errorf("a story has the code %q, which codes.go does not", code)
			}
		}
	}
}

// TestWaitsSayAll: every wait has a reason, and an end or a command that ends
// it (L4), and is in the list once.
func TestWaitsSayAll(t *testing.T) {
	incomplete := map[string]bool{}
	for _, file := range storyFiles(t) {
		for _, line := range strings.Split(readStory(t, file), "\n") {
			if m := waitLine.FindStringSubmatch(line); m != nil {
				ends := strings.Contains(line, " until ") || strings.Contains(line, ". Do: ")
				if !ends || !strings.Contains(line, ", because ") {
					incomplete[m[1]] = true
				}
			}
			if m := statusWaits.FindAllString(line, -1); len(m) != len(slices.Compact(slices.Sorted(slices.Values(m)))) {
				incomplete["twice: "+strings.Join(m, " ")] = true
			}
		}
	}
	if len(incomplete) > 0 {
		wrong(t, fmt.Sprintf("waits without reason, without end and command, or twice in the list: %q", slices.Sorted(maps.Keys(incomplete))))
	}
}

var (
	statusWaits = regexp.MustCompile(`waits \[[^\]]*\]`)

	waitLine = regexp.MustCompile(`WAIT \[([^\]]*)\]`)
	noteLine = regexp.MustCompile(`(?:note|WARNING|CRITICAL) \[([^\]]*)\]`)
)

func codesOfStories(t *testing.T) (waited, noted map[string]bool) {
	waited, noted = map[string]bool{}, map[string]bool{}
	for _, file := range storyFiles(t) {
		text := readStory(t, file)
		for _, m := range waitLine.FindAllStringSubmatch(text, -1) {
			waited[m[1]] = true
		}
		for _, m := range noteLine.FindAllStringSubmatch(text, -1) {
			noted[m[1]] = true
		}
	}
	return waited, noted
}

// codesOf lists the values of the Code constants of a file.
func codesOf(t *testing.T, file string) []string {
	t.Helper()
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	tree, err := parser.ParseFile(token.NewFileSet(), file, source, 0)
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	ast.Inspect(tree, func(n ast.Node) bool {
		spec, is := n.(*ast.ValueSpec)
		if !is || !strings.HasPrefix(spec.Names[0].Name, "Code") {
			return true
		}
		if code, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value); err == nil {
			codes = append(codes, code)
		}
		return true
	})
	if len(codes) < 30 {
		t.Fatalf("found %d codes in %s", len(codes), file)
	}
	return codes
}
