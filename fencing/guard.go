package fencing

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"time"
)

// Words of the daemon to its guard, one per line with a number and the age in ms
// of the decision loop's last word: "up 7 40". The guard answers each with its
// number alone.
const (
	wordUp   = "up"   // the line may be up from now on
	wordDown = "down" // the line was read back low
)

const (
	guardRetry = 100 * time.Millisecond
	maxWords   = 64 // that wait while a transfer of the guard hangs
	maxWord    = 64 // bytes of a line
)

type word struct {
	verb string
	seq  uint64
	age  time.Duration
}

func parseWord(line string) (word, error) {
	f := strings.Fields(line)
	if len(f) != 3 || f[0] != wordUp && f[0] != wordDown {
		return word{}, fmt.Errorf("word %q: unknown", line)
	}
	seq, err := strconv.ParseUint(f[1], 10, 64)
	if err != nil {
		return word{}, fmt.Errorf("word %q: %w", line, err)
	}
	ms, err := strconv.ParseUint(f[2], 10, 31)
	if err != nil {
		return word{}, fmt.Errorf("word %q: %w", line, err)
	}
	return word{verb: f[0], seq: seq, age: time.Duration(ms) * time.Millisecond}, nil
}

// Guard is the body of the guard process. in is the pipe from the daemon, out
// the one back. It lowers the line
//
//   - when in ends, because the daemon is gone, and then returns;
//   - when the line may be up and the decision loop's last word is 1 s old, and
//     again every second until there is a newer one.
//
// It tries until the device answers, without a limit, because nobody else is
// left to do it. ctx is for tests: when it ends the line is lowered, too. A
// caller should ignore SIGTERM and SIGINT, since the end of the pipe is what
// ends a guard. in is closed on return.
func Guard(ctx context.Context, in io.ReadCloser, out io.Writer, line Line, log *slog.Logger) error {
	words := make(chan word, maxWords)
	over := make(chan struct{})
	quit := make(chan struct{})
	go func() {
		defer close(over)
		defer close(words)
		listen(in, words, quit)
	}()
	defer func() {
		close(quit)
		_ = in.Close() // unblocks the reader
		<-over
	}()
	g := guard{line: line, log: log, out: out}
	if err := g.watch(ctx, words); err != nil {
		log.Warn("guard stops watching", "err", err)
	}
	return g.lowerForGood()
}

// listen passes the words on until the pipe ends or makes no sense.
func listen(in io.Reader, words chan<- word, quit <-chan struct{}) {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxWord)
	for lines.Scan() {
		w, err := parseWord(lines.Text())
		if err != nil {
			return // like the end of the pipe: whoever speaks there is not well
		}
		select {
		case words <- w:
		case <-quit:
			return
		}
	}
}

type guard struct {
	line Line
	log  *slog.Logger
	out  io.Writer
	up   bool // the line may be up
	late bool // the daemon has been silent and the line is not read low since
}

// watch returns when the daemon is gone.
func (g *guard) watch(ctx context.Context, words <-chan word) error {
	silence := time.NewTimer(SilenceLimit)
	defer silence.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case w, ok := <-words:
			if !ok {
				return nil
			}
			silence.Reset(max(SilenceLimit-w.age, 0))
			g.up, g.late = w.verb == wordUp, false
			if _, err := fmt.Fprintln(g.out, w.seq); err != nil {
				return fmt.Errorf("answer the daemon: %w", err)
			}
		case <-silence.C:
			silence.Reset(g.silent())
		}
	}
}

// silent is what to do after 1 s of silence; it returns when to look again.
func (g *guard) silent() time.Duration {
	if !g.up {
		return SilenceLimit
	}
	if !g.late {
		g.late = true
		g.log.Warn("guard lowers the line: decision loop silent")
	}
	if err := lowerOnce(g.line); err != nil {
		return guardRetry
	}
	// Still on watch: a daemon that was frozen just before its write wakes up
	// and raises without a new word.
	return SilenceLimit
}

func (g *guard) lowerForGood() error {
	tries := 0
	for err := lowerOnce(g.line); err != nil; err = lowerOnce(g.line) {
		if tries%100 == 0 { // every 10 s
			g.log.Warn("guard could not lower the line yet", "err", err)
		}
		tries++
		time.Sleep(guardRetry)
	}
	return nil
}

// lowerOnce lowers the line and reads it back.
func lowerOnce(line Line) error {
	if err := line.SetOut(false); err != nil {
		return err
	}
	out, _, err := line.ReadLines()
	if err != nil {
		return err
	}
	if out {
		return ErrStuckHigh
	}
	return nil
}
