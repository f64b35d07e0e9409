package config

import (
	"fmt"
	"net/netip"
	"time"
)

var (
	clusterName = matching("1 to 63 of a-z, 0-9 and hyphens, not first or last a hyphen", `[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?`)
	hostName    = matching("the node's host name: 1 to 63 letters, digits and hyphens, no dots",
		`[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?`)
	interfaceName = matching("the name of a network interface, such as eth0", `[^/\s\x00-\x1f]{1,15}`)
)

// readConfig reads the whole file; whoever calls it looks at the document's problems.
func readConfig(s *section) *Config {
	c := &Config{}
	required(s, "cluster", &c.Cluster, clusterName)
	required(s, "key_file", &c.KeyFile, absolutePath)
	nodes := s.tables("node", 2, 2)
	for i, n := range nodes {
		c.Nodes[i] = readNode(n)
	}
	checkNodes(nodes, c.Nodes)
	c.Service = readService(s.table("service"), c.Nodes)
	c.Fence = readFence(s.table("fence"))
	c.Reboot = readReboot(s.table("reboot"), c.Nodes, c.Service.FailbackDelay)
	s.close()
	return c
}

func readNode(s *section) Node {
	n := Node{Port: 7946}
	required(s, "name", &n.Name, hostName)
	required(s, "address", &n.Address, address)
	optional(s, "port", &n.Port, portNumber)
	s.close()
	return n
}

func readService(s *section, nodes [2]Node) Service {
	v := Service{Failback: FailbackAuto, FailbackDelay: time.Minute}
	required(s, "preferred", &v.Preferred, nodeIndex(nodes))
	optional(s, "failback", &v.Failback, oneOf(FailbackAuto, FailbackNever))
	optional(s, "failback_delay", &v.FailbackDelay, duration(time.Second, 24*time.Hour))
	for _, c := range s.tables("container", 1, 16) {
		v.Containers = append(v.Containers, readContainer(c))
	}
	checkContainers(s, v.Containers)
	v.VIP = readVIP(s.table("vip"), nodes)
	s.close()
	return v
}

// nodeIndex is the name of a node, read as its place in the file. Where a name is missing it takes any.
func nodeIndex(nodes [2]Node) kind[int] {
	if nodes[0].Name == "" || nodes[1].Name == "" {
		return text("the name of a node", func(string) (int, error) { return 0, nil })
	}
	allowed := fmt.Sprintf("%s or %s", quote(nodes[0].Name), quote(nodes[1].Name))
	return text(allowed, func(name string) (int, error) {
		for i, n := range nodes {
			if n.Name == name {
				return i, nil
			}
		}
		return 0, fmt.Errorf("is %s, which is not a node", describe(name))
	})
}

func readVIP(s *section, nodes [2]Node) VIP {
	var v VIP
	if _, isList := s.values["address"].([]any); isList {
		list(s, "address", &v.Addresses, prefix)
	} else {
		v.Addresses = make([]netip.Prefix, 1)
		required(s, "address", &v.Addresses[0], prefix)
	}
	optional(s, "interface", &v.Interface, interfaceName)
	list(s, "references", &v.References, address)
	s.close()
	checkVIP(s, v, nodes)
	return v
}

func readFence(s *section) Fence {
	f := Fence{
		Bus: -1, DefaultsFile: "/etc/default/sleepi3",
		Hold: 12 * time.Second, Pulse: time.Second,
		Heartbeat: "/sys/class/leds/sleepi:led0", WatchdogTimeout: time.Minute, HoldWatchdog: 6 * time.Second, RTCAlarm: 15 * time.Minute,
		ExtinWait: 10 * time.Minute, StartWait: time.Minute,
	}
	required(s, "device", &f.Device, oneOf(SleePi3))
	optional(s, "bus", &f.Bus, integer(0, 63))
	optional(s, "i2c_address", &f.I2CAddress, boardAddress)
	optional(s, "defaults_file", &f.DefaultsFile, orWord(absolutePath, "none", ""))
	// The board cuts at 9 to 11 s (A2), so a shorter hold than holdLeast proves nothing. Over 30 s it would near the 45 s after
	// which the other side calls the line stuck.
	optional(s, "hold", &f.Hold, duration(holdLeast, 30*time.Second))
	// The vendor's monitor shuts a Pi down when EXTIN stands for more than 3 s, and futago disarms then.
	optional(s, "pulse", &f.Pulse, duration(500*time.Millisecond, 2*time.Second))
	optional(s, "heartbeat", &f.Heartbeat, orWord(absolutePath, "none", ""))
	optional(s, "watchdog_timeout", &f.WatchdogTimeout, wholeSeconds(5*time.Second, 255*time.Second))
	// Over 8 s a kernel that dies in a hold costs the other node its service; over 10 s it is not bounded as S5 says.
	optional(s, "hold_watchdog", &f.HoldWatchdog, orWord(wholeSeconds(5*time.Second, 10*time.Second), "none", 0))
	optional(s, "watchdog_device", &f.WatchdogDevice, orWord(absolutePath, "none", ""))
	optional(s, "rtc", &f.RTC, absolutePath)
	optional(s, "rtc_alarm", &f.RTCAlarm, orWord(duration(time.Minute, time.Hour), "none", 0))
	optional(s, "extin_wait", &f.ExtinWait, orWord(duration(5*time.Second, 24*time.Hour), "never", Never))
	optional(s, "start_wait", &f.StartWait, duration(5*time.Second, 30*time.Minute))
	s.close()
	return f
}

// holdLeast is the shortest hold that can be believed: a board cuts within 11 s
// of its own clock, both clocks may run 2 % apart (A2, A4), and 12 s is what the
// boards' maker holds. A hold of exactly 11 s was found to confirm a fence that
// had not happened yet.
const holdLeast = 11500 * time.Millisecond
