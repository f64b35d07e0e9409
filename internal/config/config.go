package config

import (
	"fmt"
	"io"
	"net/netip"
	"os"
	"time"

	"github.com/futago-ha/futago/scheduler/calendar"
)

// Config is a configuration in which every value has passed its checks.
type Config struct {
	Cluster string // name; keeps two pairs on one network apart
	KeyFile string // path of the cluster key, see LoadKey
	Nodes   [2]Node
	Service Service
	Fence   Fence
	Reboot  Reboot

	written map[string]string // every key's value in words, defaults too
}

// Node is one of the two machines.
type Node struct {
	Name    string     // host name, one label
	Address netip.Addr // where the other node reaches it; both nodes have the same family
	Port    uint16     // memberlist, TCP and UDP
}

// Service is what the pair keeps alive.
type Service struct {
	Preferred     int // index into Config.Nodes
	Failback      Failback
	FailbackDelay time.Duration // how long the preferred node must have been stable before it gets the service back
	Containers    []Container   // in the order in which they start; at least one
	VIP           VIP
}

// Failback says whether the preferred node gets the service back once it has returned.
type Failback string

// The two policies of failback.
const (
	FailbackAuto  Failback = "auto"
	FailbackNever Failback = "never"
)

// Container is one container of the service.
type Container struct {
	Name          string
	Image         string
	Ports         []Port
	Env           []string // KEY=value
	Volumes       []Volume
	Command       []string // replaces the image's command where not empty
	Network       string   // of the engine: bridge, host, none or a name
	Overlap       bool     // may run on both nodes at once: a handoff starts it before the other stops it
	Adopt         bool     // a container of this name and image that futago did not create is taken over
	StartTimeout  time.Duration
	StopTimeout   time.Duration // after this the engine kills it
	Health        Health
	Restarts      int           // restarts in place within RestartWindow; the next death hands the service off
	RestartWindow time.Duration // sliding
}

// Port is a port of the host that leads to one of the container.
type Port struct {
	HostIP    netip.Addr // the zero value for every address
	Host      uint16
	Container uint16
	Protocol  string // tcp, udp or sctp
}

// Volume is a directory of the host or a named volume of the engine inside the container.
type Volume struct {
	Source   string // absolute path or name
	Target   string // absolute path in the container
	ReadOnly bool
}

// Health is an outside probe of a container, in addition to the image's own HEALTHCHECK. Where both HTTP and TCP are
// set both must succeed; with none the timings mean nothing.
type Health struct {
	HTTP     string // URL that must answer with a status from 200 to 399
	TCP      string // host:port that must accept a connection
	Interval time.Duration
	Timeout  time.Duration
	Rise     int // good probes until healthy
	Fall     int // bad probes until unhealthy
}

// VIP is what clients connect to.
type VIP struct {
	Addresses  []netip.Prefix // one IPv4, one IPv6 or one of each, with the length of their subnets
	Interface  string         // empty: the interface that has an address in the same subnet
	References []netip.Addr   // machines beyond the switch; one that answers proves the uplink. Empty: carrier alone
}

// Never stands for a wait without end.
const Never time.Duration = -1

// SleePi3 is the one fence device so far.
const SleePi3 = "sleepi3"

// Fence is the power board and how it is used.
type Fence struct {
	Device          string        // SleePi3
	Bus             int           // I2C bus; -1: from DefaultsFile, else the board's default
	I2CAddress      uint16        // 7 bit; 0: from DefaultsFile, else the board's default
	DefaultsFile    string        // the vendor's settings; empty: not read
	Hold            time.Duration // EXTOUT asserted to cut the peer, at least 11.5 s
	Pulse           time.Duration // EXTOUT asserted to wake the peer or to test the wire
	Heartbeat       string        // LED directory that feeds the board's watchdog; empty: not fed
	WatchdogTimeout time.Duration // whole seconds; the board's at rest
	HoldWatchdog    time.Duration // whole seconds, while the own line is raised; 0: as at rest
	WatchdogDevice  string        // a kernel watchdog that is fed, too; empty: none
	RTC             string        // directory in sysfs; empty: the board's own clock is looked for
	RTCAlarm        time.Duration // how far ahead its alarm is kept, so that a dark node wakes; 0: not
	ExtinWait       time.Duration // how long a fenced node waits for its peer before it fences; Never allowed
	StartWait       time.Duration // how long a starting node waits for its peer before it fences
}

// Reboot is about reboots that are planned, by the calendar or by an operator.
type Reboot struct {
	Calendars     [2]*calendar.Calendar // when each of Config.Nodes reboots; nil: never by itself
	MinUptime     time.Duration         // a node that was started more recently does not reboot; 0 to 30 days
	BackWithin    time.Duration         // 30 s to 1 h; a node that is not back after this is woken over the wire
	FailbackDelay time.Duration         // Service.FailbackDelay after a planned reboot
}

// Load reads and checks the file at path. Faults in it are returned as Problems.
func Load(path string) (*Config, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read configuration %s: %w", path, err)
	}
	return Parse(path, data)
}

// Parse checks the content of a file; file names it in the faults. The error is of type Problems or nil.
func Parse(file string, data []byte) (*Config, error) {
	d := newDocument(file, data)
	if len(d.problems) > 0 {
		return nil, d.problems
	}
	c := readConfig(d.root())
	if len(d.problems) > 0 {
		return nil, d.problems.sorted()
	}
	c.written = d.read
	return c, nil
}
