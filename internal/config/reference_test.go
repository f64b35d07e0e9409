package config

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const referencePath = "../../packaging/futago.toml"

var (
	defaultLine = regexp.MustCompile(`(?m)^#([a-z0-9_.-]+ = .*)$`)
	exampleMark = "  # example"
)

func readReference(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(referencePath)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// uncomment makes the commented keys for which keep holds part of the file, on the same lines.
func uncomment(reference string, keep func(line string) bool) string {
	return defaultLine.ReplaceAllStringFunc(reference, func(line string) string {
		if keep(line) {
			return strings.TrimPrefix(line, "#")
		}
		return line
	})
}

func TestReferenceShowsTheDefaultsOfTheCode(t *testing.T) {
	reference := readReference(t)
	plain, err := Parse(referencePath, []byte(reference))
	if err != nil {
		t.Fatalf("the reference as it is shipped is refused:\n%v", err)
	}
	spelled, err := Parse(referencePath, []byte(uncomment(reference, func(line string) bool {
		return !strings.Contains(line, exampleMark)
	})))
	if err != nil {
		t.Fatalf("the reference with its defaults written out is refused:\n%v", err)
	}
	if plain.Digest() != spelled.Digest() {
		t.Errorf("a default in the reference differs from the code's:\ncode      %+v\nreference %+v", *plain, *spelled)
	}
}

func TestReferenceExamplesAreAllowed(t *testing.T) {
	full := uncomment(readReference(t), func(string) bool { return true })
	if _, err := Parse(referencePath, []byte(full)); err != nil {
		t.Errorf("the reference with everything uncommented is refused:\n%v", err)
	}
}

// TestReferenceHasEveryKey asks the code itself which keys it reads: those a section was asked for are its allowed
// ones. Each must stand in the reference, and the reference may show no other (the tests above would refuse it).
func TestReferenceHasEveryKey(t *testing.T) {
	full := uncomment(readReference(t), func(string) bool { return true })
	d := newDocument(referencePath, []byte(full))
	readConfig(d.root())
	for path, keys := range d.asked {
		for _, key := range keys {
			if _, ok := d.lines[join(path, key)]; !ok {
				t.Errorf("the code reads %s, packaging/futago.toml does not show it", join(path, key))
			}
		}
	}
	for _, path := range []string{"", "node[2]", "service", "service.container[1].health", "service.vip", "fence", "reboot"} {
		if len(d.asked[path]) == 0 {
			t.Errorf("no key of section %q was read: the comparison above proved nothing", path)
		}
	}
	if !slices.Contains(d.asked["fence"], "hold") {
		t.Error("fence.hold was not among the keys read")
	}
}
