package board

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// The bus protocol, one line per message; docs/lab-bus.md explains it.
const (
	greeting = "futago-bus 1"
	// maxBytes bounds what one transfer may write or read, as SMBus does.
	maxBytes = 32
	// maxLine bounds a line with its end: "tx", an address, maxBytes in hex, a
	// count.
	maxLine = 128
	// maxAlarm bounds an alarm, in s: the RTC of the board counts years, ours
	// need not.
	maxAlarm = 366 * 24 * 3600
)

// request is one line from a client.
type request struct {
	verb  string // tx, beat or alarm
	addr  uint16
	write []byte
	read  int
	in    time.Duration // alarm, from now
}

// parseRequest reads a line without its end.
func parseRequest(line []byte) (request, error) {
	f := bytes.Fields(line)
	switch {
	case len(f) == 4 && string(f[0]) == "tx":
		return parseTx(f[1:])
	case len(f) == 1 && string(f[0]) == "beat":
		return request{verb: "beat"}, nil
	case len(f) == 2 && string(f[0]) == "alarm":
		s, err := strconv.ParseUint(string(f[1]), 10, 32)
		if err != nil || s > maxAlarm {
			return request{}, fmt.Errorf("alarm in %q s: allowed are 0 to %d", f[1], maxAlarm)
		}
		return request{verb: "alarm", in: time.Duration(s) * time.Second}, nil
	}
	return request{}, fmt.Errorf("request %q: unknown", line)
}

func parseTx(f [][]byte) (request, error) {
	addr, err := strconv.ParseUint(string(f[0]), 16, 7)
	if err != nil {
		return request{}, fmt.Errorf("address %q: allowed are 00 to 7f", f[0])
	}
	write, err := parseBytes(f[1])
	if err != nil {
		return request{}, err
	}
	read, err := strconv.ParseUint(string(f[2]), 10, 8)
	if err != nil || read > maxBytes {
		return request{}, fmt.Errorf("read of %q bytes: allowed are 0 to %d", f[2], maxBytes)
	}
	return request{verb: "tx", addr: uint16(addr), write: write, read: int(read)}, nil
}

// parseBytes reads hex; "-" is no bytes.
func parseBytes(s []byte) ([]byte, error) {
	if string(s) == "-" {
		return nil, nil
	}
	b := make([]byte, hex.DecodedLen(len(s)))
	if _, err := hex.Decode(b, s); err != nil || len(b) > maxBytes {
		return nil, fmt.Errorf("bytes %q: allowed are up to %d in hex, or -", s, maxBytes)
	}
	return b, nil
}

func formatBytes(b []byte) string {
	if len(b) == 0 {
		return "-"
	}
	return hex.EncodeToString(b)
}

func (r request) String() string {
	switch r.verb {
	case "tx":
		return fmt.Sprintf("tx %02x %s %d", r.addr, formatBytes(r.write), r.read)
	case "alarm":
		return fmt.Sprintf("alarm %d", r.in/time.Second)
	}
	return r.verb
}

// formatAnswer is the answer to a tx.
func formatAnswer(read []byte, err error) string {
	switch {
	case err == nil:
		return "ok " + formatBytes(read)
	case errors.Is(err, ErrNAK):
		return "nak"
	}
	text := "err " + err.Error()
	return text[:min(len(text), maxLine-1)]
}

// parseAnswer reads the answer to a tx of so many bytes.
func parseAnswer(line []byte, r []byte) error {
	if string(line) == "nak" {
		return ErrNAK
	}
	if text, failed := bytes.CutPrefix(line, []byte("err ")); failed {
		return errors.New(string(text))
	}
	hexed, ok := bytes.CutPrefix(line, []byte("ok "))
	if !ok {
		return fmt.Errorf("answer %q: unknown", line)
	}
	b, err := parseBytes(hexed)
	if err != nil {
		return fmt.Errorf("parse answer: %w", err)
	}
	if len(b) != len(r) {
		return fmt.Errorf("answer of %d bytes: asked for %d", len(b), len(r))
	}
	copy(r, b)
	return nil
}
