package lab

import (
	"fmt"
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
	s := l.nodes[node].status()
	inside := s.Units[DaemonUnit].PID
	if s.PID == 0 || inside == 0 {
		return 0
	}
	for _, p := range l.Processes(node) {
		if p.Inside == inside {
			return p.PID
		}
	}
	return 0
}

// Process is one of a node's, as this machine sees it.
type Process struct {
	PID     int    // on this machine
	Inside  int    // on the node
	Command string // its arguments, joined by blanks
}

// Processes lists those of a node's own PID namespace: its first process, the
// engine and the daemon with all they started, but not what is inside
// containers.
func (l *Lab) Processes(node int) []Process {
	s := l.nodes[node].status()
	space, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/pid", s.PID))
	if s.PID == 0 || err != nil {
		return nil
	}
	var list []Process
	dirs, _ := filepath.Glob("/proc/[0-9]*") // the pattern is well formed
	for _, dir := range dirs {
		if own, err := os.Readlink(dir + "/ns/pid"); err != nil || own != space {
			continue
		}
		if p, ok := readProcess(dir); ok {
			list = append(list, p)
		}
	}
	return list
}

// readProcess reads one that may end meanwhile.
func readProcess(dir string) (Process, bool) {
	status, err1 := os.ReadFile(dir + "/status")
	args, err2 := os.ReadFile(dir + "/cmdline")
	pid, err3 := strconv.Atoi(filepath.Base(dir))
	if err1 != nil || err2 != nil || err3 != nil {
		return Process{}, false
	}
	p := Process{PID: pid, Command: strings.TrimSpace(strings.ReplaceAll(string(args), "\x00", " "))}
	for line := range strings.Lines(string(status)) {
		f := strings.Fields(line)
		if len(f) > 1 && f[0] == "NSpid:" {
			p.Inside, err1 = strconv.Atoi(f[len(f)-1])
		}
	}
	return p, err1 == nil
}
