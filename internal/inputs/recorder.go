package inputs

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/futago-ha/futago/scheduler"
)

// Options say where a Recorder keeps what it is given.
type Options struct {
	Ring     string // directory on a tmpfs for everything, made when missing
	Kept     string // directory on the disk for the blocks around decisions that matter, made when missing
	Node     string // name of this node
	Peer     string // and of the other
	Boot     string // the kernel's boot id
	Software string // version of this futago
	Log      *slog.Logger
}

// Limits of what waits in memory and of a block.
const (
	blockTime  = 2 * time.Minute        // then a new checkpoint
	blockBytes = 256 << 10              // or when its steps are that long
	frameBytes = 16 << 10               // steps that are handed on together at most
	frameQuiet = 5 * time.Second        // and how long they may wait; a kill of the daemon costs that much
	frameBusy  = 500 * time.Millisecond // after a decision that matters
	busyFor    = 30 * time.Second       // and for how long it counts as such
	queueBytes = 1 << 20                // frames that a writer which hangs may leave waiting
)

// Recorder stands between the loop and its machine. Step and Sync may be called
// by different goroutines.
type Recorder struct {
	opts Options

	mu     sync.Mutex
	coder  *coder
	head   frame             // of the steps that wait
	began  scheduler.Instant // of the block; 0: none is open
	size   int               // of the block's steps
	steps  []byte            // that wait to be handed on
	since  scheduler.Instant // the first of them
	code   string            // of the first decision among them that matters
	busy   scheduler.Instant // until then steps wait less long
	broken bool              // by a fault of this package, which the daemon outlives

	queue   []piece
	queued  int
	writing bool          // what was taken from the queue
	wake    chan struct{} // room for one
	done    chan struct{} // closed when what was taken is written, and made anew
}

// piece is a frame on its way to the files.
type piece struct {
	bytes  []byte
	begins bool              // a block
	code   string            // why it is to be kept; empty for none
	at     scheduler.Instant // when it was handed on
	wall   time.Time         // and by the wall clock, for names
}

// NewRecorder makes a recorder. It opens nothing; Run does.
func NewRecorder(o Options) *Recorder {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Recorder{opts: o, wake: make(chan struct{}, 1), done: make(chan struct{})}
}

// Step lets the machine decide, and records what it was told and what came of
// it. It never waits for a file.
func (r *Recorder) Step(m *scheduler.Machine, now scheduler.Instant, e scheduler.Event) []scheduler.Action {
	r.guarded(func() { r.before(m, now, e) })
	actions := m.Step(now, e)
	r.guarded(func() { r.after(now, e, actions) })
	return actions
}

// guarded keeps a fault of the record from becoming one of the daemon.
func (r *Recorder) guarded(do func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.broken {
		return
	}
	defer func() {
		if fault := recover(); fault != nil {
			r.broken = true
			r.opts.Log.Error("the inputs are no longer recorded", "err", fmt.Sprint(fault))
		}
	}()
	do()
}

// before begins a block when one is due. Not before PersistFailed, which undoes
// the step before it: of that a checkpoint knows nothing.
func (r *Recorder) before(m *scheduler.Machine, now scheduler.Instant, e scheduler.Event) {
	_, undoes := e.(scheduler.PersistFailed)
	full := now.Since(r.began) >= blockTime || r.size >= blockBytes
	if undoes || r.began != 0 && !full {
		return
	}
	r.handOn(now)
	var after uint64
	if r.began != 0 {
		after = r.head.block
	}
	wall := time.Now()
	head := Head{
		Node: r.opts.Node, Peer: r.opts.Peer, Software: r.opts.Software, Schema: Schema(), Boot: r.opts.Boot,
		Now: now, Wall: wall.Round(0), After: after,
	}
	payload, err := headPayload(head, Checkpoint(m))
	if err != nil {
		panic(err)
	}
	r.head = frame{version: version, kind: kindBlock, block: uint64(wall.UnixNano()), payload: payload}
	r.coder, r.began, r.size = newCoder(now), now, 0
	r.send(piece{bytes: r.head.bytes(), begins: true, at: now, wall: wall})
}

// after adds the step, and hands on what has waited long enough.
func (r *Recorder) after(now scheduler.Instant, e scheduler.Event, actions []scheduler.Action) {
	if r.began == 0 {
		return // the first of all was a PersistFailed, or frames were lost
	}
	if len(r.steps) == 0 {
		r.since = now
	}
	had := len(r.steps)
	r.steps = r.coder.append(r.steps, now, e, actions)
	r.size += len(r.steps) - had
	code := notableOf(actions)
	if code != "" {
		r.busy = now.Add(busyFor)
		if r.code == "" {
			r.code = code
		}
	}
	wait := frameQuiet
	if now < r.busy {
		wait = frameBusy
	}
	if code != "" || now.Since(r.since) >= wait || len(r.steps) >= frameBytes {
		r.handOn(now)
	}
}

// handOn gives the steps that wait to the writer.
func (r *Recorder) handOn(now scheduler.Instant) {
	if len(r.steps) == 0 {
		return
	}
	r.head.index++
	f := frame{version: version, kind: kindSteps, block: r.head.block, index: r.head.index, payload: r.steps}
	r.send(piece{bytes: f.bytes(), code: r.code, at: now, wall: time.Now()})
	r.steps, r.since, r.code = r.steps[:0], now, ""
}

// send puts a frame into the queue. A full queue means that the files hang:
// then the frame is lost, and a new block begins when there is room again.
func (r *Recorder) send(p piece) {
	if r.queued+len(p.bytes) > queueBytes {
		r.began = 0
		return
	}
	r.queue = append(r.queue, p)
	r.queued += len(p.bytes)
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// take empties the queue.
func (r *Recorder) take() []piece {
	r.mu.Lock()
	defer r.mu.Unlock()
	taken := r.queue
	r.queue, r.queued, r.writing = nil, 0, len(taken) > 0
	return taken
}

// written ends what take began.
func (r *Recorder) written() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.writing = false
	close(r.done)
	r.done = make(chan struct{})
}

// Sync hands on what waits and returns when it is in the ring, or ctx ended.
func (r *Recorder) Sync(ctx context.Context) error {
	r.guarded(func() { r.handOn(r.since) })
	for {
		r.mu.Lock()
		done, idle := r.done, len(r.queue) == 0 && !r.writing
		r.mu.Unlock()
		if idle {
			return nil
		}
		select {
		case <-done:
		case <-ctx.Done():
			return fmt.Errorf("wait for the record of inputs: %w", ctx.Err())
		}
	}
}
