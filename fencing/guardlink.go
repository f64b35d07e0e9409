package fencing

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	guardRestart  = time.Second     // between two starts
	guardStart    = 5 * time.Second // without any answer a guard is replaced
	guardGoodbye  = 2 * time.Second // to end after its pipe was closed
	wordTimeout   = 100 * time.Millisecond
	idleWordEvery = time.Second // words forwarded while the line is down
)

var errNoGuard = errors.New("no guard answers")

// guardLink keeps a guard running and speaks with it. word may be called from
// anywhere; say from the conversation only.
type guardLink struct {
	start func() (*GuardPipe, error)
	log   *slog.Logger
	told  chan struct{} // the decision loop has spoken

	mu     sync.Mutex
	pipe   *GuardPipe
	alive  time.Time     // the decision loop's last word
	seq    uint64        // of the last word sent
	acked  uint64        // of the last word answered
	oldest time.Time     // when the oldest word without an answer was sent
	said   time.Time     // when the last word was sent
	up     bool          // the line may be up
	answer chan struct{} // closed and renewed at each answer
}

func newGuardLink(start func() (*GuardPipe, error), log *slog.Logger) *guardLink {
	return &guardLink{start: start, log: log, told: make(chan struct{}, 1), answer: make(chan struct{})}
}

// word notes that the decision loop has spoken.
func (g *guardLink) word() {
	g.mu.Lock()
	g.alive = time.Now()
	g.mu.Unlock()
	select {
	case g.told <- struct{}{}:
	default:
	}
}

// silent tells whether the decision loop's last word is too old.
func (g *guardLink) silent() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.alive.IsZero() || time.Since(g.alive) > SilenceLimit
}

// living tells whether the guard has answered what it was told within 1 s.
func (g *guardLink) living() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.pipe != nil && g.acked > 0 && (g.acked == g.seq || time.Since(g.oldest) <= SilenceLimit)
}

// raising tells the guard that the line may be up from now on and waits for its
// answer.
func (g *guardLink) raising() error {
	g.mu.Lock()
	g.up = true
	seq, err := g.say()
	pipe := g.pipe
	g.mu.Unlock()
	if err != nil {
		return err
	}
	timer := time.NewTimer(guardAck)
	defer timer.Stop()
	for {
		g.mu.Lock()
		answered, next := g.pipe == pipe && g.acked >= seq, g.answer
		g.mu.Unlock()
		if answered {
			return nil
		}
		select {
		case <-next:
		case <-timer.C:
			return errNoGuard
		}
	}
}

// lowered tells the guard that the line was read back low.
func (g *guardLink) lowered() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.up {
		return
	}
	g.up = false
	if _, err := g.say(); err != nil && !errors.Is(err, errNoGuard) {
		g.log.Warn("could not tell the guard that the line is down", "err", err)
	}
}

// say tells the guard how old the decision loop's last word is and whether the
// line may be up. The lock is held.
func (g *guardLink) say() (uint64, error) {
	if g.pipe == nil {
		return 0, errNoGuard
	}
	if d, ok := g.pipe.W.(interface{ SetWriteDeadline(time.Time) error }); ok {
		if err := d.SetWriteDeadline(time.Now().Add(wordTimeout)); err != nil {
			return 0, fmt.Errorf("bound the word to the guard: %w", err)
		}
	}
	now := time.Now()
	if g.acked == g.seq {
		g.oldest = now
	}
	g.seq++
	g.said = now
	verb := wordDown
	if g.up {
		verb = wordUp
	}
	age := min(now.Sub(g.alive), time.Hour) // nobody has spoken yet: an hour
	if _, err := fmt.Fprintf(g.pipe.W, "%s %d %d\n", verb, g.seq, age.Milliseconds()); err != nil {
		return 0, fmt.Errorf("tell the guard %q: %w", verb, err)
	}
	return g.seq, nil
}

// run keeps a guard until ctx ends.
func (g *guardLink) run(ctx context.Context) {
	for ctx.Err() == nil {
		pipe, err := g.start()
		if err != nil {
			g.log.Error("guard not started", "err", err)
		} else {
			g.attend(ctx, pipe)
		}
		select {
		case <-ctx.Done():
		case <-time.After(guardRestart):
		}
	}
}

// attend speaks with one guard until it or ctx ends.
func (g *guardLink) attend(ctx context.Context, pipe *GuardPipe) {
	g.set(pipe)
	ended := make(chan struct{})
	var group errgroup.Group
	group.Go(func() error {
		defer close(ended)
		g.hear(pipe)
		return nil
	})
	g.forward(ctx, ended)
	g.set(nil)
	g.part(pipe, ended)
	_ = group.Wait() // hear has no error
	if ctx.Err() == nil {
		g.log.Error("guard gone; starting another")
	}
}

func (g *guardLink) set(pipe *GuardPipe) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.pipe, g.seq, g.acked = pipe, 0, 0 // up stays: the next guard must know, too
	g.oldest = time.Now()
}

// hear notes answers until there are no more.
func (g *guardLink) hear(pipe *GuardPipe) {
	lines := bufio.NewScanner(pipe.R)
	lines.Buffer(nil, maxWord)
	for lines.Scan() {
		seq, err := strconv.ParseUint(lines.Text(), 10, 64)
		if err != nil {
			return
		}
		g.mu.Lock()
		g.acked = max(g.acked, min(seq, g.seq))
		g.oldest = time.Now()
		close(g.answer)
		g.answer = make(chan struct{})
		g.mu.Unlock()
	}
}

// forward passes the decision loop's words on: each one while the line may be
// up, else one a second, which shows that the guard lives.
func (g *guardLink) forward(ctx context.Context, ended <-chan struct{}) {
	for {
		if err := g.pass(); err != nil {
			g.log.Error("guard does not listen", "err", err)
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-ended:
			return
		case <-g.told:
		}
	}
}

func (g *guardLink) pass() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.acked < g.seq && time.Since(g.oldest) > guardStart {
		return errNoGuard
	}
	if !g.up && g.seq > 0 && time.Since(g.said) < idleWordEvery {
		return nil
	}
	_, err := g.say()
	return err
}

// part closes the pipe, which ends a guard once the line is low, and lets go of
// one that takes too long: its device does not answer, and it is to go on.
func (g *guardLink) part(pipe *GuardPipe, ended <-chan struct{}) {
	_ = pipe.W.Close() // the guard sees the end either way
	timer := time.NewTimer(guardGoodbye)
	defer timer.Stop()
	select {
	case <-ended:
		if err := pipe.Reap(); err != nil {
			g.log.Warn("guard ended with an error", "err", err)
		}
	case <-timer.C:
		g.log.Error("guard still tries to lower the line; leaving it to that")
		pipe.Abandon()
	}
	_ = pipe.R.Close() // ends hear
}
