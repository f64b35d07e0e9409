package tidy

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// ban forbids the packages below dir to import what is below one of the paths, unless it is below one of except.
type ban struct {
	dir    string
	paths  []string
	except []string
	tests  bool // for test files as well
	reason string
}

func ours(dirs ...string) []string {
	for i, d := range dirs {
		dirs[i] = module + "/" + d
	}
	return dirs
}

var bans = []ban{
	{
		dir: "scheduler", paths: []string{module}, except: ours("scheduler"),
		reason: "the decision knows no part: whoever opens scheduler/ should understand the product from it, and the simulator runs it without the parts",
	},
	{
		dir:    "scheduler",
		paths:  []string{"os", "io", "net", "context", "sync", "log", "runtime", "syscall", "unsafe", "math/rand", "crypto", "testing"},
		except: []string{"net/netip"},
		reason: "the decision is pure: it opens nothing, logs nothing, waits for nothing and draws no lots, so that one seed replays a run exactly",
	},
	{dir: "membership", paths: []string{module}, except: ours("membership"), tests: true, reason: leaf},
	{dir: "fencing", paths: []string{module}, except: ours("fencing", "internal/board"), tests: true, reason: leaf},
	{dir: "fencing", paths: ours("internal/board"), reason: "the simulated board is for tests: nothing simulated is in the shipped binary"},
	{dir: "fencing", paths: []string{"periph.io/x/host"}, reason: "a driver works on any bus; only the command opens the real one"},
	{dir: "resources", paths: []string{module}, except: ours("resources"), tests: true, reason: leaf},
	{dir: "vip", paths: []string{module}, except: ours("vip"), tests: true, reason: leaf},
	{
		dir: "internal/config", paths: ours("scheduler", "membership", "fencing", "resources", "vip", "internal"), except: ours("internal/config", "scheduler/calendar"),
		reason: "each part owns its settings; the daemon maps the file's to them",
	},
	{
		dir: "internal/store", paths: []string{module}, except: ours("internal/store"),
		reason: "what is kept on disk does not know what it means",
	},
	{
		dir: "internal/inputs", paths: []string{module}, except: ours("internal/inputs", "scheduler"),
		reason: "what is recorded must replay wherever the decision runs: in the daemon, in a command, in the simulator",
	},
	{
		dir: "internal/story", paths: []string{module}, except: ours("internal/story", "scheduler"),
		reason: "the words for events are for the simulator's stories as well",
	},
	{
		dir: "internal/explain", paths: []string{module}, except: ours("internal/explain", "internal/inputs", "internal/story", "internal/control/render", "scheduler"),
		reason: "an explanation comes of a record and of nothing that runs",
	},
	{
		dir: "internal/control", paths: ours("scheduler", "membership", "fencing", "resources", "vip", "internal/daemon"),
		reason: "the socket takes a status and hands on commands; it decides and does nothing itself",
	},
	{
		dir: "internal/sim", paths: ours("internal/daemon", "internal/lab"),
		reason: "the simulator runs the decision in virtual time; what is real in it would wait in real time",
	},
	{
		dir: "internal/explore", paths: []string{module}, except: ours("internal/explore", "scheduler"),
		reason: "a state of the model is copied and compared millions of times: nothing that is not plain memory belongs into it",
	},
	{dir: ".", paths: ours("internal/tidy"), reason: "rules are not code to build on"},
}

const leaf = "a leaf knows its library and nothing of ours: parts meet in the daemon's loop only"

func TestImports(t *testing.T) {
	for _, f := range goFiles(t) {
		for _, b := range bans {
			if b.dir != "." && !within(f.dir, b.dir) || f.test && !b.tests {
				continue
			}
			for _, path := range f.imports() {
				hit := func(p string) bool { return within(path, p) }
				if slices.ContainsFunc(b.paths, hit) && !slices.ContainsFunc(b.except, hit) {
					t.Errorf("%s imports %s: %s", f.path, path, b.reason)
				}
			}
		}
	}
}

// TestSimulatorBuildsNoPart: the simulator has the types of what the parts report, which it translates as the daemon does.
// A part itself would wait in real time.
func TestSimulatorBuildsNoPart(t *testing.T) {
	builds := regexp.MustCompile(`\b(membership|fencing|resources|vip)\.(New|Open|Run|Start)\b`)
	for _, f := range goFiles(t) {
		if !within(f.dir, "internal/sim") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(root, f.path))
		if err != nil {
			t.Fatal(err)
		}
		if found := builds.Find(text); found != nil {
			t.Errorf("%s uses %s: the simulator runs the decision in virtual time", f.path, found)
		}
	}
}

// TestShippedBinaryHasNothingSimulated asks the go tool, for a ban on direct imports would miss a path through others.
func TestShippedBinaryHasNothingSimulated(t *testing.T) {
	if _, err := os.Stat(filepath.Join(root, "cmd/futago")); err != nil {
		t.Log("cmd/futago does not exist yet")
		return
	}
	cmd := exec.Command("go", "list", "-e", "-deps", "./cmd/futago")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	deps := strings.Fields(string(out))
	if !slices.Contains(deps, module+"/cmd/futago") {
		t.Fatalf("go list gave %d packages and not the command itself", len(deps))
	}
	for _, banned := range ours("internal/board", "internal/explore", "internal/lab", "internal/mutate", "internal/sim", "internal/tidy") {
		for _, dep := range deps {
			if within(dep, banned) {
				t.Errorf("cmd/futago depends on %s: what cuts power in earnest must not contain a pretended board", dep)
			}
		}
	}
}
