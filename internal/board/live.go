package board

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

var (
	// ErrUnpowered is a transfer asked for by a Pi that has no power.
	ErrUnpowered = errors.New("the node has no power")
	// ErrHung is a transfer that hung and came back without an effect.
	ErrHung = errors.New("transfer timed out on the bus")
	// ErrClosed is a call that was cut off because the boards stopped.
	ErrClosed = errors.New("boards stopped")
)

// Live runs a [Pair] by the clock. Its methods are safe for concurrent use and
// work before, during and after Run; only events and the end of hanging
// transfers need Run. Nodes are 0 and 1; another number panics.
type Live struct {
	notify func(Event)
	start  time.Time
	poke   chan struct{}    // something changed: look at the pair again
	turn   [2]chan struct{} // a node's bus: holds one token
	done   chan struct{}    // closed when Run ends

	mu      sync.Mutex
	pair    *Pair
	release [2]chan struct{} // closed to end a node's hanging transfer
}

// Status is what there is to see of one node.
type Status struct {
	Supply, Powered, Out, In, Armed bool
	Wire                            Wire // the line this node drives
	Wakeup                          byte // wakeup_status
	Watchdog                        time.Duration
}

// NewLive returns two boards without supply. notify is called from Run, one
// event at a time and in order; it may call any method but must not block.
func NewLive(a, b Options, notify func(Event)) *Live {
	l := &Live{
		notify: notify,
		start:  time.Now(),
		poke:   make(chan struct{}, 1),
		done:   make(chan struct{}),
		pair:   NewPair(a, b),
	}
	for node := range l.turn {
		l.turn[node] = make(chan struct{}, 1)
		l.turn[node] <- struct{}{}
		l.release[node] = make(chan struct{})
	}
	return l
}

// Run lets time pass until ctx ends and reports events. It may be called once.
func (l *Live) Run(ctx context.Context) error {
	defer close(l.done)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		case <-l.poke:
		}
		events, next := l.look()
		for _, e := range events {
			l.notify(e)
		}
		if next == never {
			timer.Stop()
			continue
		}
		timer.Reset(next - l.now())
	}
}

func (l *Live) look() ([]Event, time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.pair.Advance(l.now()), l.pair.Next()
}

func (l *Live) now() time.Duration { return time.Since(l.start) }

// Do acts on a node's board under the lock; act must not block.
func (l *Live) Do(node int, act func(now time.Duration, b *Board)) {
	l.mu.Lock()
	now := l.now()
	l.pair.Do(now, node, func(b *Board) { act(now, b) })
	l.mu.Unlock()
	l.changed()
}

func (l *Live) changed() {
	select {
	case l.poke <- struct{}{}:
	default:
	}
}

// Supply is the power switch of a node's 12 V.
func (l *Live) Supply(node int, on bool) {
	l.Do(node, func(now time.Duration, b *Board) { b.Supply(now, on) })
}

// Wire changes the line that a node drives.
func (l *Live) Wire(node int, w Wire) {
	l.mu.Lock()
	l.pair.SetWire(l.now(), node, w)
	l.mu.Unlock()
	l.changed()
}

// SetOptions changes how a node's board behaves.
func (l *Live) SetOptions(node int, opts Options) (err error) {
	l.Do(node, func(_ time.Duration, b *Board) { err = b.SetOptions(opts) })
	if err != nil {
		return fmt.Errorf("set options of node %d: %w", node, err)
	}
	return nil
}

// Panic is a kernel that died.
func (l *Live) Panic(node int) {
	l.Do(node, func(now time.Duration, b *Board) { b.Panic(now) })
}

// Halt is a Pi that has shut down.
func (l *Live) Halt(node int) {
	l.Do(node, func(now time.Duration, b *Board) { b.Halt(now) })
}

// Reboot is a warm restart.
func (l *Live) Reboot(node int) {
	l.Do(node, func(now time.Duration, b *Board) { b.Reboot(now) })
}

// Push presses the switch.
func (l *Live) Push(node int) {
	l.Do(node, func(now time.Duration, b *Board) { b.Push(now) })
}

// Heartbeat is one toggle of a node's heartbeat pin.
func (l *Live) Heartbeat(node int) {
	l.Do(node, func(now time.Duration, b *Board) { b.Heartbeat(now) })
}

// Alarm sets a node's RTC alarm to d from now; 0 clears it.
func (l *Live) Alarm(node int, d time.Duration) {
	l.Do(node, func(now time.Duration, b *Board) {
		if d > 0 {
			d += now
		}
		b.SetAlarm(now, d)
	})
}

// Status shows both nodes.
func (l *Live) Status() [2]Status {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pair.advance(l.now())
	l.changed() // what advance found must be reported
	var s [2]Status
	for node := range s {
		b := l.pair.Board(node)
		s[node] = Status{
			Supply: b.supply, Powered: b.power, Out: b.Out(), In: b.in, Armed: b.Armed(),
			Wire: l.pair.Wire(node), Wakeup: b.reg[regWakeup],
			Watchdog: time.Duration(b.reg[regWatchdog]) * time.Second,
		}
	}
	return s
}

// FailNext gives a node's next transfer this fault.
func (l *Live) FailNext(node int, f Fault) {
	l.Do(node, func(_ time.Duration, b *Board) { b.FailNext(f) })
}

// Unhang brings a node's hanging transfer back.
func (l *Live) Unhang(node int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.release[node])
	l.release[node] = make(chan struct{})
}

// Tx is one transfer of a node. As on a real bus there is one at a time: while
// one hangs the others wait, whoever asks.
func (l *Live) Tx(node int, addr uint16, w, r []byte) error {
	select {
	case <-l.done:
		return ErrClosed
	case <-l.turn[node]:
	}
	defer func() { l.turn[node] <- struct{}{} }()

	fault, release := l.begin(node)
	if fault.NAK {
		return ErrNAK
	}
	if fault.Hang == 0 {
		return l.transfer(node, addr, w, r)
	}
	var err error
	if fault.Acts == ActsFirst {
		err = l.transfer(node, addr, w, r)
	}
	if !l.hang(fault.Hang, release) {
		return ErrClosed
	}
	switch fault.Acts {
	case ActsFirst:
		return err
	case ActsLast:
		return l.transfer(node, addr, w, r)
	case ActsNever:
	}
	return ErrHung
}

func (l *Live) begin(node int) (Fault, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.pair.Board(node).Fault(), l.release[node]
}

// hang waits for d or the release; false if the boards stopped.
func (l *Live) hang(d time.Duration, release <-chan struct{}) bool {
	var over <-chan time.Time
	if d != Forever {
		timer := time.NewTimer(d)
		defer timer.Stop()
		over = timer.C
	}
	select {
	case <-over:
		return true
	case <-release:
		return true
	case <-l.done:
		return false
	}
}

func (l *Live) transfer(node int, addr uint16, w, r []byte) (err error) {
	l.Do(node, func(now time.Duration, b *Board) {
		if b.supply && !b.power {
			err = ErrUnpowered
			return
		}
		err = b.Transfer(now, addr, w, r)
	})
	return err
}
