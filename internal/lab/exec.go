package lab

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"time"

	"github.com/vishvananda/netns"

	"github.com/futago-ha/futago/internal/lab/nodeinit"
)

// Exec runs a command on a running node, as root, with the node's own view
// of everything, and returns what it printed. The error holds its standard
// error output.
func (l *Lab) Exec(ctx context.Context, node int, argv ...string) (string, error) {
	pid := l.nodes[node].status().PID
	if pid == 0 {
		return "", fmt.Errorf("node %s does not run", l.opts.Nodes[node].Name)
	}
	return output(exec.CommandContext(ctx, "nsenter", nsenterArgs(pid, argv)...), argv)
}

// nsenterArgs enters all namespaces of a node's manager. The node's stand-ins
// come first in PATH.
func nsenterArgs(pid int, argv []string) []string {
	args := []string{"-t", strconv.Itoa(pid), "--net", "--mount", "--uts", "--ipc", "--pid", "--wd=/"}
	if _, err := os.Stat("/proc/self/ns/time"); err == nil {
		args = append(args, "--time")
	}
	args = append(args,
		"--", "env", "-u", nodeinit.RoleEnv,
		"PATH="+nodeinit.BinDir+":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	)
	return append(args, argv...)
}

// ExecClient runs a command in the client's network namespace and returns
// what it printed.
func (l *Lab) ExecClient(ctx context.Context, argv ...string) (string, error) {
	return l.execIn(l.network.client, exec.CommandContext(ctx, argv[0], argv[1:]...), argv)
}

// ExecSwitch does so in the switch's.
func (l *Lab) ExecSwitch(ctx context.Context, argv ...string) (string, error) {
	return l.execIn(l.network.sw, exec.CommandContext(ctx, argv[0], argv[1:]...), argv)
}

func (l *Lab) execIn(ns netns.NsHandle, cmd *exec.Cmd, argv []string) (string, error) {
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := l.thread.do(ns, cmd.Start); err != nil {
		return "", fmt.Errorf("start %q: %w", argv, err)
	}
	if err := cmd.Wait(); err != nil {
		return out.String(), fmt.Errorf("run %q: %w: %s", argv, err, bytes.TrimSpace(errOut.Bytes()))
	}
	return out.String(), nil
}

func output(cmd *exec.Cmd, argv []string) (string, error) {
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	cmd.WaitDelay = time.Second // what it has started may keep its output open
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("run %q: %w: %s", argv, err, bytes.TrimSpace(errOut.Bytes()))
	}
	return out.String(), nil
}

// Enter returns the command line that runs argv on a machine of a lab: a node
// by name, or "client", "switch" or "router". A node that does not run cannot
// be entered.
func (s Status) Enter(machine string, argv []string) ([]string, error) {
	for path, name := range map[string]string{s.ClientNS: "client", s.SwitchNS: "switch", s.RouterNS: "router"} {
		if name == machine {
			return append([]string{"nsenter", "--net=" + path, "--"}, argv...), nil
		}
	}
	for _, n := range s.Nodes {
		if n.Name != machine {
			continue
		}
		if n.PID == 0 {
			return nil, fmt.Errorf("%s does not run: it is %s", n.Name, n.Phase)
		}
		return append([]string{"nsenter"}, nsenterArgs(n.PID, argv)...), nil
	}
	return nil, fmt.Errorf("machine %q is not in this lab: it has %s, %s, client, switch and router",
		machine, s.Nodes[0].Name, s.Nodes[1].Name)
}
