package fencing_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"os"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/futago-ha/futago/fencing"
	"github.com/futago-ha/futago/fencing/sleepi3"
	"github.com/futago-ha/futago/internal/board"
)

func TestMain(m *testing.M) {
	if role := os.Getenv(roleEnv); role != "" {
		os.Exit(playRole(role))
	}
	goleak.VerifyTestMain(m)
}

// bench is node 0's Fencer on a pair of simulated boards, in virtual time. Node
// 1's board is armed and only looked at.
type bench struct {
	stop  func() // ends the daemon; may be called twice
	t     *testing.T
	live  *board.Live
	bus   *trapBus
	f     *fencing.Fencer
	start time.Time

	mu      sync.Mutex
	power   []board.Event
	reports []fencing.Report
	mute    bool // the decision loop is silent
	noGuard bool // a guard that is to start does not
	pipes   []*fencing.GuardPipe
}

type benchOptions struct {
	boards  [2]board.Options
	fencer  fencing.Options
	prepare func(*bench) // before the Fencer starts
}

// inBubble runs body with a bench whose parts have all ended afterwards.
func inBubble(t *testing.T, o benchOptions, body func(*bench)) {
	synctest.Test(t, func(t *testing.T) {
		b := &bench{t: t, start: time.Now()}
		b.live = board.NewLive(o.boards[0], o.boards[1], b.onPower)
		liveCtx, stopLive := context.WithCancel(context.Background())
		var lives sync.WaitGroup
		lives.Go(func() { check(t, b.live.Run(liveCtx)) })
		for node := range 2 {
			b.live.Supply(node, true)
		}
		b.bus = &trapBus{LocalBus: board.LocalBus{Live: b.live, Node: 0}}
		if err := newDev(t, b.live, 1).Arm(); err != nil && o.boards[1].NAKRate == 0 {
			t.Fatal(err)
		}
		if o.prepare != nil {
			o.prepare(b)
		}
		o.fencer.StartGuard = b.startGuard
		dev, err := sleepi3.New(b.bus, sleepi3.DefaultOpts)
		check(t, err)
		f, err := fencing.New(dev, o.fencer)
		check(t, err)
		b.f = f
		ctx, cancel := context.WithCancel(context.Background())
		var parts sync.WaitGroup
		parts.Go(func() { check(t, f.Run(ctx)) })
		parts.Go(func() { b.collect(ctx) })
		parts.Go(func() { b.loop(ctx) })
		b.stop = func() { cancel(); parts.Wait() }
		defer func() { // also after Fatal
			b.stop()
			stopLive()
			lives.Wait()
		}()
		b.wait(500 * time.Millisecond) // guard and first reading are there
		body(b)
	})
}

// trapBus gives the first transfer that writes these bytes a fault.
type trapBus struct {
	board.LocalBus
	mu    sync.Mutex
	write []byte
	fault board.Fault
	reads []time.Time // of both lines
}

// looks is when the lines were read.
func (t *trapBus) looks() []time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.reads)
}

func (t *trapBus) Tx(addr uint16, w, r []byte) error {
	t.mu.Lock()
	if t.write != nil && bytes.Equal(w, t.write) {
		t.write = nil
		t.Live.FailNext(t.Node, t.fault)
	}
	if bytes.Equal(w, []byte{0x0D}) {
		t.reads = append(t.reads, time.Now())
	}
	t.mu.Unlock()
	return t.LocalBus.Tx(addr, w, r)
}

// onRaise gives the next write that raises EXTOUT a fault.
func (b *bench) onRaise(f board.Fault) {
	b.bus.mu.Lock()
	defer b.bus.mu.Unlock()
	b.bus.write, b.bus.fault = []byte{0x0D, 0x01}, f
}

func newDev(t *testing.T, live *board.Live, node int) *sleepi3.Dev {
	t.Helper()
	d, err := sleepi3.New(board.LocalBus{Live: live, Node: node}, sleepi3.DefaultOpts)
	check(t, err)
	return d
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

// startGuard is a guard as a goroutine instead of a process.
func (b *bench) startGuard() (*fencing.GuardPipe, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.noGuard {
		return nil, io.ErrClosedPipe
	}
	in, w := io.Pipe()
	r, out := io.Pipe()
	dev := newDev(b.t, b.live, 0)
	done := make(chan error, 1)
	go func() {
		err := fencing.Guard(context.Background(), in, out, dev, slog.New(slog.DiscardHandler))
		_ = out.Close()
		done <- err
	}()
	pipe := &fencing.GuardPipe{W: w, R: r, Reap: func() error { return <-done }, Abandon: func() {}}
	b.pipes = append(b.pipes, pipe)
	return pipe, nil
}

func (b *bench) onPower(e board.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.power = append(b.power, e)
}

func (b *bench) collect(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case r := <-b.f.Reports():
			b.mu.Lock()
			b.reports = append(b.reports, r)
			b.mu.Unlock()
		}
	}
}

// loopEvery is how often the decision loop speaks.
const loopEvery = 100 * time.Millisecond

// loop is the decision loop: it says ten times a second that it lives.
func (b *bench) loop(ctx context.Context) {
	tick := time.NewTicker(loopEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		b.mu.Lock()
		mute := b.mute
		b.mu.Unlock()
		if !mute {
			b.f.Alive()
			b.live.Heartbeat(0)
		}
	}
}

func (b *bench) setMute(mute bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mute = mute
}

// wait lets virtual time pass.
func (b *bench) wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func each[T fencing.Report](b *bench) []T {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []T
	for _, r := range b.reports {
		if r, ok := r.(T); ok {
			all = append(all, r)
		}
	}
	return all
}

func last[T fencing.Report](b *bench) T {
	b.t.Helper()
	all := each[T](b)
	if len(all) == 0 {
		var none T
		b.t.Fatalf("no report of type %T", none)
	}
	return all[len(all)-1]
}

// ends returns the end reports of an id.
func (b *bench) ends(id uint64) []fencing.End {
	var ends []fencing.End
	for _, e := range each[fencing.End](b) {
		if e.ID == id {
			ends = append(ends, e)
		}
	}
	return ends
}

// end waits for the end of id, at most limit, and expects exactly one.
func (b *bench) end(id uint64, limit time.Duration) fencing.End {
	b.t.Helper()
	for deadline := time.Now().Add(limit); time.Now().Before(deadline) && len(b.ends(id)) == 0; {
		b.wait(50 * time.Millisecond)
	}
	ends := b.ends(id)
	if len(ends) != 1 {
		b.t.Fatalf("%d ends of %d within %s: %+v", len(ends), id, limit, ends)
	}
	return ends[0]
}

func (b *bench) wantEnd(id uint64, limit time.Duration, result fencing.Result, why fencing.Reason) fencing.End {
	b.t.Helper()
	e := b.end(id, limit)
	if e.Result != result || e.Reason != why {
		b.t.Fatalf("end of %d = %q (%q), stood %s, err %v; want %q (%q)", id, e.Result, e.Reason, e.Stood, e.Err, result, why)
	}
	return e
}

func (b *bench) out() bool     { return b.live.Status()[0].Out }
func (b *bench) powered() bool { return b.live.Status()[1].Powered }

// wantDown expects the line to be down from now on.
func (b *bench) wantDown() {
	b.t.Helper()
	b.wait(time.Second)
	if b.out() {
		b.t.Fatal("EXTOUT is still up")
	}
}

// cuts lists when node 1 lost its power, since the bench began.
func (b *bench) cuts() []time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	var at []time.Duration
	for _, e := range b.power {
		if e.Node == 1 && e.Kind == board.PowerCut {
			at = append(at, e.At)
		}
	}
	return at
}
