package membership

import (
	"context"
	"errors"
	"net"
	"sync"
)

const (
	// maxGuests is how many accepted streams may be open at once. A peer needs
	// two: a join and a fallback ping.
	maxGuests = 16
	// maxStreamBytes is how much is read from one stream. The state of a pair
	// takes under 4 KiB, while memberlist would buffer 20 MiB for anybody
	// before it checks the key.
	maxStreamBytes = 64 << 10
)

var errStreamTooLong = errors.New("stream is longer than a pair can need")

// welcome passes an accepted stream to memberlist, or closes it when there
// are too many.
func (t *transport) welcome(conn net.Conn) {
	select {
	case t.guests <- struct{}{}:
	default:
		_ = conn.Close() // nothing was promised
		return
	}
	guest := boundStream(t.life, conn, func() { <-t.guests })
	select {
	case t.streams <- guest:
	case <-t.life.Done():
		_ = guest.Close() // nobody is left to read it
	}
}

// A stream is a connection that ends with its transport and gives at most
// maxStreamBytes.
type stream struct {
	net.Conn
	left   int
	unbind func() bool // from the end of the transport
	once   sync.Once
	done   func() // called once, when closed
}

func boundStream(life context.Context, conn net.Conn, done func()) *stream {
	return &stream{
		Conn: conn, left: maxStreamBytes, done: done,
		unbind: context.AfterFunc(life, func() { _ = conn.Close() }), // the reader gets the error
	}
}

func (s *stream) Read(b []byte) (int, error) {
	if s.left == 0 {
		return 0, errStreamTooLong
	}
	n, err := s.Conn.Read(b[:min(len(b), s.left)])
	s.left -= n
	return n, err
}

func (s *stream) Close() error {
	s.unbind()
	s.once.Do(s.done)
	return s.Conn.Close()
}
