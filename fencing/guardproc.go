package fencing

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
)

// GuardPipe is the daemon's end of a guard.
type GuardPipe struct {
	W io.WriteCloser // to the guard; closing it makes the guard lower the line and end
	R io.ReadCloser  // its answers
	// Reap waits for a guard whose answers have ended. Abandon lets go of one
	// that does not end: it is never killed, because it is to lower the line as
	// soon as the device answers.
	Reap    func() error
	Abandon func()
}

// StartGuard starts cmd, whose program must call [Guard] on its standard input
// and output, as a process of its own group, so that a signal to the daemon's
// terminal does not reach it. No signal is tied to the daemon's death: the pipe
// is what tells the guard, and unlike a signal it cannot come before the guard
// listens. Adjusting the OOM score is the caller's.
func StartGuard(cmd *exec.Cmd) (*GuardPipe, error) {
	in, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("make the guard's pipe: %w", err)
	}
	r, out, err := os.Pipe()
	if err != nil {
		closeAll(in, w)
		return nil, fmt.Errorf("make the guard's pipe: %w", err)
	}
	cmd.Stdin, cmd.Stdout = in, out
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
	err = cmd.Start()
	closeAll(in, out) // the guard's ends
	if err != nil {
		closeAll(w, r)
		return nil, fmt.Errorf("start guard %s: %w", cmd.Path, err)
	}
	return &GuardPipe{
		W: w, R: r,
		Reap:    cmd.Wait,
		Abandon: func() { _ = cmd.Process.Release() }, // it only forgets the child
	}, nil
}

func closeAll(files ...*os.File) {
	for _, f := range files {
		_ = f.Close() // pipes that were not used yet
	}
}
