package membership

import (
	"errors"
	"fmt"
	"net/netip"
)

// MaxPayload is the longest payload Send takes, in bytes. With names, label,
// envelope and seal at their longest it still fits into one Ethernet frame
// over IPv6, so that no fragment can be lost alone.
const MaxPayload = 1200

const envelopeVersion = 1

var errEnvelope = errors.New("malformed envelope")

// An envelope precedes each payload inside the seal:
//
//	version | length of name | name | length of address | address | payload
//
// memberlist does not say who sent a user message. Without the name, a
// recording of this node's own words could be played back to it.
type envelope struct {
	name    string
	address netip.Addr
	payload []byte
}

func (e envelope) encode() []byte {
	address := e.address.AsSlice()
	b := make([]byte, 0, 3+len(e.name)+len(address)+len(e.payload))
	b = append(b, envelopeVersion, byte(len(e.name)))
	b = append(b, e.name...)
	b = append(b, byte(len(address)))
	b = append(b, address...)
	return append(b, e.payload...)
}

// decodeEnvelope returns an envelope that shares no memory with b.
func decodeEnvelope(b []byte) (envelope, error) {
	if len(b) < 1 || b[0] != envelopeVersion {
		return envelope{}, fmt.Errorf("%w: unknown version", errEnvelope)
	}
	name, rest, ok := cutField(b[1:])
	if !ok || checkName("name", string(name)) != nil {
		return envelope{}, fmt.Errorf("%w: bad name", errEnvelope)
	}
	raw, payload, ok := cutField(rest)
	address, valid := netip.AddrFromSlice(raw)
	if !ok || !valid {
		return envelope{}, fmt.Errorf("%w: bad address", errEnvelope)
	}
	if len(payload) > MaxPayload {
		return envelope{}, fmt.Errorf("%w: payload of %d bytes exceeds %d", errEnvelope, len(payload), MaxPayload)
	}
	return envelope{string(name), address, append([]byte{}, payload...)}, nil
}

// cutField splits off a field that is preceded by its length in one byte.
func cutField(b []byte) (field, rest []byte, ok bool) {
	if len(b) < 1 || len(b) < 1+int(b[0]) {
		return nil, nil, false
	}
	n := 1 + int(b[0])
	return b[1:n], b[n:], true
}
