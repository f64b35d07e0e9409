package vip

import (
	"fmt"
	"net"
	"net/netip"
	"time"
)

// ProbeMode says how hard a Claim looks for another holder first.
type ProbeMode uint8

const (
	// ProbeNone claims at once: after a release or a fence that is proof enough.
	ProbeNone ProbeMode = iota
	// ProbeLook asks once and waits 7 ms, many times what a live kernel on the
	// same switch needs.
	ProbeLook
	// ProbeFull asks three times within 300 ms: RFC 5227 section 2.1.1 with its
	// seconds made short.
	ProbeFull
)

// String names the mode for logs.
func (m ProbeMode) String() string {
	switch m {
	case ProbeNone:
		return "none"
	case ProbeLook:
		return "look"
	case ProbeFull:
		return "full"
	}
	return fmt.Sprintf("ProbeMode(%d)", uint8(m))
}

// Order names the call that a Result answers.
type Order uint8

const (
	OrderClaim   Order = iota + 1 // [VIP.Claim].
	OrderRelease                  // [VIP.Release].
	OrderProbe                    // [VIP.Probe].
	orderAnnounce
)

// String names the order for logs.
func (o Order) String() string {
	switch o {
	case OrderClaim:
		return "claim"
	case OrderRelease:
		return "release"
	case OrderProbe:
		return "probe"
	case orderAnnounce:
		return "announce"
	}
	return fmt.Sprintf("Order(%d)", uint8(o))
}

// Outcome is what became of an order. Its text is a stable code.
type Outcome uint8

const (
	// Done: claimed and announced; or removed and seen absent; or asked, with
	// the answers in the Result.
	Done Outcome = iota + 1
	// ForeignHolder: somebody answered for the address; it was not added.
	ForeignHolder
	// NoCarrier: the interface cannot send or lost its carrier on the way. For a
	// Probe this means "not known", never "nobody answered".
	NoCarrier
	// NoInterface: no interface fits; Err names the address and what exists.
	NoInterface
	// Failed: the kernel refused; Err says what was tried.
	Failed
	// Superseded: a later Claim or Release came before this Claim was through.
	Superseded
)

// String returns the stable code.
func (o Outcome) String() string {
	switch o {
	case Done:
		return "DONE"
	case ForeignHolder:
		return "FOREIGN"
	case NoCarrier:
		return "NO_CARRIER"
	case NoInterface:
		return "NO_INTERFACE"
	case Failed:
		return "FAILED"
	case Superseded:
		return "SUPERSEDED"
	}
	return fmt.Sprintf("Outcome(%d)", uint8(o))
}

// Report is one of [Result], [Held], [Uplink], [Foreign] and [PutBack].
//
// A Result is never dropped. The others are levels: when the reader is slow the
// newest takes the place of an unread one of its kind, counts added up.
type Report interface {
	// coalesce returns what replaces old, an unread report of the same kind; ok
	// is false where both must be delivered.
	coalesce(old Report) (merged Report, ok bool)
}

// Answer is one node that answered for an address.
type Answer struct {
	Address netip.Addr
	MAC     net.HardwareAddr
	After   time.Duration // From the first question.
}

// Result answers one order, exactly once.
type Result struct {
	ID        uint64 // As given with the order.
	Order     Order
	Outcome   Outcome
	Interface string           // Where it was tried; empty if there was none.
	MAC       net.HardwareAddr // Who holds the address, with ForeignHolder.
	FromPeer  bool             // It is the MAC of [Config.Peer], as the kernel knows it.
	Answers   []Answer         // With a Probe that is Done: every distinct address and MAC.
	Took      time.Duration    // From the call to here; for a Claim to the first announcement.
	Err       error            // Why, with NoCarrier, NoInterface and Failed.
}

// Held says whether the kernel of this node has the address, on whatever
// interface and whoever put it there. It comes once at start and on each change.
type Held struct {
	Held      bool
	Interface string // Empty when not held.
}

// Uplink is the state of the interface; it comes once at start and on each change.
type Uplink struct {
	Interface string    // Empty when none fits.
	Carrier   bool      // Up, running and with carrier.
	Reference bool      // A reference answers; true where none is configured.
	Since     time.Time // Of the last change of one of these.
	Problem   string    // Empty, or why there is no interface that could be used.
}

// Good says whether the uplink can be served through.
func (u Uplink) Good() bool { return u.Carrier && u.Reference }

// Foreign says that somebody else claims the address while this node holds it.
// It comes at most once per second.
type Foreign struct {
	MAC      net.HardwareAddr
	FromPeer bool // It is the MAC of [Config.Peer], as the kernel knows it.
	Count    int  // Claims seen since the last report.
	Defended bool // It was announced against this (RFC 5227 section 2.4: once in 10 s).
}

// PutBack says that something else deleted the address and that it is back.
type PutBack struct {
	Interface string
	Times     int           // Since the last report.
	Absent    time.Duration // The longest, from noticing to its return.
}

func (r Result) coalesce(Report) (Report, bool) { return r, false }

func (h Held) coalesce(old Report) (Report, bool) {
	_, same := old.(Held)
	return h, same
}

func (u Uplink) coalesce(old Report) (Report, bool) {
	_, same := old.(Uplink)
	return u, same
}

func (f Foreign) coalesce(old Report) (Report, bool) {
	o, same := old.(Foreign)
	if same {
		f.Count += o.Count
		f.Defended = f.Defended || o.Defended
	}
	return f, same
}

func (p PutBack) coalesce(old Report) (Report, bool) {
	o, same := old.(PutBack)
	if same {
		p.Times += o.Times
		p.Absent = max(p.Absent, o.Absent)
	}
	return p, same
}
