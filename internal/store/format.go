package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
)

// A state file is one header line and the state as JSON:
//
//	futago-state VERSION LENGTH SHA256
//
// LENGTH is the payload's in bytes, decimal. SHA256 covers VERSION, LENGTH and the payload, so that damage to any
// byte of the file shows. A later version may change the payload, never the header. A field may be added as it is if a
// version that does not know it stays right without it; else VERSION goes up, and the older ones refuse the state.
const (
	magic   = "futago-state"
	version = 1
)

// MaxState is the largest state in bytes, as JSON. The real one has a few thousand.
const MaxState = 1 << 20

// ErrNewer says that a later futago wrote the state, and that this one cannot be right without the part of it that it
// does not know. It is whole and stays where it is.
var ErrNewer = errors.New("the state was written by a later version of futago")

func encodeState(payload []byte) []byte {
	return encodeVersion(version, payload)
}

func encodeVersion(v int, payload []byte) []byte {
	header := fmt.Sprintf("%s %d %d %s\n", magic, v, len(payload), checksum(v, payload))
	return append([]byte(header), payload...)
}

func checksum(v int, payload []byte) string {
	h := sha256.New()
	fmt.Fprintf(h, "%d %d\n", v, len(payload))
	h.Write(payload)
	return hex.EncodeToString(h.Sum(nil))
}

// decodeState gives the payload of a whole file, ErrNewer for a whole one of a later version, and else says how the
// file is damaged.
func decodeState(file []byte) ([]byte, error) {
	header, payload, found := bytes.Cut(file, []byte("\n"))
	if !found {
		return nil, fmt.Errorf("damaged: no header in %d bytes", len(file))
	}
	var v, length int
	var sum string
	if _, err := fmt.Sscanf(string(header), magic+" %d %d %64s", &v, &length, &sum); err != nil {
		return nil, errors.New("damaged: the header is not one of futago")
	}
	if length != len(payload) {
		return nil, fmt.Errorf("damaged: %d bytes of state where the header says %d", len(payload), length)
	}
	// Written anew, the whole file must come out the same: that compares the checksum and allows one spelling only.
	if !bytes.Equal(encodeVersion(v, payload), file) {
		return nil, errors.New("damaged: the checksum is wrong")
	}
	if v > version {
		return nil, ErrNewer
	}
	if v != version {
		return nil, fmt.Errorf("damaged: version %d never existed", v)
	}
	return payload, nil
}
