package board

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
)

// greetTimeout bounds how long a server may take to greet.
const greetTimeout = 5 * time.Second

// Bus is a node's bus at the other end of a socket. Like the kernel's it does
// one transfer at a time and knows no deadline: a transfer that hangs in the
// board hangs here, until Close. Safe for concurrent use.
type Bus struct {
	path   string
	txMu   sync.Mutex
	tx     net.Conn
	answer *bufio.Reader
	beatMu sync.Mutex
	beat   net.Conn // apart from tx, as the pin is from the bus
}

var _ i2c.BusCloser = (*Bus)(nil)

// DialBus connects to the bus socket of a node.
func DialBus(path string) (*Bus, error) {
	tx, answer, err := dial(path)
	if err != nil {
		return nil, fmt.Errorf("dial bus %s: %w", path, err)
	}
	beat, _, err := dial(path)
	if err != nil {
		return nil, fmt.Errorf("dial bus %s: %w", path, errors.Join(err, tx.Close()))
	}
	return &Bus{path: path, tx: tx, answer: answer, beat: beat}, nil
}

func dial(path string) (net.Conn, *bufio.Reader, error) {
	c, err := net.DialTimeout("unix", path, greetTimeout)
	if err != nil {
		return nil, nil, err
	}
	r := bufio.NewReaderSize(c, maxLine)
	if err := greeted(c, r); err != nil {
		return nil, nil, errors.Join(err, c.Close())
	}
	return c, r, nil
}

func greeted(c net.Conn, r *bufio.Reader) error {
	if err := c.SetReadDeadline(time.Now().Add(greetTimeout)); err != nil {
		return err
	}
	line, err := r.ReadSlice('\n')
	if err != nil {
		return fmt.Errorf("read greeting: %w", err)
	}
	if got := string(line[:len(line)-1]); got != greeting {
		return fmt.Errorf("greeting %q: want %q", got, greeting)
	}
	return c.SetReadDeadline(time.Time{})
}

// String names the bus for messages.
func (b *Bus) String() string { return "lab bus " + b.path }

// Tx writes w and then reads r in one transfer. A board that does not
// acknowledge is ErrNAK.
func (b *Bus) Tx(addr uint16, w, r []byte) error {
	if len(w) > maxBytes || len(r) > maxBytes {
		return fmt.Errorf("transfer of %d and %d bytes: at most %d each", len(w), len(r), maxBytes)
	}
	b.txMu.Lock()
	defer b.txMu.Unlock()
	req := request{verb: "tx", addr: addr, write: w, read: len(r)}
	if _, err := fmt.Fprintln(b.tx, req); err != nil {
		return fmt.Errorf("send transfer: %w", err)
	}
	line, err := b.answer.ReadSlice('\n')
	if err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	return parseAnswer(line[:len(line)-1], r)
}

// SetSpeed does nothing: the protocol has no clock.
func (b *Bus) SetSpeed(physic.Frequency) error { return nil }

// Beat toggles the heartbeat pin, even while a transfer hangs.
func (b *Bus) Beat() error { return b.tell(request{verb: "beat"}) }

// Alarm sets the RTC's alarm to d from now, in whole seconds, at most a year;
// 0 clears it.
func (b *Bus) Alarm(d time.Duration) error { return b.tell(request{verb: "alarm", in: d}) }

func (b *Bus) tell(req request) error {
	b.beatMu.Lock()
	defer b.beatMu.Unlock()
	if _, err := fmt.Fprintln(b.beat, req); err != nil {
		return fmt.Errorf("send %s: %w", req.verb, err)
	}
	return nil
}

// Close ends both connections and so any transfer that hangs.
func (b *Bus) Close() error { return errors.Join(b.tx.Close(), b.beat.Close()) }

// LocalBus is a node's bus without a socket, for tests in virtual time.
type LocalBus struct {
	Live *Live
	Node int
}

var _ i2c.Bus = LocalBus{}

// String names the bus for messages.
func (b LocalBus) String() string { return fmt.Sprintf("local bus of node %d", b.Node) }

// Tx is [Live.Tx].
func (b LocalBus) Tx(addr uint16, w, r []byte) error { return b.Live.Tx(b.Node, addr, w, r) }

// SetSpeed does nothing.
func (b LocalBus) SetSpeed(physic.Frequency) error { return nil }
