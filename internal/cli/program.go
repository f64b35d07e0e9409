package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"github.com/futago-ha/futago/internal/survey"
)

// goodbye is how long a program may take to end after its input did: a hand lowers its line in that time.
const goodbye = 5 * time.Second

// program starts a hand by a command line. One with the terminal may ask there for a password, as ssh does, and gets the
// terminal's Ctrl-C.
func program(argv []string, terminal bool) survey.Dialer {
	return func(context.Context) (io.ReadWriteCloser, error) {
		cmd := exec.Command(argv[0], argv[1:]...)
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: !terminal}
		cmd.Stderr = os.Stderr
		in, err1 := cmd.StdinPipe()
		out, err2 := cmd.StdoutPipe()
		if err := errors.Join(err1, err2); err != nil {
			return nil, fmt.Errorf("make the pipes to a hand: %w", err)
		}
		if err := cmd.Start(); err != nil {
			return nil, fmt.Errorf("start a hand: %w", err)
		}
		return &process{cmd: cmd, in: in, out: out}, nil
	}
}

// process is a hand as a pipe.
type process struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  io.ReadCloser
	once sync.Once
}

// Read reads what it says.
func (p *process) Read(b []byte) (int, error) { return p.out.Read(b) }

// Write tells it something.
func (p *process) Write(b []byte) (int, error) { return p.in.Write(b) }

// Close ends its input, gives it some time and then ends it. How it ended is of no interest: a node that was cut ends
// every program that spoke with it.
func (p *process) Close() error {
	p.once.Do(func() {
		_ = p.in.Close()
		timer := time.AfterFunc(goodbye, func() { _ = p.cmd.Process.Kill() })
		defer timer.Stop()
		_, _ = p.cmd.Process.Wait()
		_ = p.out.Close()
	})
	return nil
}
