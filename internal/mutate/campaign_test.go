package mutate

import (
	"context"
	"strings"
	"testing"
)

// hunted runs the front at the top of the repository.
func hunted(t *testing.T, args ...string) (int, string) {
	t.Helper()
	var out strings.Builder
	code := Main(context.Background(), append([]string{"-root", root}, args...), &out)
	return code, out.String()
}

// TestMutantIsFound: a release that is not written down breaks S8 in the first
// runs, and a corrupt file is a matter of the store's own tests.
func TestMutantIsFound(t *testing.T) {
	code, out := hunted(t, "-only", "release-on-disk,torn-file", "-seeds", "40", "-bounded", "4")
	if code != 0 || !strings.Contains(out, "S8, ") || !strings.Contains(out, "guards S8: Test") || !strings.Contains(out, "2 mutants, 2 found, 0 spared, 0 survived") {
		t.Fatalf("exit %d:\n%s", code, out)
	}
}

// TestMutantSurvives: what nothing finds within the budget fails the check.
func TestMutantSurvives(t *testing.T) {
	code, out := hunted(t, "-fresh", "-only", "parity", "-seeds", "0", "-bounded", "0", "-depth", "-1")
	if code != 1 || !strings.Contains(out, "SURVIVED parity (Words): Terms have parity") {
		t.Fatalf("exit %d:\n%s", code, out)
	}
}

func TestWrongCalls(t *testing.T) {
	for args, says := range map[string]string{
		"-only nobody":     "no mutant is called nobody",
		"-part 1":          "must be I/N",
		"-part 1/0":        "must be I/N",
		"-j 0":             "jobs 0",
		"more":             "arguments [\"more\"]",
		"-root ../nowhere": "no such file",
	} {
		if code, out := hunted(t, strings.Fields(args)...); code != 2 || !strings.Contains(out, says) {
			t.Errorf("%s: exit %d, %s; want %q", args, code, out, says)
		}
	}
}

// TestKnownOnly: what was never found is left out when only the known are meant.
func TestKnownOnly(t *testing.T) {
	all, err := readHints(root)
	if err != nil {
		t.Fatal(err)
	}
	var c campaign
	if err := c.parse([]string{"-root", root, "-known"}); err != nil {
		t.Fatal(err)
	}
	if len(c.mutants) != len(all) || len(all) < 50 {
		t.Fatalf("%d mutants for %d hints", len(c.mutants), len(all))
	}
}

// TestPartsAreAll: the parts together are every mutant, once.
func TestPartsAreAll(t *testing.T) {
	seen := map[string]int{}
	for _, part := range []string{"7/3", "8/3", "9/3"} {
		mine, err := choose("", part)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range mine {
			seen[m.Name]++
		}
	}
	for _, m := range All() {
		if seen[m.Name] != 1 {
			t.Errorf("mutant %s is in %d parts", m.Name, seen[m.Name])
		}
	}
}

func TestNameOfFailedTest(t *testing.T) {
	for out, want := range map[string]string{
		"ok  \texample\t0.1s":                                   "",
		"--- FAIL: TestOne (0.00s)\nFAIL":                       "TestOne",
		"panic: x\n\nexample.TestTwo.func1(0x1)\n\tx.go:1 +0x1": "TestTwo",
		"FAIL\texample [build failed]":                          "",
	} {
		if got := failedTest([]byte(out)); got != want {
			t.Errorf("%q: %q, want %q", out, got, want)
		}
	}
}
