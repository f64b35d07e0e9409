package fencing

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// wire is a line without a board, for what a board cannot show: when it was
// touched.
type wire struct {
	mu      sync.Mutex
	out     bool
	err     error
	lowered []time.Time
}

func (w *wire) ReadLines() (out, in bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.out, false, w.err
}

func (w *wire) SetOut(high bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return w.err
	}
	w.out = high
	if !high {
		w.lowered = append(w.lowered, time.Now())
	}
	return nil
}

func (w *wire) set(out bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.out, w.err = out, err
}

func (w *wire) isUp() bool {
	out, _, _ := w.ReadLines()
	return out
}

// watched is a guard under test and the daemon's end of its pipe.
type watched struct {
	t    *testing.T
	line *wire
	w    *io.PipeWriter
	acks *bufio.Scanner
	done chan error
}

func watch(t *testing.T, body func(*watched)) {
	synctest.Test(t, func(t *testing.T) {
		in, w := io.Pipe()
		r, out := io.Pipe()
		g := &watched{t: t, line: &wire{}, w: w, acks: bufio.NewScanner(r), done: make(chan error, 1)}
		go func() {
			g.done <- Guard(t.Context(), in, out, g.line, slog.New(slog.DiscardHandler))
			_ = out.Close()
		}()
		body(g)
		_ = w.Close()
		if err := <-g.done; err != nil {
			t.Error(err)
		}
		if g.line.isUp() {
			t.Error("the line is up after the guard")
		}
	})
}

// say sends a word and expects its answer.
func (g *watched) say(verb string, seq int, age time.Duration) {
	g.t.Helper()
	if _, err := fmt.Fprintf(g.w, "%s %d %d\n", verb, seq, age.Milliseconds()); err != nil {
		g.t.Fatal(err)
	}
	if !g.acks.Scan() || g.acks.Text() != fmt.Sprint(seq) {
		g.t.Fatalf("answer %q to word %d", g.acks.Text(), seq)
	}
}

func TestGuardKeepsOutOfTheWay(t *testing.T) {
	watch(t, func(g *watched) {
		g.line.set(true, nil)
		for seq := range 100 {
			g.say(wordUp, seq, 0)
			time.Sleep(900 * time.Millisecond)
		}
		if !g.line.isUp() {
			t.Error("the guard lowered a line that is looked after")
		}
		g.line.set(false, nil)
		g.say(wordDown, 100, 0)
		time.Sleep(time.Minute)
		if n := len(g.line.lowered); n != 0 {
			t.Errorf("the guard touched a line that is down %d times", n)
		}
	})
}

func TestGuardCountsFromTheLoopsLastWord(t *testing.T) {
	watch(t, func(g *watched) {
		g.line.set(true, nil)
		g.say(wordUp, 1, 700*time.Millisecond)
		began := time.Now()
		time.Sleep(400 * time.Millisecond)
		if g.line.isUp() {
			t.Error("the line is up 1.1 s after the loop's last word")
		}
		if d := g.line.lowered[0].Sub(began); d != 300*time.Millisecond {
			t.Errorf("lowered after %s, want 0.3 s", d)
		}
	})
}

// A daemon that was frozen just before its write raises without a new word.
func TestGuardStaysOnWatch(t *testing.T) {
	watch(t, func(g *watched) {
		g.say(wordUp, 1, 0)
		time.Sleep(5500 * time.Millisecond)
		g.line.set(true, nil)
		time.Sleep(1100 * time.Millisecond)
		if g.line.isUp() {
			t.Error("the line that came up late is not lowered")
		}
	})
}

func TestGuardRetriesUntilTheDeviceAnswers(t *testing.T) {
	watch(t, func(g *watched) {
		g.say(wordUp, 1, 0)
		g.line.set(true, errors.New("bus gone"))
		time.Sleep(time.Hour)
		g.line.set(true, nil)
		time.Sleep(200 * time.Millisecond)
		if g.line.isUp() {
			t.Error("the line is up though the device answers again")
		}
	})
}

func TestGuardTakesNonsenseForTheEnd(t *testing.T) {
	watch(t, func(g *watched) {
		g.line.set(true, nil)
		if _, err := fmt.Fprintln(g.w, "hello"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if g.line.isUp() {
			t.Error("the line is up")
		}
	})
}

func TestGuardEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, _ := io.Pipe()
		line := &wire{out: true}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := Guard(ctx, in, io.Discard, line, slog.New(slog.DiscardHandler)); err != nil {
			t.Error(err)
		}
		if line.isUp() {
			t.Error("the line is up")
		}
	})
}

func FuzzParseWord(f *testing.F) {
	for _, s := range []string{"up 1 0", "down 18446744073709551615 999", "up", "alive 1 1", "up -1 0", "up 1 -5"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		w, err := parseWord(s)
		if err == nil && (w.verb != wordUp && w.verb != wordDown || w.age < 0) {
			t.Errorf("%q read as %+v", s, w)
		}
	})
}
