package vip

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"time"
)

const (
	defaultRise     = 2
	defaultFall     = 3
	defaultInterval = time.Second

	maxReferences = 8
	maxCount      = 100
	minInterval   = 10 * time.Millisecond
	maxInterval   = time.Minute
	maxNameLength = 15 // IFNAMSIZ of linux/if.h, less the final zero.
)

// Config says which address is kept, where, and what its uplink is measured by.
type Config struct {
	// Address is the virtual address with the prefix length of its subnet.
	Address netip.Prefix

	// Interface is the name of the interface that takes the address. Empty: the
	// interface that has an address in the same subnet, looked for anew whenever
	// the interfaces change.
	Interface string

	// References are addresses on the same link (a gateway, a switch) of which
	// one must answer for the uplink to be good. Empty: carrier alone counts.
	// At most 8.
	References []netip.Addr

	// Peer is the address of the other node of the pair. Where somebody answers for
	// the virtual address, it tells whether that is the other node: see
	// [Result.FromPeer]. Zero: not known.
	Peer netip.Addr

	// Rise and Fall are the rounds of ReferenceInterval that must agree before
	// References count as reached or as lost: 1 to 100; 0 means 2 and 3. The
	// first judgement after start needs one answer only.
	Rise, Fall int

	// ReferenceInterval is the time between two rounds, 10 ms to 1 min; 0 means 1 s.
	ReferenceInterval time.Duration

	// Logger gets what is worth knowing when looking for a cause; events go to
	// the reports instead. Nil: nothing is logged.
	Logger *slog.Logger
}

// withDefaults fills in what was left out; it corrects nothing.
func (c Config) withDefaults() Config {
	if c.Rise == 0 {
		c.Rise = defaultRise
	}
	if c.Fall == 0 {
		c.Fall = defaultFall
	}
	if c.ReferenceInterval == 0 {
		c.ReferenceInterval = defaultInterval
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

// validate names every value that cannot work, all at once.
func (c Config) validate() error {
	errs := []error{checkAddress(c.Address), checkName(c.Interface)}
	if len(c.References) > maxReferences {
		errs = append(errs, fmt.Errorf("references: %d given, at most %d allowed", len(c.References), maxReferences))
	}
	for _, ref := range c.References {
		errs = append(errs, c.checkReference(ref))
	}
	errs = append(errs, checkCount("rise", c.Rise), checkCount("fall", c.Fall))
	if c.ReferenceInterval < minInterval || c.ReferenceInterval > maxInterval {
		errs = append(errs, fmt.Errorf("reference interval %v: must be %v to %v", c.ReferenceInterval, minInterval, maxInterval))
	}
	return errors.Join(errs...)
}

func checkAddress(p netip.Prefix) error {
	ip := p.Addr()
	switch {
	case !p.IsValid():
		return errors.New("address: none given, or its prefix length is impossible")
	case ip.Is4In6():
		return fmt.Errorf("address %v: write an IPv4 address as such", p)
	case !ip.IsGlobalUnicast():
		return fmt.Errorf("address %v: not a unicast address that clients could use", p)
	case p.Bits() == 0:
		return fmt.Errorf("address %v: the prefix length must be at least 1", p)
	case ip.Is4() && p.Bits() < 31 && ip == p.Masked().Addr():
		return fmt.Errorf("address %v: this is the network's own address", p)
	case ip.Is4() && p.Bits() < 31 && ip == broadcastOf(p):
		return fmt.Errorf("address %v: this is the broadcast address", p)
	}
	return nil
}

// broadcastOf returns the highest address of an IPv4 prefix.
func broadcastOf(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().As4()
	for bit := p.Bits(); bit < 32; bit++ {
		b[bit/8] |= 0x80 >> (bit % 8)
	}
	return netip.AddrFrom4(b)
}

func checkName(name string) error {
	if len(name) > maxNameLength {
		return fmt.Errorf("interface %q: longer than %d characters", name, maxNameLength)
	}
	if name == "." || name == ".." || strings.ContainsAny(name, "/: \t\r\n") {
		return fmt.Errorf("interface %q: not a name the kernel allows", name)
	}
	return nil
}

func checkCount(key string, n int) error {
	if n < 1 || n > maxCount {
		return fmt.Errorf("%s %d: must be 1 to %d", key, n, maxCount)
	}
	return nil
}

// checkReference refuses what ARP or neighbour discovery could never reach: an
// address behind a router would look lost for ever.
func (c Config) checkReference(ref netip.Addr) error {
	subnet := c.Address.Masked()
	switch {
	case !ref.IsValid() || ref.Is4In6() || ref.IsUnspecified() || ref.IsMulticast() || ref.IsLoopback():
		return fmt.Errorf("reference %v: not a unicast address", ref)
	case ref.Zone() != "":
		return fmt.Errorf("reference %v: leave out the zone, the interface is known", ref)
	case ref == c.Address.Addr():
		return fmt.Errorf("reference %v: this is the virtual address itself", ref)
	case ref.IsLinkLocalUnicast() || ref.Is4() != subnet.Addr().Is4():
		return nil // On the link by definition, or of the other family: nothing to compare with.
	case subnet.IsValid() && !subnet.Contains(ref):
		return fmt.Errorf("reference %v: outside %v; only what is on the same link can be asked", ref, subnet)
	}
	return nil
}
