package daemon

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// What bounds each question to systemd: one that hangs is killed, whatever it has
// started loses its output, and then nobody waits any more.
const (
	systemctlLimit = 5 * time.Second
	systemctlPipes = 500 * time.Millisecond
	systemctlMost  = systemctlLimit + 2*systemctlPipes
)

var errSystemctlHangs = errors.New("it does not even start, as on a disk that does not answer")

// systemctl runs it and returns what it printed, within systemctlMost whatever it
// does: the decision loop waits for its answer. Where its file lies on a card that
// died, its start does not come back, and nothing can be killed: that is left alone.
func systemctl(args ...string) (string, error) {
	type answer struct {
		text string
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		text, err := runSystemctl(args)
		answers <- answer{text, err}
	}()
	limit := time.NewTimer(systemctlMost)
	defer limit.Stop()
	select {
	case a := <-answers:
		return a.text, a.err
	case <-limit.C:
		return "", errSystemctlHangs
	}
}

func runSystemctl(args []string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), systemctlLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, "systemctl", args...)
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = &out, &complaint, systemctlPipes
	err := cmd.Run()
	if ctx.Err() != nil {
		return out.String(), fmt.Errorf("no answer within %s: %w", systemctlLimit, ctx.Err())
	}
	if err != nil {
		return out.String(), fmt.Errorf("%w: %s", err, strings.TrimSpace(complaint.String()))
	}
	return out.String(), nil
}
