package lab

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/futago-ha/futago/internal/board"
	"github.com/futago-ha/futago/internal/lab/image"
)

// Options describe a lab. The zero value is the article's pair.
type Options struct {
	// Name tells labs on one machine apart: letters, digits and "-", at most
	// 24. Default "lab".
	Name string
	// RunDir is where the control sockets of all labs are, one directory per
	// lab; default DefaultRunDir. DiskDir is where the nodes' disks are,
	// likewise; default DefaultDiskDir. A tmpfs will do for both.
	RunDir, DiskDir string
	// KeepDisks leaves the nodes' disks for the next lab of this name.
	KeepDisks bool

	Nodes  [2]NodeOptions
	VIP    netip.Prefix // its length is that of the lab's one subnet
	Client netip.Addr
	Router netip.Addr
	// Prober is who asks for the VIP by ARP; no machine has it.
	Prober netip.Addr

	// BootDelay is the time from power to the node's first process. Default
	// 10 s, as in the measurements of docs/benchmarks.md.
	BootDelay time.Duration

	// Executable is re-executed for the processes of the lab; its main must
	// call RunChild first. Default: the running program.
	Executable string
	// Futago is the command that stands for the futago binary on a node. The
	// daemon, the early-boot unit and ExecStopPost are made from it. Empty
	// with Command set.
	Futago []string
	// Command is run on the nodes instead of `futago daemon`.
	Command []string
	// Watchdog is WatchdogSec of the daemon's unit; 0 is off.
	Watchdog time.Duration
	// NoEngine leaves the Docker engine out, for labs that need none.
	NoEngine bool
	// Image is the container image of the service. Default image.Apache.
	Image image.Kind
	// Config replaces the configuration file of both nodes; empty: the
	// article's, see writeConfig.
	Config string
	// Sleepi3 replaces /etc/default/sleepi3; empty: forced shutdown by EXTIN
	// on, watchdog 60 s.
	Sleepi3 string
	// Boards are the behaviours of the two power boards.
	Boards [2]board.Options

	Log *slog.Logger // default: none
}

// NodeOptions describe one node.
type NodeOptions struct {
	Name string
	Addr netip.Addr
	MAC  net.HardwareAddr
}

// Places for labs of root on a usual machine.
const (
	DefaultRunDir  = "/run/futago-lab"
	DefaultDiskDir = "/var/lib/futago-lab"
)

// namePattern keeps socket paths below the 108 bytes of sun_path and names
// valid as control groups.
var namePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,23}$`)

// withDefaults fills what is not set and checks the rest.
func (o Options) withDefaults() (Options, error) {
	setDefault(&o.Name, "lab")
	setDefault(&o.RunDir, DefaultRunDir)
	setDefault(&o.DiskDir, DefaultDiskDir)
	setDefault(&o.Image, image.Apache)
	setDefault(&o.BootDelay, 10*time.Second)
	setDefault(&o.Nodes[0].Name, "raspberrypi-1")
	setDefault(&o.Nodes[1].Name, "raspberrypi-2")
	setDefault(&o.Nodes[0].Addr, netip.MustParseAddr("192.0.2.211"))
	setDefault(&o.Nodes[1].Addr, netip.MustParseAddr("192.0.2.179"))
	setDefault(&o.VIP, netip.MustParsePrefix("192.0.2.215/24"))
	setDefault(&o.Client, netip.MustParseAddr("192.0.2.50"))
	setDefault(&o.Router, netip.MustParseAddr("192.0.2.1"))
	setDefault(&o.Prober, netip.MustParseAddr("192.0.2.51"))
	for i := range o.Nodes {
		if o.Nodes[i].MAC == nil {
			// Locally administered, and readable in a packet dump.
			o.Nodes[i].MAC = net.HardwareAddr{0x02, 0xf7, 0xa6, 0x00, 0x00, byte(i + 1)}
		}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Executable == "" {
		path, err := os.Executable()
		if err != nil {
			return o, fmt.Errorf("find own program: %w", err)
		}
		o.Executable = path
	}
	return o, o.validate()
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

func (o Options) validate() error {
	var errs []error
	if !namePattern.MatchString(o.Name) {
		errs = append(errs, fmt.Errorf("lab name %q: want %s", o.Name, namePattern))
	}
	subnet := o.VIP.Masked()
	addrs := []netip.Addr{o.Nodes[0].Addr, o.Nodes[1].Addr, o.VIP.Addr(), o.Client, o.Router, o.Prober}
	for i, a := range addrs {
		if !subnet.Contains(a) {
			errs = append(errs, fmt.Errorf("address %s is outside the lab's subnet %s", a, subnet))
		}
		if slices.Contains(addrs[:i], a) {
			errs = append(errs, fmt.Errorf("address %s is used twice", a))
		}
	}
	for i, n := range o.Nodes {
		if !namePattern.MatchString(n.Name) || n.Name == o.Nodes[1-i].Name {
			errs = append(errs, fmt.Errorf("node name %q: want two different names that match %s", n.Name, namePattern))
		}
		if err := o.Boards[i].Validate(); err != nil {
			errs = append(errs, fmt.Errorf("board of %s: %w", n.Name, err))
		}
	}
	if o.BootDelay < 0 {
		errs = append(errs, fmt.Errorf("boot delay %s is negative", o.BootDelay))
	}
	if len(o.Futago) == 0 && len(o.Command) == 0 {
		errs = append(errs, errors.New("neither futago nor another command to run on the nodes is given"))
	}
	return errors.Join(errs...)
}

// runDir is the lab's own directory below RunDir, diskDir below DiskDir.
func (o Options) runDir() string       { return filepath.Join(o.RunDir, o.Name) }
func (o Options) diskDir() string      { return filepath.Join(o.DiskDir, o.Name) }
func (o Options) nodeDir(i int) string { return filepath.Join(o.diskDir(), o.Nodes[i].Name) }
func (o Options) busSocket(i int) string {
	return filepath.Join(o.runDir(), fmt.Sprintf("bus-%d", i+1))
}
func (o Options) cgroupName() string { return "futago-lab-" + o.Name }
