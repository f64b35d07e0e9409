package survey

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/futago-ha/futago/fencing/sleepi3"
)

// Dialer starts a hand on a node and returns the pipe to it; closing that ends
// the hand. It may fail at once, as while the node has no power.
type Dialer func(ctx context.Context) (io.ReadWriteCloser, error)

var (
	errAway   = errors.New("the hand is gone")
	errSilent = errors.New("the hand does not answer")
)

const (
	greetLimit  = 20 * time.Second // ssh and sudo take their time
	answerLimit = 15 * time.Second
	signLimit   = 1500 * time.Millisecond // without a sign of life a node counts as gone
)

// seen is a look of a hand and when its word arrived here.
type seen struct {
	at time.Time
	lines
}

// hand is the survey's end of the pipe.
type hand struct {
	hello Hello
	met   time.Time // when it greeted
	rw    io.ReadWriteCloser
	work  errgroup.Group
	gone  chan struct{} // closed when nothing more comes

	mu      sync.Mutex
	last    uint64 // request
	answers map[uint64]chan message
	log     []seen // changes only
	sign    time.Time
}

// shake starts a hand and waits for its greeting.
func shake(ctx context.Context, dial Dialer) (*hand, error) {
	rw, err := dial(ctx)
	if err != nil {
		return nil, err
	}
	h := &hand{rw: rw, gone: make(chan struct{}), answers: map[uint64]chan message{}}
	greeted := make(chan Hello, 1)
	h.work.Go(func() error {
		defer close(h.gone)
		h.listen(greeted)
		return nil
	})
	timer := time.NewTimer(greetLimit)
	defer timer.Stop()
	select {
	case h.hello = <-greeted:
	case <-h.gone:
		return nil, errors.Join(errAway, h.close())
	case <-timer.C:
		return nil, errors.Join(errSilent, h.close())
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), h.close())
	}
	h.met = time.Now()
	if h.hello.Protocol != protocol {
		return nil, errors.Join(fmt.Errorf("the hand on %s speaks version %d of the survey and not %d: both nodes need the same futago",
			h.hello.Name, h.hello.Protocol, protocol), h.close())
	}
	h.work.Go(func() error { h.reassure(); return nil })
	return h, nil
}

// close ends the hand, which lowers its line.
func (h *hand) close() error {
	err := h.rw.Close()
	_ = h.work.Wait() // neither part has an error
	return err
}

// booted is when the kernel of the node started, by this node's clock.
func (h *hand) booted() time.Time { return h.met.Add(-h.hello.Uptime) }

func (h *hand) listen(greeted chan<- Hello) {
	in := bufio.NewScanner(h.rw)
	in.Buffer(nil, lineMax)
	for in.Scan() {
		var m message
		if json.Unmarshal(in.Bytes(), &m) != nil {
			continue // what a login shell says
		}
		h.take(m, greeted)
	}
}

func (h *hand) take(m message, greeted chan<- Hello) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now()
	h.sign = now
	switch {
	case m.Hello != nil:
		select {
		case greeted <- *m.Hello:
		default:
		}
	case m.Lines != nil:
		if n := len(h.log); n == 0 || h.log[n-1].lines != *m.Lines {
			h.log = append(h.log, seen{now, *m.Lines})
		}
	case h.answers[m.ID] != nil:
		h.answers[m.ID] <- m // room for one
		delete(h.answers, m.ID)
	}
}

// reassure tells the hand that the survey lives, until either is gone.
func (h *hand) reassure() {
	tick := time.NewTicker(stillEvery)
	defer tick.Stop()
	for {
		select {
		case <-h.gone:
			return
		case <-tick.C:
		}
		if h.send(request{Do: doStill}) != nil {
			return
		}
	}
}

func (h *hand) send(r request) error {
	line, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encode %s: %w", r.Do, err)
	}
	if _, err := h.rw.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("tell the hand on %s to %s: %w", h.hello.Name, r.Do, err)
	}
	return nil
}

// do has one thing done. What the board refuses is tried three times in all:
// every verb may be repeated.
func (h *hand) do(ctx context.Context, v verb, arg int) (message, error) {
	var m message
	var err error
	for range 3 {
		if m, err = h.once(ctx, v, arg); err != nil {
			return m, err
		}
		if m.Err == "" {
			return m, nil
		}
	}
	return m, fmt.Errorf("%s on %s: %s", v, h.hello.Name, m.Err)
}

func (h *hand) once(ctx context.Context, v verb, arg int) (message, error) {
	answer := make(chan message, 1)
	h.mu.Lock()
	h.last++
	id := h.last
	h.answers[id] = answer
	h.mu.Unlock()
	if err := h.send(request{ID: id, Do: v, Arg: arg}); err != nil {
		return message{}, err
	}
	timer := time.NewTimer(answerLimit)
	defer timer.Stop()
	select {
	case m := <-answer:
		return m, nil
	case <-h.gone:
		select {
		case m := <-answer: // its last word
			return m, nil
		default:
			return message{}, fmt.Errorf("%s on %s: %w", v, h.hello.Name, errAway)
		}
	case <-timer.C:
		return message{}, fmt.Errorf("%s on %s: %w", v, h.hello.Name, errSilent)
	case <-ctx.Done():
		return message{}, ctx.Err()
	}
}

func (h *hand) read(ctx context.Context) (sleepi3.Registers, error) {
	m, err := h.do(ctx, doRead, 0)
	if err != nil || m.Regs == nil {
		return sleepi3.Registers{}, errors.Join(err, ctx.Err())
	}
	return *m.Regs, nil
}

// lively is when the node was last known to live, and whether it still does.
func (h *hand) lively() (at time.Time, lives bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	select {
	case <-h.gone:
		return h.sign, false
	default:
		return h.sign, time.Since(h.sign) <= signLimit
	}
}

// first is the first look since from for which is holds.
func (h *hand) first(from time.Time, is func(lines) bool) (time.Time, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, s := range h.log {
		// The look before from may still hold at from.
		until := time.Now()
		if i+1 < len(h.log) {
			until = h.log[i+1].at
		}
		if is(s.lines) && until.After(from) {
			if s.at.Before(from) {
				return from, true
			}
			return s.at, true
		}
	}
	return time.Time{}, false
}

// now is the last look.
func (h *hand) now() lines {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.log) == 0 {
		return lines{}
	}
	return h.log[len(h.log)-1].lines
}
