package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/futago-ha/futago/internal/control"
	"github.com/futago-ha/futago/internal/lab/measure"
	"github.com/futago-ha/futago/internal/lab/nodeinit"
)

// Measure starts a client that asks the service over HTTP and the network
// for the VIP, at the paces of measure.Plan's defaults. Stop the watch before
// the lab ends.
func (l *Lab) Measure() (*measure.Watch, error) { return l.MeasureAt(0, 0) }

// MeasureAt is Measure at another pace, with another limit of a request; 0
// stands for the default.
func (l *Lab) MeasureAt(pace, limit time.Duration) (*measure.Watch, error) {
	plan := measure.Plan{
		URL:       fmt.Sprintf("http://%s/", l.opts.VIP.Addr()),
		Interval:  pace,
		Timeout:   limit,
		ARPTarget: l.opts.VIP.Addr(),
		ARPSender: l.opts.Prober,
		Interface: hostPort,
	}
	cmd := exec.Command(l.opts.Executable)
	cmd.Env = []string{nodeinit.RoleEnv + "=" + roleMeasure}
	cmd.Stderr = os.Stderr
	return measure.Start(plan, cmd, func(cmd *exec.Cmd) error {
		return l.thread.do(l.network.client, cmd.Start)
	})
}

// NodeOf tells which node a hardware address belongs to; false: none.
func (l *Lab) NodeOf(mac string) (string, bool) {
	i := slices.IndexFunc(l.opts.Nodes[:], func(n NodeOptions) bool { return n.MAC.String() == mac })
	if i < 0 {
		return "", false
	}
	return l.opts.Nodes[i].Name, true
}

// Client reaches the control socket of a node's daemon: sockets of a file
// system can be reached from other namespaces by way of its processes. An error
// says that the node does not run.
func (l *Lab) Client(node int) (*control.Client, error) {
	s := l.nodes[node].status()
	if s.Phase != Running || s.PID == 0 {
		return nil, fmt.Errorf("%s does not run: it is %s", s.Name, s.Phase)
	}
	return control.NewClient(filepath.Join("/proc", strconv.Itoa(s.PID), "root", control.DefaultSocket)), nil
}

// HoldsVIP asks the kernel of a node whether it has the VIP; one that does not
// run has nothing.
func (l *Lab) HoldsVIP(node int) bool {
	s := l.nodes[node].status()
	if s.PID == 0 || s.Phase != Running {
		return false
	}
	table, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/fib_trie", s.PID))
	if err != nil {
		return false
	}
	return strings.Contains(string(table), "-- "+l.opts.VIP.Addr().String()+"\n")
}

// DaemonPID finds a node's daemon among the processes of this machine; 0 if
// none runs.
func (l *Lab) DaemonPID(node int) int {
	inside := l.nodes[node].status().Units[DaemonUnit].PID
	if inside == 0 {
		return 0
	}
	return l.nodes[node].group.hostPID(inside)
}

// Commands are the command lines of a node's own processes, their arguments
// joined by blanks, without what is inside containers.
func (l *Lab) Commands(node int) []string {
	var list []string
	for _, pid := range l.nodes[node].group.pids("init") {
		args, err := os.ReadFile("/proc/" + pid + "/cmdline")
		if err == nil && len(args) > 0 { // or it has just ended
			list = append(list, strings.TrimSpace(strings.ReplaceAll(string(args), "\x00", " ")))
		}
	}
	return list
}

// Contained are the processes inside the containers of a node that runs, by
// their pids on this machine.
func (l *Lab) Contained(node int) []string {
	n := l.nodes[node]
	if n.status().Phase != Running {
		return nil
	}
	var list []string
	err := filepath.WalkDir(n.group.path(), func(path string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // a container that has just ended
		case err != nil || !d.IsDir():
			return err
		case path == n.group.path("init"):
			return fs.SkipDir
		}
		list = append(list, n.group.pids(strings.TrimPrefix(path, n.group.path()))...)
		return nil
	})
	if err != nil {
		return nil
	}
	return list
}
