package membership

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"regexp"
	"time"
)

const (
	keySize  = 32 // AES-256
	maxKeys  = 4
	maxName  = 63 // of a node or a cluster, bytes
	maxStamp = 64 // of a boot id or a version, bytes

	defaultDetection = time.Second
	minDetection     = 500 * time.Millisecond
	maxDetection     = time.Minute
)

var (
	namePattern  = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$`)
	stampPattern = regexp.MustCompile(`^[A-Za-z0-9._+~:()-]*$`)
)

// Config describes this node, its peer and what they share.
type Config struct {
	// Cluster is the same on both nodes; a node of another cluster is refused.
	// 1 to 63 letters, digits, dots, underscores or hyphens, as in names.
	Cluster string
	// Keys are the shared secrets, 1 to 4 of 32 bytes. The first encrypts, all
	// decrypt, so that a key can be changed one node at a time.
	Keys [][]byte

	Name    string     // of this node, 1 to 63 characters as in Cluster
	Address netip.Addr // of this node, bound for UDP and TCP; without zone
	Port    uint16     // of this node, 1 to 65535

	PeerName    string
	PeerAddress netip.Addr // of the same family as Address
	PeerPort    uint16

	BootID  string // the kernel's boot id, 1 to 64 characters
	Session uint64 // incarnation of this daemon, new at each start
	Version string // of this program, at most 64 characters

	// Detection is how long after a sleep of its own this node withholds a
	// loss, 500 ms to 1 min; 0 means 1 s.
	Detection time.Duration
	// Logger gets memberlist's log at debug level; nil discards it.
	Logger *slog.Logger
}

// validate returns every fault of the configuration at once.
func (c Config) validate() error {
	return errors.Join(
		checkName("cluster", c.Cluster),
		checkName("name", c.Name),
		checkName("peer name", c.PeerName),
		checkKeys(c.Keys),
		checkAddress("address", c.Address),
		checkAddress("peer address", c.PeerAddress),
		checkPort("port", c.Port),
		checkPort("peer port", c.PeerPort),
		checkStamp("boot id", c.BootID, 1),
		checkStamp("version", c.Version, 0),
		c.checkPair(),
		c.checkDetection(),
	)
}

func (c Config) checkPair() error {
	var errs []error
	if c.Name == c.PeerName {
		errs = append(errs, fmt.Errorf("peer name %q is this node's own name", c.PeerName))
	}
	if c.Address.Is4() != c.PeerAddress.Is4() {
		errs = append(errs, fmt.Errorf("address %v and peer address %v are of different families", c.Address, c.PeerAddress))
	}
	if c.Address == c.PeerAddress && c.Port == c.PeerPort {
		errs = append(errs, fmt.Errorf("peer address %v port %d is this node's own", c.PeerAddress, c.PeerPort))
	}
	return errors.Join(errs...)
}

func (c Config) checkDetection() error {
	if c.Detection != 0 && (c.Detection < minDetection || c.Detection > maxDetection) {
		return fmt.Errorf("detection %v is not between %v and %v", c.Detection, minDetection, maxDetection)
	}
	return nil
}

func checkName(what, name string) error {
	if len(name) > maxName || !namePattern.MatchString(name) {
		return fmt.Errorf("%s %q is not 1 to %d letters, digits, dots, underscores or hyphens", what, name, maxName)
	}
	return nil
}

// checkStamp keeps what travels in the metadata free of characters that JSON
// would escape, so that its size is known beforehand.
func checkStamp(what, stamp string, least int) error {
	if len(stamp) < least || len(stamp) > maxStamp || !stampPattern.MatchString(stamp) {
		return fmt.Errorf("%s %q is not %d to %d plain characters", what, stamp, least, maxStamp)
	}
	return nil
}

func checkKeys(keys [][]byte) error {
	if len(keys) < 1 || len(keys) > maxKeys {
		return fmt.Errorf("there are %d keys, not 1 to %d", len(keys), maxKeys)
	}
	for i, key := range keys {
		if len(key) != keySize {
			return fmt.Errorf("key %d has %d bytes, not %d", i+1, len(key), keySize)
		}
		if bytes.Count(key, key[:1]) == keySize {
			return fmt.Errorf("key %d is one byte repeated", i+1)
		}
	}
	return nil
}

func checkAddress(what string, address netip.Addr) error {
	switch {
	case !address.IsValid(), address.IsUnspecified(), address.IsMulticast():
		return fmt.Errorf("%s %v is not the address of one node", what, address)
	case address.Zone() != "":
		return fmt.Errorf("%s %v has a zone, which other nodes cannot use", what, address)
	case address.Is4In6():
		return fmt.Errorf("%s %v is an IPv4 address in IPv6 form", what, address)
	}
	return nil
}

func checkPort(what string, port uint16) error {
	if port == 0 {
		return fmt.Errorf("%s 0 is not between 1 and 65535", what)
	}
	return nil
}
