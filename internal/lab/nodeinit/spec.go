package nodeinit

import (
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// Paths inside a node that are the lab's and not a Pi's.
const (
	// LabDir holds the stand-ins, the bus socket and the control socket.
	LabDir = "/run/lab"
	// BinDir is first in every PATH of the node.
	BinDir = LabDir + "/bin"
	// BusSocket is the power board's bus, see docs/lab-bus.md.
	BusSocket = LabDir + "/bus.sock"
	// SysrqFile is the stand-in for /proc/sysrq-trigger. It is also bound
	// over that file where the kernel has it.
	SysrqFile = LabDir + "/sysrq-trigger"

	ctlSocket = LabDir + "/init.sock"
)

// Spec is all a node needs to know to boot. Paths are the lab machine's.
type Spec struct {
	Hostname string
	Hosts    string // content of /etc/hosts

	BootIDFile string // bound over /proc/sys/kernel/random/boot_id
	SysrqFIFO  string // bound to SysrqFile
	BusSocket  string // bound to BusSocket; empty: the node has no board
	EtcFutago  string // directory, bound to /etc/futago
	Sleepi3    string // file, bound to /etc/default/sleepi3
	VarFutago  string // directory, bound to /var/lib/futago
	VarDocker  string // directory, bound to /var/lib/docker

	EarlyBoot []string // command run to its end before anything else; may be empty
	Futago    []string // command that stands for the futago binary; may be empty
	Images    []Image  // imported into the engine where missing
	Units     []Unit   // started in this order, stopped in the other
}

// Image is a root file system to import into the node's engine once.
type Image struct {
	Name    string   // as in the configuration, e.g. "httpd"
	TarFile string   // readable inside the node
	Changes []string // Dockerfile instructions, e.g. `CMD ["/bin/true"]`
}

// Unit is a service, with the part of systemd.service(5) that matters here.
type Unit struct {
	Name         string
	Argv         []string
	Env          []string      // in addition to the manager's
	Notify       bool          // Type=notify: boot waits for READY=1
	StartTimeout time.Duration // bound of that wait; boot goes on after it
	RestartDelay time.Duration // Restart=always, RestartSec
	StopTimeout  time.Duration // from SIGTERM to SIGKILL
	StopPost     []string      // ExecStopPost, after every end of the service
	KillGroup    bool          // KillMode=control-group instead of process
	Watchdog     time.Duration // WatchdogSec; 0 is off
	TimerSlack   time.Duration // TimerSlackNSec; 0 is the kernel's
}

// Event is one line from the node to the lab.
type Event struct {
	Unit  string `json:"unit,omitempty"`
	State State  `json:"state"`
	PID   int    `json:"pid,omitempty"` // inside the node
	Text  string `json:"text,omitempty"`
}

// State is what an Event reports.
type State string

// The states a node reports.
const (
	Mounted  State = "mounted"  // the node's own view is complete; PID is the manager's
	Started  State = "started"  // a unit's process runs
	Ready    State = "ready"    // a unit said READY=1
	Ended    State = "ended"    // a unit's process ended, Text says how
	Booted   State = "booted"   // every unit was started once
	Stopping State = "stopping" // orderly shutdown began
	Failed   State = "failed"   // a boot step failed, Text says why
)

// ReadSpec decodes a Spec; unknown fields are refused.
func ReadSpec(r io.Reader) (Spec, error) {
	var s Spec
	dec := json.NewDecoder(io.LimitReader(r, 1<<20))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&s); err != nil {
		return s, fmt.Errorf("decode node spec: %w", err)
	}
	return s, nil
}
