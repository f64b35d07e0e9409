package mutate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// trialPackage is what is built and run with every mutant.
const trialPackage = "./internal/mutate/trial"

// workshop is where mutants are built.
type workshop struct {
	root string // of the repository
	dir  string // for what is built, removed afterwards

	shipped string // the trial as it ships
}

// overlay writes the mutant's file and the overlay that puts it in the place of
// the true one, for the go tool's -overlay.
func (w *workshop) overlay(m *Mutant) (string, error) {
	text, err := m.Apply(w.root)
	if err != nil {
		return "", err
	}
	changed := filepath.Join(w.dir, m.Name+".go")
	if err := os.WriteFile(changed, []byte(text), 0o600); err != nil {
		return "", fmt.Errorf("mutant %s: %w", m.Name, err)
	}
	doc, err := json.Marshal(map[string]map[string]string{"Replace": {filepath.Join(w.root, m.File): changed}})
	if err != nil {
		return "", fmt.Errorf("mutant %s: %w", m.Name, err)
	}
	file := filepath.Join(w.dir, m.Name+".json")
	if err := os.WriteFile(file, doc, 0o600); err != nil {
		return "", fmt.Errorf("mutant %s: %w", m.Name, err)
	}
	return file, nil
}

// build builds the trial, with the mutant or (nil) as it ships, and returns the
// program's path.
func (w *workshop) build(ctx context.Context, m *Mutant) (string, error) {
	program := filepath.Join(w.dir, "shipped.trial")
	args := []string{"build", "-buildvcs=false", "-p", "1", "-ldflags=-s -w"}
	if m != nil {
		file, err := w.overlay(m)
		if err != nil {
			return "", err
		}
		program = filepath.Join(w.dir, m.Name+".trial")
		args = append(args, "-overlay", file)
	}
	_, err := w.run(ctx, "go", append(args, "-o", program, trialPackage)...)
	return program, err
}

// test runs a package's tests with the mutant, and returns what they printed.
func (w *workshop) test(ctx context.Context, m *Mutant) ([]byte, error) {
	file, err := w.overlay(m)
	if err != nil {
		return nil, err
	}
	return w.run(ctx, "go", "test", "-buildvcs=false", "-count=1", "-failfast", "-p", "1", "-overlay", file, m.Tests)
}

// failures are the marks of a test that failed: its own line, or its place in
// the stack of a panic.
var failures = regexp.MustCompile(`(?m)^--- FAIL: (\w+)|\.(Test\w+)[.(]`)

// failedTest is the name of the first test that failed, empty when none did.
func failedTest(out []byte) string {
	if found := failures.FindSubmatch(out); found != nil {
		return string(found[1]) + string(found[2])
	}
	return ""
}

// run runs a program at the top of the repository and returns what it printed.
func (w *workshop) run(ctx context.Context, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = w.root
	out, err := cmd.Output()
	if err == nil {
		return out, nil
	}
	said := ""
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		said = ": " + strings.TrimSpace(string(exit.Stderr))
	}
	return out, fmt.Errorf("%s %s: %w%s", filepath.Base(name), strings.Join(args, " "), err, said)
}
