package lab

import (
	"testing"
)

// TestNodeSeesItsOwnMachine looks at everything that is the node's own.
func TestNodeSeesItsOwnMachine(t *testing.T) {
	l := startLab(t, Options{Command: []string{"sleep", "infinity"}, NoEngine: true})
	powerUp(t, l)
	for _, c := range []struct{ cmd, want string }{
		{"hostname", "raspberrypi-1"},
		{"cat /etc/hostname", "raspberrypi-1"},
		{"cat /proc/sys/kernel/random/boot_id", l.nodes[0].status().BootID},
		{"stat -c %a /etc/futago/key", "600"},
		{"base64 -d /etc/futago/key | wc -c", "32"},
		{"grep -c EXTIN_FORCED_SHUTDOWN=1 /etc/default/sleepi3", "1"},
		{"cat /proc/sys/net/ipv4/ip_forward", "0"},
		{"ip -4 -o addr show eth0 | awk '{print $4}'", "192.0.2.211/24"},
		{"ip -6 addr | wc -l", "0"},
		{"cat /sys/class/net/eth0/carrier", "1"},
		{"test -d /sys/fs/cgroup && ls /sys/fs/cgroup | wc -l | grep -vc '^0$'", "1"},
		{"command -v systemctl", "/run/lab/bin/systemctl"},
		{"systemctl is-active futago", "active"},
		{"cut -d. -f1 /proc/uptime | grep -c '^.$'", "1"}, // booted less than 10 s ago
		{"arping -c 1 -i eth0 192.0.2.179 >/dev/null && echo heard", "heard"},
	} {
		if got := mustExec(t, l, 0, "sh", "-c", c.cmd); got != c.want {
			t.Errorf("%s: got %q, want %q", c.cmd, got, c.want)
		}
	}
}
