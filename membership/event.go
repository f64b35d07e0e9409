package membership

import (
	"net/netip"
	"time"
)

// An Event is one of Alive, Lost, Message, Slept and Trouble.
type Event interface{ isEvent() }

// Alive says that the peer is there: it came, came back, or restarted so
// quickly that only its metadata shows it. It may be repeated with the same
// metadata.
type Alive struct {
	Meta Meta
	// Address is where the peer says it listens. It differs from the configured
	// one only after Trouble PeerMoved.
	Address netip.AddrPort
}

// Lost says that the peer was not heard for the detection time while this node
// was awake. It does not say that the peer is dead.
type Lost struct{}

// Message is one datagram of the peer. Its sender held the key; that it is
// fresh or comes once is for the content to prove.
type Message struct {
	Payload []byte
	// From is the address the sender said it listens on, sealed with the
	// payload, and not the forgeable source address of the packet.
	From netip.Addr
}

// Slept says that this node itself stood still, suspended or starved, and
// should distrust what it has not heard meanwhile.
type Slept struct {
	// For is how long nothing ran, suspend included (CLOCK_BOOTTIME); at
	// least 300 ms.
	For time.Duration
}

// Trouble is a fault of configuration that keeps the pair apart. The same
// fault is repeated at most once per minute while it lasts.
type Trouble struct {
	Code Code
	// Text is one sentence that names the node and the address.
	Text string
}

func (Alive) isEvent()   {}
func (Lost) isEvent()    {}
func (Message) isEvent() {}
func (Slept) isEvent()   {}
func (Trouble) isEvent() {}

// A Code names a Trouble. Codes are stable, texts are not.
type Code string

// The troubles this package tells apart.
const (
	// KeyMismatch: somebody used a key that is none of ours.
	KeyMismatch Code = "KEY_MISMATCH"
	// NotEncrypted: somebody talked without encryption.
	NotEncrypted Code = "NOT_ENCRYPTED"
	// OtherCluster: somebody belongs to another cluster.
	OtherCluster Code = "OTHER_CLUSTER"
	// NameConflict: a second node uses the name of this node or of its peer.
	NameConflict Code = "NAME_CONFLICT"
	// UnknownNode: a node with our key and cluster is neither of the pair.
	UnknownNode Code = "UNKNOWN_NODE"
	// MetadataUnreadable: the peer's metadata does not decode.
	MetadataUnreadable Code = "METADATA_UNREADABLE"
	// PeerMoved: the peer listens elsewhere than configured; it is accepted.
	PeerMoved Code = "PEER_MOVED"
	// AddressInUse: another process has this node's address and port.
	AddressInUse Code = "ADDRESS_IN_USE"
	// AddressMissing: no interface has this node's address.
	AddressMissing Code = "ADDRESS_MISSING"
)
