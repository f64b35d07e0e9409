package lab

import (
	"fmt"
	"os"
	"os/exec"
	"slices"

	"github.com/futago-ha/futago/internal/lab/measure"
	"github.com/futago-ha/futago/internal/lab/nodeinit"
)

// Measure starts a client that asks the service over HTTP and the network
// for the VIP, at the paces of measure.Plan's defaults. Stop the watch before
// the lab ends.
func (l *Lab) Measure() (*measure.Watch, error) {
	plan := measure.Plan{
		URL:       fmt.Sprintf("http://%s/", l.opts.VIP.Addr()),
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
