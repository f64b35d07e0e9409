package chaos

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// leaks are what a node should not have.
func (r *run) leaks(ctx context.Context, node int, serves bool) []string {
	var found []string
	say := func(format string, args ...any) {
		found = append(found, r.name(node)+" "+fmt.Sprintf(format, args...))
	}
	want := 1
	if serves {
		want = 2
	}
	if out, err := r.output(ctx, node, "ip", "-4", "-o", "addr", "show", "dev", "eth0"); err != nil || strings.Count(out, "\n") != want {
		say("has not %d addresses: %v %q", want, err, out)
	}
	list, err := r.output(ctx, node, "docker", "ps", "-a", "--format", "{{.Names}} {{.State}}")
	for line := range strings.Lines(list) {
		name, state, _ := strings.Cut(strings.TrimSpace(line), " ")
		if name != container || (state == "running") != serves {
			say("has a container %q that is %s", name, state)
		}
	}
	if err != nil {
		say("does not tell its containers: %v", err)
	}
	daemons, guards := 0, 0
	for _, c := range r.lab.Commands(node) {
		daemons += btoi(strings.Contains(c, "futago daemon"))
		guards += btoi(strings.Contains(c, "futago guard"))
	}
	if daemons != 1 || guards != 1 {
		say("runs %d daemons and %d guards", daemons, guards)
	}
	if n := r.openFiles(node); n > r.handles[node]+handlesMore {
		say("has %d files open, %d at first", n, r.handles[node])
	}
	cases := 0
	for _, f := range r.files(ctx, node) {
		switch {
		case strings.HasPrefix(f, decisions):
			cases++
		case !slices.Contains(r.known[node], f):
			say("has a new file %s", f)
		}
	}
	if cases > decisionsMost {
		say("keeps %d cases below %s", cases, decisions)
	}
	return found
}

// A node keeps the inputs of its newest decisions, and no more of them.
const (
	decisions     = "/var/lib/futago/decisions/"
	decisionsMost = 33
)

// handlesMore allows for connections to the engine, the peer and whoever asks.
const handlesMore = 15

func (r *run) openFiles(node int) int {
	list, _ := os.ReadDir(filepath.Join("/proc", fmt.Sprint(r.lab.DaemonPID(node)), "fd")) // none where none runs
	return len(list)
}

// files are those of the daemon, on disk and in memory.
func (r *run) files(ctx context.Context, node int) []string {
	out, err := r.output(ctx, node, "find", "/var/lib/futago", "/run/futago", "-type", "f")
	if err != nil {
		return nil // the next look tells
	}
	return strings.Fields(out)
}

func (r *run) output(ctx context.Context, node int, argv ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return r.lab.Exec(ctx, node, argv...)
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
