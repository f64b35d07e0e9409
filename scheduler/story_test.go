package scheduler_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "write into testdata what the machine does now; commit that only when you know what caused each change")

// TestStory tells every story of testdata again and compares. A story is a
// text: comments (#), commands in the first column, and indented below each
// command what the machine did in answer. story_commands_test.go lists the
// commands, story_print_test.go says how to read the answers.
func TestStory(t *testing.T) {
	for _, file := range storyFiles(t) {
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		t.Run(name, func(t *testing.T) {
			want := readStory(t, file)
			got, faults := tell(want)
			for _, f := range faults {
				t.Errorf("%s: %s", file, f)
			}
			switch {
			case got == want:
			case *rewrite:
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			default:
				t.Errorf("%s goes another way now (-rewrite accepts it):\n%s", file, difference(want, got))
			}
		})
	}
}

// TestStoriesAreNamed: a story is found by its file name and explained by its
// first line, and none is blessed in which both nodes served.
func TestStoriesAreNamed(t *testing.T) {
	for _, file := range storyFiles(t) {
		text := readStory(t, file)
		first, _, _ := strings.Cut(text, "\n")
		if !strings.HasPrefix(first, "# ") || !strings.Contains(text, "\n# Rule: ") {
			t.Errorf("%s begins with %q: want a comment with the situation, and a line \"# Rule: ...\" for what it shows", file, first)
		}
		marked := strings.HasPrefix(first, "# WRONG:") || strings.HasPrefix(first, "# OUTSIDE ")
		if strings.Contains(text, alarm) && !marked {
			t.Errorf("%s holds an alarm of the story's own checks and is not marked as wrong, or as outside of an assumption", file)
		}
	}
}

func storyFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories in testdata: %v", err)
	}
	return files
}

func readStory(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// tell runs the commands of a story and returns it with the answers of now.
func tell(story string) (told string, faults []string) {
	w := newWorld()
	var b strings.Builder
	for i, line := range strings.Split(strings.TrimRight(story, "\n"), "\n") {
		switch {
		case strings.HasPrefix(line, " "):
			continue // an answer of last time
		case line == "" || line[0] == '#':
			b.WriteString(line + "\n")
			continue
		}
		b.WriteString(line + "\n")
		if err := w.command(strings.Fields(line)); err != nil {
			faults = append(faults, fmt.Sprintf("line %d: %s: %v", i+1, line, err))
		}
		b.WriteString(w.takeOut())
	}
	return b.String(), faults
}

// difference shows the lines that differ between two texts, with what is
// common at both ends left out.
func difference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	start := 0
	for start < len(a) && start < len(b) && a[start] == b[start] {
		start++
	}
	endA, endB := len(a), len(b)
	for endA > start && endB > start && a[endA-1] == b[endB-1] {
		endA, endB = endA-1, endB-1
	}
	const most = 30
	var s strings.Builder
	fmt.Fprintf(&s, "from line %d\n", start+1)
	for _, side := range []struct {
		mark  string
		lines []string
	}{{"-", a[start:endA]}, {"+", b[start:endB]}} {
		for i, line := range side.lines {
			if i == most {
				fmt.Fprintf(&s, "%s ... and %d lines more\n", side.mark, len(side.lines)-most)
				break
			}
			fmt.Fprintf(&s, "%s %s\n", side.mark, line)
		}
	}
	return s.String()
}
